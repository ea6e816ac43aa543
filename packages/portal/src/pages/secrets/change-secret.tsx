/** Changing what a secret is called and where it may go. What lets it go further needs the credential again (W7, WIRE §4). */
import { areLimitsWithin, withoutLimits } from '@alter-vault/contract/aws-limits';
import { useState } from 'react';
import {
  FormProvider,
  useController,
  useForm,
  useWatch,
  type Path,
  type UseFormReturn,
} from 'react-hook-form';
import type { Body, Issue } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { common } from '../../texts/common.ts';
import { aws as awsWords } from '../../texts/aws.ts';
import { secret as words } from '../../texts/secret.ts';
import { formAws, SIGNED_FREELY, wireAws, type AwsRule, type WireAws } from '../../ui/aws.ts';
import { AwsFields } from '../../ui/aws-fields.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { ChipsField } from '../../ui/chips-field.tsx';
import { TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { showIssues } from '../../ui/forms.ts';
import { Callout, ErrorNote } from '../../ui/layout.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { RulesFields } from '../../ui/rules-fields.tsx';
import { formRule, wireRule, type Rule, type WireRule } from '../../ui/rules.ts';
import { useToasts } from '../../ui/toast.tsx';
import { CredentialFields, credentialOf, pathsOf, useCredentialFields } from './credential-fields.tsx';
import type { SecretItem } from './secret.ts';

type Change = Body<'changeSecret'>;

interface Fields {
  name: string;
  allowed_hosts: string[];
  allow_any_host: boolean;
  delivery: SecretItem['delivery'];
  /** A day of the calendar, or empty. */
  rotate_by: string;
  injection: Rule[];
  /** Of an AWS credential: the rule that signs, which comes after all others. */
  aws: AwsRule;
  credential: Record<string, string>;
}

const PATHS = ['name', 'allowed_hosts', 'allow_any_host', 'delivery', 'rotate_by'] as const;
const PARTS = ['kind', 'name', 'format', 'username', 'password'] as const;
const AWS_PARTS = ['service', 'region', 'services', 'regions', 'presign_seconds_max'] as const;

const dayOf = (at: string | null): string => (at === null ? '' : at.slice(0, 10));
const awsOf = (secret: SecretItem): WireAws | undefined =>
  secret.injection.find((one) => one.in === 'aws_sigv4');
const awsRuleOf = (secret: SecretItem): AwsRule => {
  const wire = awsOf(secret);
  return wire === undefined ? SIGNED_FREELY : formAws(wire);
};
const rulesOf = (secret: SecretItem): Rule[] => secret.injection.flatMap((one) => formRule(one) ?? []);

export function ChangeSecret({
  of: secret,
  onClose,
}: {
  readonly of: SecretItem;
  readonly onClose: () => void;
}) {
  const app = useAppName();
  const toasts = useToasts();
  const fields = useCredentialFields(secret);
  const form = useForm<Fields>({
    defaultValues: {
      name: secret.name,
      allowed_hosts: secret.allow_any_host ? [] : secret.allowed_hosts,
      allow_any_host: secret.allow_any_host,
      delivery: secret.delivery,
      rotate_by: dayOf(secret.rotate_by),
      injection: rulesOf(secret),
      aws: awsRuleOf(secret),
      credential: {},
    },
  });
  const widens = useWidens(secret, form);
  const [rest, setRest] = useState<readonly Issue[]>([]);
  const change = useChange('changeSecret', {
    outdates: ['getSecret', 'listSecrets'],
    onDone: () => {
      toasts.done(words.isChanged);
      onClose();
    },
  });
  const submit = form.handleSubmit((values) => {
    const credential = widens ? credentialOf(fields, values.credential) : undefined;
    change.mutate(
      {
        params: { app, secret_id: secret.secret_id },
        body: { ...bodyOf(secret, values), ...(credential === undefined ? {} : { credential }) },
      },
      {
        onError: (error) => {
          const paths = [...formPaths(values.injection.length), ...pathsOf(fields)];
          setRest(showIssues(error, form.setError, paths, (path) => formPath(path, values)));
        },
      },
    );
  });
  return (
    <FormDialog
      title={words.changeTitle(secret.name)}
      action={common.save}
      isBusy={change.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Reach form={form} />
      <Places of={secret} form={form} />
      {widens && (
        <>
          <Callout tone="warn" title={words.widens}>
            {words.widensText}
          </Callout>
          <CredentialFields form={form} fields={fields} isRequired={false} />
        </>
      )}
      <ErrorNote error={change.error} issues={rest} />
    </FormDialog>
  );
}

function Reach({ form }: { readonly form: UseFormReturn<Fields> }) {
  const { errors } = form.formState;
  const { field: hosts } = useController({ control: form.control, name: 'allowed_hosts' });
  const { field: delivery } = useController({ control: form.control, name: 'delivery' });
  const isAnyHost = useWatch({ control: form.control, name: 'allow_any_host' });
  return (
    <>
      <TextField
        label={words.name}
        hint={words.nameHint}
        isCode
        {...form.register('name', { required: common.required })}
        error={errors.name?.message}
      />
      {!isAnyHost && (
        <ChipsField
          label={words.allowedHosts}
          hint={words.allowedHostsHint}
          values={hosts.value}
          onChange={hosts.onChange}
          error={errors.allowed_hosts?.message}
        />
      )}
      <CheckField label={words.anyHost} hint={words.anyHostHint} {...form.register('allow_any_host')} />
      <RadioCards
        label={words.delivery}
        value={delivery.value}
        onChange={delivery.onChange}
        options={(['any', 'proxy_only'] as const).map((value) => ({
          value,
          label: words.deliveryCards[value][0],
          hint: words.deliveryCards[value][1],
        }))}
      />
      <TextField
        label={words.rotateBy}
        hint={words.rotateByHint}
        isOptional
        type="date"
        {...form.register('rotate_by')}
        error={errors.rotate_by?.message}
      />
    </>
  );
}

/** The same fields as when it was stored. */
function Places({ of: secret, form }: { readonly of: SecretItem; readonly form: UseFormReturn<Fields> }) {
  const isSigned = awsOf(secret) !== undefined;
  return (
    <FormProvider {...form}>
      {(!isSigned || rulesOf(secret).length > 0) && (
        <fieldset className="flex min-w-0 flex-col gap-2">
          <legend className="mb-1.5 text-[13px] font-medium">{words.injection}</legend>
          <p className="text-[13px] text-ink-3">{words.injectionLead}</p>
          <RulesFields live={nothingYet} hasPresets={false} least={isSigned ? 0 : 1} />
        </fieldset>
      )}
      {isSigned && (
        <fieldset className="min-w-0">
          <legend className="mb-3 text-[13px] font-medium">{awsWords.title}</legend>
          <AwsFields live={nothingYet} />
        </fieldset>
      )}
    </FormProvider>
  );
}

const nothingYet = () => undefined;

/** Whether the vault may want the credential again. It decides; a host that another entry covers already widens nothing. */
function useWidens(secret: SecretItem, form: UseFormReturn<Fields>): boolean {
  const [hosts, isAnyHost, delivery, injection, aws] = useWatch({
    control: form.control,
    name: ['allowed_hosts', 'allow_any_host', 'delivery', 'injection', 'aws'],
  });
  const addsHost = !secret.allow_any_host && hosts.some((host) => !secret.allowed_hosts.includes(host));
  return (
    (addsHost && !isAnyHost) ||
    (isAnyHost && !secret.allow_any_host) ||
    (delivery === 'any' && secret.delivery === 'proxy_only') ||
    goesFurther(secret, { injection, aws })
  );
}

type Places = Pick<Fields, 'injection' | 'aws'>;

const injectionOf = (secret: SecretItem, { injection, aws }: Places): WireRule[] => [
  ...injection.map(wireRule),
  ...(awsOf(secret) === undefined ? [] : [wireAws(aws)]),
];

const isOther = (secret: SecretItem, places: Places): boolean =>
  JSON.stringify(injectionOf(secret, places)) !==
  JSON.stringify(injectionOf(secret, { injection: rulesOf(secret), aws: awsRuleOf(secret) }));

/** Tighter limits of AWS signing are no new places. */
function goesFurther(secret: SecretItem, places: Places): boolean {
  const bare = (of: Places): string => JSON.stringify(injectionOf(secret, of).map(withoutLimits));
  const [before, stored] = [{ injection: rulesOf(secret), aws: awsRuleOf(secret) }, awsOf(secret)];
  if (bare(places) !== bare(before)) return true;
  return stored !== undefined && !areLimitsWithin(wireAws(places.aws), stored);
}

/** Only what is another than before: everything that is named is judged anew. */
function bodyOf(secret: SecretItem, values: Fields): Change {
  const hosts = values.allow_any_host ? ['*'] : values.allowed_hosts;
  return {
    ...(values.name === secret.name ? {} : { name: values.name.trim() }),
    ...(hosts.join() === secret.allowed_hosts.join() ? {} : { allowed_hosts: hosts }),
    ...(values.allow_any_host === secret.allow_any_host ? {} : { allow_any_host: values.allow_any_host }),
    ...(values.delivery === secret.delivery ? {} : { delivery: values.delivery }),
    ...(values.rotate_by === dayOf(secret.rotate_by)
      ? {}
      : {
          rotate_by: values.rotate_by === '' ? null : new Date(`${values.rotate_by}T00:00:00`).toISOString(),
        }),
    ...(isOther(secret, values) ? { injection: injectionOf(secret, values) } : {}),
  };
}

const formPaths = (rules: number): Path<Fields>[] => [
  ...PATHS,
  ...AWS_PARTS.map((part) => `aws.${part}` as const),
  ...Array.from({ length: rules }, (_, at) => PARTS.map((part) => `injection.${at}.${part}` as const)).flat(),
];

/** The rule that signs is the last on the wire, and a part of its own in the form. */
const formPath = (path: string, { injection }: Places): string =>
  path.replace(new RegExp(`^injection\\.${injection.length}\\.`), 'aws.');
