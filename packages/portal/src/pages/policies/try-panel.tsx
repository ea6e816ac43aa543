/** A call that nobody makes: what would be decided on it, and what every policy says. */
import { useState } from 'react';
import { ApiError, type Answer } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { policies } from '../../texts/policies.ts';
import { Button } from '../../ui/button.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { Callout, Card, EmptyState, ErrorNote } from '../../ui/layout.tsx';
import { PickField } from '../../ui/pick-field.tsx';
import { errorsOf, type Errors } from '../../ui/forms.ts';
import { useGrants } from './names.ts';
import { evaluation, type Call, type Subject } from './trial.ts';
import { Decision } from './decision.tsx';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const FIELDS = new Set(['grant_id', 'method', 'url', 'key_id', 'caller', 'ip', 'at', 'body']);

interface PanelProps {
  readonly subject: Subject;
  readonly call: Call;
  readonly onChange: (call: Call) => void;
}

export function TryPanel({ subject, call: typed, onChange }: PanelProps) {
  const app = useAppName();
  const call = withOnlyGrant(typed, useGrants(subject.scope));
  const evaluate = useChange('evaluatePolicies');
  const [judged, setJudged] = useState<{
    readonly of: string;
    readonly answer: Answer<'evaluatePolicies'>;
  }>();
  const body = evaluation(call, subject);
  const issues = evaluate.error instanceof ApiError ? evaluate.error.issues : [];
  if (body === undefined) return <EmptyState title={policies.tryFirst} />;
  return (
    <div className="grid min-w-0 gap-6 xl:grid-cols-2">
      <Card title={policies.tryTitle} lead={policies.tryLead}>
        <form
          noValidate
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            evaluate.mutate(
              { params: { app }, body },
              { onSuccess: (answer) => setJudged({ of: JSON.stringify(body), answer }) },
            );
          }}
        >
          <CallFields subject={subject} call={call} onChange={onChange} errors={errorsOf(issues)} />
          <ErrorNote error={evaluate.error} issues={issues.filter(({ path }) => !FIELDS.has(path))} />
          <div className="flex flex-wrap items-center gap-3">
            <Button type="submit" look="primary" isBusy={evaluate.isPending}>
              {policies.judge}
            </Button>
            <span className="text-[13px] text-ink-3">
              {subject.isDraft ? policies.tryDraft : policies.trySaved}
            </span>
          </div>
        </form>
      </Card>
      <div aria-live="polite" className="min-w-0">
        {judged?.of === JSON.stringify(body) ? (
          <Decision judged={judged.answer} policyId={subject.policyId} />
        ) : (
          <Callout>{policies.tryBefore}</Callout>
        )}
      </div>
    </div>
  );
}

/** Where only one grant can be meant, it need not be chosen. */
function withOnlyGrant(call: Call, { grants, urlOf }: ReturnType<typeof useGrants>): Call {
  const [only, another] = grants;
  if (call.grant_id !== '' || only === undefined || another !== undefined) return call;
  return { ...call, grant_id: only.id, url: call.url === '' ? urlOf(only.id) : call.url };
}

function CallFields({ subject, call, onChange, errors }: PanelProps & { readonly errors: Errors }) {
  const app = useAppName();
  const can = useCan();
  const { grants, urlOf } = useGrants(subject.scope);
  const set = (part: Partial<Call>) => onChange({ ...call, ...part });
  const text = (name: 'url' | 'caller' | 'ip' | 'at' | 'body') => ({
    value: call[name],
    error: errors.at(name),
    onChange: (event: { readonly target: { readonly value: string } }) => set({ [name]: event.target.value }),
  });
  return (
    <>
      <SelectField
        label={policies.grant}
        value={call.grant_id}
        options={[
          { value: '', label: policies.choose },
          ...grants.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChange={({ target: { value } }) => {
          const isOwn = call.url !== '' && call.url !== urlOf(call.grant_id);
          set({ grant_id: value, url: isOwn ? call.url : urlOf(value) });
        }}
        error={errors.at('grant_id') === undefined ? undefined : policies.grantNeeded}
      />
      <div className="grid gap-4 sm:grid-cols-[8rem_1fr]">
        <SelectField
          label={policies.method}
          value={call.method}
          options={METHODS.map((value) => ({ value, label: value }))}
          onChange={(event) => set({ method: event.target.value })}
          error={errors.at('method')}
        />
        <TextField label={policies.url} isCode placeholder="https://" {...text('url')} />
      </div>
      <AreaField
        label={policies.body}
        hint={policies.bodyHint}
        isOptional
        isCode
        rows={4}
        {...text('body')}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label={policies.callMode}
          value={call.mode}
          options={(['proxy', 'request'] as const).map((value) => ({
            value,
            label: policies.callModes[value],
          }))}
          onChange={(event) => set({ mode: event.target.value === 'request' ? 'request' : 'proxy' })}
        />
        <TextField label={policies.at} hint={policies.atHint} type="datetime-local" {...text('at')} />
        <TextField label={policies.ip} hint={policies.ipHint} isCode {...text('ip')} />
        {can('keys:read') && (
          <PickField
            label={policies.key}
            app={app}
            kind="key"
            none={policies.anyKey}
            value={call.key_id}
            onChange={(id) => set({ key_id: id })}
            error={errors.at('key_id')}
          />
        )}
        <TextField label={policies.callerLabel} isOptional {...text('caller')} />
      </div>
    </>
  );
}
