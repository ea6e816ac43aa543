/** Making a grant, and cloning one: for whom, for how long, and how much narrower than its source. */
import { useState } from 'react';
import { useForm, type UseFormReturn } from 'react-hook-form';
import type { Answer, Body } from '../../../api/client.ts';
import { useChange } from '../../../api/queries.ts';
import { common } from '../../../texts/common.ts';
import { grants as words } from '../../../texts/grants.ts';
import { Button } from '../../../ui/button.tsx';
import { CodeBlock } from '../../../ui/copy.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { expiresAt, NEVER } from '../../../ui/expiry-field.tsx';
import { FormDialog } from '../../../ui/form-dialog.tsx';
import { otherIssues, showIssues } from '../../../ui/forms.ts';
import { ErrorNote } from '../../../ui/layout.tsx';
import type { SecretItem } from '../secret.ts';
import {
  HolderFields,
  LabelField,
  LifetimeField,
  NarrowerFields,
  type GrantFields,
} from './grant-fields.tsx';
import { nameOf, type Grant } from './grant.ts';

const FIELDS = ['label', 'principal.id', 'expires_at'] as const;
const OUTDATED = ['listGrants', 'getSecret', 'listSecrets', 'getAgent', 'listAgents'] as const;

const EMPTY: GrantFields = {
  label: '',
  principal: { type: 'system', id: '' },
  expires_at: NEVER,
  calls_max: '',
  period: 'day',
  is_read_only: false,
};

type GrantBody = Body<'createGrant'>;
type Policies = NonNullable<Body<'cloneGrant'>['policies']>;

/** What a grant and a clone have in common. */
function bodyOf({ label, principal, expires_at: ends }: GrantFields): GrantBody {
  const text = label.trim();
  const until = expiresAt(ends);
  return {
    ...(text === '' ? {} : { label: text }),
    ...(principal.type === 'system' ? {} : { principal: { type: principal.type, id: principal.id.trim() } }),
    ...(until === undefined ? {} : { expires_at: until }),
  };
}

function policiesOf({ calls_max: max, period, is_read_only: isReadOnly }: GrantFields): Policies {
  return [
    ...(max === '' ? [] : [{ rule: { type: 'quota' as const, limit: Number(max), period } }]),
    ...(isReadOnly
      ? [{ rule: { type: 'request' as const, effect: 'allow_only' as const, methods: ['GET', 'HEAD'] } }]
      : []),
  ];
}

const showAt = (form: UseFormReturn<GrantFields>) => (error: unknown) =>
  void showIssues(error, form.setError, FIELDS);

export function CreateGrant({
  app,
  of: secret,
  onClose,
}: {
  readonly app: string;
  readonly of: SecretItem;
  readonly onClose: () => void;
}) {
  const form = useForm<GrantFields>({ defaultValues: EMPTY });
  const [made, setMade] = useState<Answer<'createGrant'>>();
  const create = useChange('createGrant', { outdates: OUTDATED, onDone: setMade });
  if (made !== undefined) return <Made title={words.made} of={made} onClose={onClose} />;
  const submit = form.handleSubmit((values) =>
    create.mutate(
      { params: { app, secret_id: secret.secret_id }, body: bodyOf(values) },
      { onError: showAt(form) },
    ),
  );
  return (
    <FormDialog
      title={words.createTitle}
      action={common.create}
      isBusy={create.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <LabelField form={form} />
      <HolderFields form={form} app={app} />
      <LifetimeField form={form} never={words.neverEnds} />
      <ErrorNote error={create.error} issues={otherIssues(create.error, FIELDS)} />
    </FormDialog>
  );
}

export function CloneGrant({
  app,
  of: source,
  onClose,
}: {
  readonly app: string;
  readonly of: Grant;
  readonly onClose: () => void;
}) {
  const form = useForm<GrantFields>({ defaultValues: EMPTY });
  const [made, setMade] = useState<Answer<'cloneGrant'>>();
  const clone = useChange('cloneGrant', { outdates: [...OUTDATED, 'listPolicies'], onDone: setMade });
  if (made !== undefined) return <Made title={words.cloned} of={made} onClose={onClose} />;
  const submit = form.handleSubmit((values) => {
    const policies = policiesOf(values);
    clone.mutate(
      {
        params: { grant_id: source.grant_id },
        body: { ...bodyOf(values), ...(policies.length === 0 ? {} : { policies }) },
      },
      { onError: showAt(form) },
    );
  });
  return (
    <FormDialog
      title={words.cloneTitle(nameOf(source))}
      lead={words.cloneLead}
      action={words.clone}
      isBusy={clone.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <LabelField form={form} />
      <LifetimeField form={form} never={source.expires_at === null ? words.neverEnds : words.asSource} />
      {/* What belongs to one agent, user or group stays with that one. */}
      {source.principal.type === 'system' && <HolderFields form={form} app={app} />}
      <NarrowerFields form={form} />
      <ErrorNote error={clone.error} issues={otherIssues(clone.error, FIELDS)} />
    </FormDialog>
  );
}

function Made({
  title,
  of: grant,
  onClose,
}: {
  readonly title: string;
  readonly of: Answer<'createGrant'>;
  readonly onClose: () => void;
}) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      lead={words.madeText}
      actions={
        <Button look="primary" onClick={onClose}>
          {words.done}
        </Button>
      }
    >
      <CodeBlock label={words.grantId} code={grant.grant_id} />
    </Dialog>
  );
}
