/** Writing a policy: its reach, its rule, and beside them all of it in words. */
import type { ReactNode } from 'react';
import { useChange } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { policies } from '../../texts/policies.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { Badge, Callout, Card, ErrorNote } from '../../ui/layout.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { scopeOf, type Policy } from './draft.ts';
import { scopeName, useNames } from './names.ts';
import { RuleForm } from './rule-form.tsx';
import { ScopeField } from './scope-field.tsx';
import type { DraftState } from './use-draft.ts';
import { Words } from './words.tsx';

export function NewEditor({
  state,
  onDone,
}: {
  readonly state: DraftState;
  readonly onDone: (policyId: string) => void;
}) {
  const app = useAppName();
  const toasts = useToasts();
  const { draft, errors, change } = state;
  const create = useChange('createPolicy', {
    outdates: ['listPolicies', 'listGrants', 'getGrant'],
    onDone: (policy) => {
      toasts.done(policies.created(policy.name));
      onDone(policy.policy_id);
    },
  });
  const submit = () => {
    const body = state.read();
    if (body !== undefined) create.mutate({ params: { app }, body }, { onError: state.refused });
  };
  return (
    <EditorFrame
      state={state}
      mode={draft.mode}
      onSubmit={submit}
      reach={<ScopeField scope={draft.scope} onChange={(scope) => change({ scope })} errors={errors} />}
      end={
        <>
          <RadioCards
            label={policies.modeQuestion}
            options={(['monitor', 'enforce'] as const).map((value) => ({ value, ...policies.modes[value] }))}
            value={draft.mode}
            onChange={(mode) => change({ mode })}
          />
          <ErrorNote error={create.error} issues={state.others} />
          <div>
            <Button type="submit" look="primary" isBusy={create.isPending}>
              {policies.create[draft.mode]}
            </Button>
          </div>
        </>
      }
    />
  );
}

export function SavedEditor({
  state,
  policy,
  isOvertaken,
  onSaved,
  onTake,
  onConflict,
}: {
  readonly state: DraftState;
  /** As the vault has it now. */
  readonly policy: Policy;
  /** It says something else now than when the draft was begun. */
  readonly isOvertaken: boolean;
  readonly onSaved: (policy: Policy) => void;
  readonly onTake: () => void;
  readonly onConflict: () => void;
}) {
  const app = useAppName();
  const names = useNames();
  const toasts = useToasts();
  const save = useChange('changePolicy', {
    outdates: ['listPolicies', 'getPolicy', 'listGrants', 'getGrant'],
    onDone: (saved) => {
      toasts.done(policies.saved);
      onSaved(saved);
    },
  });
  const submit = () => {
    const body = state.read();
    if (body === undefined) return;
    const { name, rule } = body;
    save.mutate(
      {
        params: { app, policy_id: policy.policy_id },
        body: { name, rule, if_updated_at: policy.updated_at },
      },
      {
        onError: (error) => {
          if (error.code === 'conflict') onConflict();
          state.refused(error);
        },
      },
    );
  };
  return (
    <EditorFrame
      state={state}
      mode={policy.mode}
      onSubmit={submit}
      reach={
        <div className="flex flex-col gap-1">
          <span className="text-[13px] font-medium">{policies.appliesTo}</span>
          <span>{scopeName(policy.applies_to, names)}</span>
          <span className="text-[13px] text-ink-3">{policies.unchangeableScope}</span>
        </div>
      }
      end={
        <>
          {isOvertaken ? (
            <Callout
              tone="warn"
              title={policies.conflictTitle}
              actions={
                <>
                  <Button size="small" onClick={submit} isBusy={save.isPending}>
                    {policies.conflictKeep}
                  </Button>
                  <Button size="small" onClick={onTake}>
                    {policies.conflictTake}
                  </Button>
                </>
              }
            >
              <p>{policies.conflictText}</p>
              <div className="mt-2 border-l-2 border-current pl-3">
                <p className="font-medium">{policy.name}</p>
                <Words
                  scope={scopeOf(policy.applies_to)}
                  rule={policy.rule}
                  mode={policy.mode}
                  names={names}
                  isShort
                />
              </div>
            </Callout>
          ) : (
            <ErrorNote error={save.error} issues={state.others} />
          )}
          <div className="flex flex-wrap items-center gap-2">
            <Button
              type="submit"
              look="primary"
              isBusy={save.isPending}
              disabled={!state.isDirty || isOvertaken}
            >
              {policies.save}
            </Button>
            {state.isDirty && (
              <>
                <Button onClick={onTake}>{policies.undo}</Button>
                <Badge tone="warn">{policies.unsaved}</Badge>
              </>
            )}
          </div>
        </>
      }
    />
  );
}

function EditorFrame({
  state: { draft, errors, rule, change },
  mode,
  reach,
  end,
  onSubmit,
}: {
  readonly state: DraftState;
  readonly mode: Policy['mode'];
  readonly reach: ReactNode;
  readonly end: ReactNode;
  readonly onSubmit: () => void;
}) {
  const names = useNames();
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
      className="grid min-w-0 gap-6 xl:grid-cols-[minmax(0,1fr)_22rem]"
    >
      <div className="flex min-w-0 flex-col gap-6">
        <Card title={policies.whole.title}>
          <div className="flex flex-col gap-5">
            <TextField
              label={policies.name}
              hint={policies.nameHint}
              value={draft.name}
              onChange={(event) => change({ name: event.target.value })}
              error={errors.at('name')}
            />
            {reach}
          </div>
        </Card>
        <Card title={policies.rule}>
          <RuleForm draft={draft} onChange={change} errors={errors} />
        </Card>
        <div className="flex flex-col gap-5">{end}</div>
      </div>
      <div className="max-xl:order-first">
        <Card title={policies.words} className="xl:sticky xl:top-20">
          <Words scope={draft.scope} rule={rule} mode={mode} names={names} />
        </Card>
      </div>
    </form>
  );
}
