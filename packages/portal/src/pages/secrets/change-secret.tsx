/** Changing what a secret is called and where it may go. What lets it go further needs the credential again (W7, WIRE §4). */
import { useController, useForm, useWatch, type UseFormReturn } from 'react-hook-form';
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
  /** JSON. */
  injection: string;
  credential: Record<string, string>;
}

const PATHS = ['name', 'allowed_hosts', 'allow_any_host', 'delivery', 'rotate_by', 'injection'] as const;

const dayOf = (at: string | null): string => (at === null ? '' : at.slice(0, 10));
const jsonOf = (secret: SecretItem): string => JSON.stringify(secret.injection, undefined, 2);

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
      injection: jsonOf(secret),
      credential: {},
    },
  });
  const widens = useWidens(secret, form);
  const paths = [...PATHS, ...pathsOf(fields)] as const;
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
      <AreaField
        label={words.injection}
        hint={words.injectionHint}
        isCode
        rows={6}
        {...form.register('injection', { validate: (text) => parsed(text) !== undefined || words.notJson })}
        error={errors.injection?.message}
      />
    </>
  );
}

/** Whether the vault may want the credential again. It decides; a host that another entry covers already widens nothing. */
function useWidens(secret: SecretItem, form: UseFormReturn<Fields>): boolean {
  const [hosts, isAnyHost, delivery, injection] = useWatch({
    control: form.control,
    name: ['allowed_hosts', 'allow_any_host', 'delivery', 'injection'],
  });
  const addsHost = !secret.allow_any_host && hosts.some((host) => !secret.allowed_hosts.includes(host));
  return (
    (addsHost && !isAnyHost) ||
    (isAnyHost && !secret.allow_any_host) ||
    (delivery === 'any' && secret.delivery === 'proxy_only') ||
    isOther(injection, secret)
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

const isOther = (text: string, secret: SecretItem): boolean =>
  JSON.stringify(parsed(text)) !== JSON.stringify(secret.injection);

/** Only what is another than before: everything that is named is judged anew. */
function bodyOf(secret: SecretItem, values: Fields): Change {
  const hosts = values.allow_any_host ? ['*'] : values.allowed_hosts;
  const injection = parsed(values.injection);
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
    ...(injection === undefined || !isOther(values.injection, secret) ? {} : { injection }),
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
    if (list === 'injection') form.setError(list, { message: `${Number(index) + 1}${rest}: ${message}.` });
  }
}
