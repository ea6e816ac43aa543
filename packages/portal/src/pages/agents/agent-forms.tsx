/** Making an agent, with its first key where one wants, and changing one. */
import { useState } from 'react';
import { useForm, type UseFormReturn } from 'react-hook-form';
import type { Answer } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { agents } from '../../texts/agents.ts';
import { common } from '../../texts/common.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { AreaField, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { otherIssues, showIssues } from '../../ui/forms.ts';
import { ErrorNote } from '../../ui/layout.tsx';
import { NewKey } from '../../ui/new-key.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { linesOf, metadataIn, type Agent } from './agent.ts';

interface AgentFields {
  name: string;
  display_name: string;
  metadata: string;
  with_key: boolean;
}

const FIELDS = ['name', 'display_name', 'metadata'] as const;

export function CreateAgent({ app, onClose }: { readonly app: string; readonly onClose: () => void }) {
  const can = useCan();
  const toasts = useToasts();
  const canMakeKey = can('keys:write');
  const form = useForm<AgentFields>({
    defaultValues: { name: '', display_name: '', metadata: '', with_key: canMakeKey },
  });
  const [key, setKey] = useState<Answer<'createKey'>>();
  const createKey = useChange('createKey', { outdates: ['listAgents', 'listKeys'], onDone: setKey });
  const create = useChange('createAgent', { outdates: ['listAgents'] });
  if (key !== undefined)
    return <NewKey title={agents.madeWithKey} apiKey={key.api_key ?? ''} onClose={onClose} />;
  const submit = form.handleSubmit(async (values) => {
    const made = await create
      .mutateAsync({ params: { app }, body: bodyOf(values) })
      .catch((error: unknown) => {
        showIssues(error, form.setError, FIELDS);
      });
    if (made === undefined) return;
    if (!values.with_key) {
      toasts.done(agents.made(made.name));
      onClose();
      return;
    }
    createKey.mutate(
      { params: { app }, body: { name: made.name, kind: 'agent', agent_id: made.agent_id } },
      {
        // The agent is there all the same; its key can be made on the page of keys.
        onError: (error) => {
          toasts.done(agents.made(made.name));
          toasts.failed(error);
          onClose();
        },
      },
    );
  });
  return (
    <FormDialog
      title={agents.createTitle}
      action={common.create}
      isBusy={create.isPending || createKey.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Fields form={form} />
      {canMakeKey && (
        <CheckField label={agents.withKey} hint={agents.withKeyHint} {...form.register('with_key')} />
      )}
      <ErrorNote error={create.error} issues={otherIssues(create.error, FIELDS)} />
    </FormDialog>
  );
}

export function ChangeAgent({
  app,
  of: agent,
  onClose,
}: {
  readonly app: string;
  readonly of: Agent;
  readonly onClose: () => void;
}) {
  const toasts = useToasts();
  const form = useForm<AgentFields>({
    defaultValues: {
      name: agent.name,
      display_name: agent.display_name ?? '',
      metadata: linesOf(agent.metadata),
      with_key: false,
    },
  });
  const change = useChange('changeAgent', {
    outdates: ['getAgent', 'listAgents', 'listKeys', 'listGrants'],
    onDone: () => {
      toasts.done(agents.changed);
      onClose();
    },
  });
  const submit = form.handleSubmit((values) =>
    change.mutate(
      {
        params: { app, agent_id: agent.agent_id },
        body: { display_name: null, ...bodyOf(values), metadata: metadataIn(values.metadata) ?? {} },
      },
      { onError: (error) => void showIssues(error, form.setError, FIELDS) },
    ),
  );
  return (
    <FormDialog
      title={agents.changeTitle(agent.name)}
      action={common.save}
      isBusy={change.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Fields form={form} />
      <ErrorNote error={change.error} issues={otherIssues(change.error, FIELDS)} />
    </FormDialog>
  );
}

function bodyOf({ name, display_name: shown, metadata }: AgentFields) {
  const entries = metadataIn(metadata);
  return {
    name: name.trim(),
    ...(shown.trim() === '' ? {} : { display_name: shown.trim() }),
    ...(entries === undefined || Object.keys(entries).length === 0 ? {} : { metadata: entries }),
  };
}

function Fields({ form }: { readonly form: UseFormReturn<AgentFields> }) {
  const { errors } = form.formState;
  return (
    <>
      <TextField
        label={agents.name}
        hint={agents.nameHint}
        isCode
        {...form.register('name', { required: common.required })}
        error={errors.name?.message}
      />
      <TextField
        label={agents.displayName}
        hint={agents.displayNameHint}
        isOptional
        {...form.register('display_name')}
        error={errors.display_name?.message}
      />
      <AreaField
        label={agents.metadata}
        hint={agents.metadataHint}
        isOptional
        isCode
        {...form.register('metadata', {
          validate: (text) => metadataIn(text) !== undefined || agents.metadataForm,
        })}
        error={errors.metadata?.message}
      />
    </>
  );
}
