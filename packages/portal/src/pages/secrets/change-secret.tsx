/** Changing what a secret is called and where it may go. What lets it go further needs the credential again (W7, WIRE §4). */
import { FormProvider, useController, useForm, useWatch, type UseFormReturn } from 'react-hook-form';
import type { Body } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { common } from '../../texts/common.ts';
import { secret as words } from '../../texts/secret.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { ChipsField } from '../../ui/chips-field.tsx';
import { AreaField, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { otherIssues, showIssues } from '../../ui/forms.ts';
import { Callout, ErrorNote } from '../../ui/layout.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { RulesFields } from '../../ui/rules-fields.tsx';
import { formRule, wireRule, type Rule } from '../../ui/rules.ts';
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
  /** The rule of AWS, as JSON: it has more to say than a form shows. */
  aws: string;
  credential: Record<string, string>;
}

const PATHS = ['name', 'allowed_hosts', 'allow_any_host', 'delivery', 'rotate_by', 'aws'] as const;
const PARTS = ['kind', 'name', 'format', 'username', 'password'] as const;

const dayOf = (at: string | null): string => (at === null ? '' : at.slice(0, 10));
const isAws = (secret: SecretItem): boolean => secret.injection.some((one) => one.in === 'aws_sigv4');
const jsonOf = (secret: SecretItem): string => JSON.stringify(secret.injection, undefined, 2);
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
      aws: jsonOf(secret),
      credential: {},
    },
  });
  const widens = useWidens(secret, form);
  const rules = useWatch({ control: form.control, name: 'injection' });
  const paths = [
    ...PATHS,
    ...pathsOf(fields),
    ...rules.flatMap((_, at) => PARTS.map((part) => `injection.${at}.${part}` as const)),
  ] as const;
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
      { onError: (error) => showHere(error, form, paths) },
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
      <ErrorNote error={change.error} issues={otherIssues(change.error, paths)} />
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
  if (isAws(secret))
    return (
      <AreaField
        label={words.injectionJson}
        hint={words.injectionHint}
        isCode
        rows={6}
        {...form.register('aws', { validate: (text) => parsed(text) !== undefined || words.notJson })}
        error={form.formState.errors.aws?.message}
      />
    );
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 text-[13px] font-medium">{words.injection}</legend>
      <p className="text-[13px] text-ink-3">{words.injectionLead}</p>
      <FormProvider {...form}>
        <RulesFields live={nothingYet} hasPresets={false} />
      </FormProvider>
    </fieldset>
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
    isOther(secret, { injection, aws })
  );
}

type Injection = NonNullable<Change['injection']>;

function parsed(text: string): Injection | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: the API judges what stands in the rules
    return Array.isArray(value) ? (value as Injection) : undefined;
  } catch {
    return undefined;
  }
}

type Places = Pick<Fields, 'injection' | 'aws'>;

const injectionOf = (secret: SecretItem, { injection, aws }: Places): Injection | undefined =>
  isAws(secret) ? parsed(aws) : injection.map(wireRule);

const isOther = (secret: SecretItem, places: Places): boolean =>
  JSON.stringify(injectionOf(secret, places)) !==
  JSON.stringify(injectionOf(secret, { injection: rulesOf(secret), aws: jsonOf(secret) }));

/** Only what is another than before: everything that is named is judged anew. */
function bodyOf(secret: SecretItem, values: Fields): Change {
  const hosts = values.allow_any_host ? ['*'] : values.allowed_hosts;
  const injection = injectionOf(secret, values);
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
    ...(injection === undefined || !isOther(secret, values) ? {} : { injection }),
  };
}

/** Issues of one entry of a list stand at the list. */
function showHere(
  error: unknown,
  form: UseFormReturn<Fields>,
  paths: Parameters<typeof showIssues<Fields>>[2],
): void {
  for (const { path, message } of showIssues(error, form.setError, paths)) {
    const [, list, index, rest] = /^(allowed_hosts|injection)\.(\d+)(.*)$/.exec(path) ?? [];
    if (list === 'allowed_hosts')
      form.setError(list, { message: `${form.getValues(list)[Number(index)] ?? ''} ${message}.` });
    if (list === 'injection') form.setError('aws', { message: `${Number(index) + 1}${rest}: ${message}.` });
  }
}
