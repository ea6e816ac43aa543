/** Making an API key, and changing its name and restrictions. The text of a new key lives in the dialog that shows it. */
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { ApiError, type Answer } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { common } from '../../texts/common.ts';
import { keys } from '../../texts/keys.ts';
import { expiresAt, expiryOf, NEVER } from '../../ui/expiry-field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { otherIssues, showIssues } from '../../ui/forms.ts';
import { ErrorNote } from '../../ui/layout.tsx';
import { NewKey } from '../../ui/new-key.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { Holder, NameField, OwnerField, Restrictions, type KeyFields } from './key-fields.tsx';
import type { Key } from './key.ts';

const FIELDS = [
  'name',
  'agent_id',
  'ip_allowlist',
  'requests_per_minute',
  'owner_member_id',
  'expires_at',
] as const;

const EMPTY: KeyFields = {
  name: '',
  kind: 'app',
  agent_id: '',
  ip_allowlist: [],
  requests_per_minute: '',
  allow_release: true,
  owner_member_id: '',
  expires_at: NEVER,
};

/** What both bodies have in common; null takes a restriction away, where there was a key before. */
const perMinuteOf = ({ requests_per_minute: text }: KeyFields): number | null =>
  text === '' ? null : Number(text);

function useKeyForm(defaultValues: KeyFields) {
  const form = useForm<KeyFields>({ defaultValues });
  const show = (error: unknown, values: KeyFields) => {
    showIssues(error, form.setError, FIELDS);
    for (const { path, message } of error instanceof ApiError ? error.issues : []) {
      const [, index] = /^ip_allowlist\.(\d+)$/.exec(path) ?? [];
      if (index !== undefined)
        form.setError('ip_allowlist', { message: `${values.ip_allowlist[Number(index)]} ${message}.` });
    }
  };
  return { form, show };
}

export function CreateKey({
  app,
  agentId,
  onClose,
}: {
  readonly app: string;
  /** The agent that is looked at: the key is for it unless told otherwise. */
  readonly agentId: string | undefined;
  readonly onClose: () => void;
}) {
  const ofAgent =
    agentId === undefined ? {} : { kind: 'agent' as const, agent_id: agentId, allow_release: false };
  const { form, show } = useKeyForm({ ...EMPTY, ...ofAgent });
  const [made, setMade] = useState<Answer<'createKey'>>();
  const create = useChange('createKey', {
    outdates: ['listKeys', 'listAgents', 'getAgent'],
    onDone: setMade,
  });
  if (made !== undefined) return <NewKey title={keys.made} apiKey={made.api_key ?? ''} onClose={onClose} />;
  const submit = form.handleSubmit((values) => {
    const ends = expiresAt(values.expires_at);
    const perMinute = perMinuteOf(values);
    create.mutate(
      {
        params: { app },
        body: {
          name: values.name.trim(),
          ...(values.kind === 'agent' ? { kind: 'agent', agent_id: values.agent_id } : {}),
          ...(values.ip_allowlist.length === 0 ? {} : { ip_allowlist: values.ip_allowlist }),
          ...(perMinute === null ? {} : { requests_per_minute: perMinute }),
          ...(ends === undefined ? {} : { expires_at: ends }),
          ...(values.owner_member_id === '' ? {} : { owner_member_id: values.owner_member_id }),
          allow_release: values.allow_release,
        },
      },
      { onError: (error) => show(error, values) },
    );
  });
  return (
    <FormDialog
      title={keys.createTitle}
      action={common.create}
      isBusy={create.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <NameField form={form} />
      <Holder form={form} app={app} />
      <Restrictions form={form} />
      <OwnerField form={form} app={app} />
      <ErrorNote error={create.error} issues={otherIssues(create.error, FIELDS)} />
    </FormDialog>
  );
}

export function ChangeKey({
  app,
  of: key,
  onClose,
}: {
  readonly app: string;
  readonly of: Key;
  readonly onClose: () => void;
}) {
  const { form, show } = useKeyForm({
    ...EMPTY,
    name: key.name,
    ip_allowlist: key.ip_allowlist ?? [],
    requests_per_minute: key.requests_per_minute === null ? '' : String(key.requests_per_minute),
    allow_release: key.allow_release,
    expires_at: expiryOf(key.expires_at),
  });
  const toasts = useToasts();
  const change = useChange('changeKey', {
    outdates: ['listKeys'],
    onDone: () => {
      toasts.done(keys.changed);
      onClose();
    },
  });
  const submit = form.handleSubmit((values) => {
    const isExpiryTouched = form.formState.dirtyFields.expires_at !== undefined;
    change.mutate(
      {
        params: { app, key_id: key.key_id },
        body: {
          name: values.name.trim(),
          ip_allowlist: values.ip_allowlist.length === 0 ? null : values.ip_allowlist,
          requests_per_minute: perMinuteOf(values),
          allow_release: values.allow_release,
          // The field shows minutes: what was not touched stays to the millisecond.
          ...(isExpiryTouched ? { expires_at: expiresAt(values.expires_at) ?? null } : {}),
        },
      },
      { onError: (error) => show(error, values) },
    );
  });
  return (
    <FormDialog
      title={keys.changeTitle(key.name)}
      action={common.save}
      isBusy={change.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <NameField form={form} />
      <Restrictions form={form} />
      <ErrorNote error={change.error} issues={otherIssues(change.error, FIELDS)} />
    </FormDialog>
  );
}
