/** One policy, or a new one: what it says, trying it, and what it would have done. What is typed stays while one looks around. */
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Copy } from 'lucide-react';
import { useState } from 'react';
import { useApi } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { policies } from '../../texts/policies.ts';
import { ErrorNote, Page, SkeletonRows } from '../../ui/layout.tsx';
import { LinkButton } from '../../ui/link-button.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { DeletePolicy } from './delete-policy.tsx';
import { draftOf, type Draft, type Policy, type Scope } from './draft.ts';
import { NewEditor, SavedEditor } from './editor.tsx';
import { exampleDraft } from './examples.ts';
import { LeaveGuard } from './leave-guard.tsx';
import { ModeSwitch } from './mode-switch.tsx';
import { PolicyTabs } from './policy-tabs.tsx';
import { PolicyView } from './policy-view.tsx';
import type { Subject } from './trial.ts';
import { useDraft, type DraftState } from './use-draft.ts';
import { ownZone } from './zone-field.tsx';

/** Empty, filled in by an example, or like another policy. */
export function NewPolicyPage() {
  const app = useAppName();
  const search = useSearch({ from: '/inside/apps/$app/policies/new' });
  const like = typeof search.like === 'string' ? search.like : undefined;
  const other = useApi(
    'getPolicy',
    { params: { app, policy_id: like ?? '' } },
    { enabled: like !== undefined },
  );
  if (like === undefined) return <NewPolicy initial={draftFrom(search)} />;
  if (other.data !== undefined)
    return <NewPolicy initial={{ ...draftOf(other.data, ownZone()), name: '', mode: 'monitor' }} />;
  return (
    <Page title={policies.newPolicy} actions={<Back app={app} />}>
      {other.isPending ? (
        <SkeletonRows />
      ) : (
        <ErrorNote error={other.error} onRetry={() => void other.refetch()} />
      )}
    </Page>
  );
}

function draftFrom(search: Readonly<Record<string, unknown>>): Draft {
  const draft = exampleDraft(search['example'], ownZone());
  return { ...draft, scope: scopeFrom(search) ?? draft.scope };
}

/** `initial` is what the form begins with; what it is later changes nothing. */
function NewPolicy({ initial }: { readonly initial: Draft }) {
  const app = useAppName();
  const search = useSearch({ from: '/inside/apps/$app/policies/new' });
  const navigate = useNavigate();
  const state = useDraft(initial);
  return (
    <Page title={policies.newPolicy} lead={policies.lead} actions={<Back app={app} />}>
      <PolicyTabs
        tab={search.tab}
        subject={subjectOf(state)}
        rule={
          <NewEditor
            state={state}
            onDone={(policy) =>
              void navigate({
                to: '/apps/$app/policies/$policy',
                params: { app, policy },
                replace: true,
                ignoreBlocker: true,
              })
            }
          />
        }
      />
      <LeaveGuard isDirty={state.isDirty} />
    </Page>
  );
}

/** What the trials are about: the form as it stands, or what is stored where it is the same. */
function subjectOf({ draft, rule, isDirty }: DraftState, policy?: Policy): Subject {
  return {
    scope: draft.scope,
    rule,
    mode: policy?.mode ?? draft.mode,
    policyId: policy?.policy_id,
    isDraft: policy === undefined || isDirty,
  };
}

/** A link from a secret, grant or agent brings its id along. */
function scopeFrom(search: Readonly<Record<string, unknown>>): Scope | undefined {
  for (const to of ['secret', 'grant', 'agent'] as const) {
    const id = search[to];
    if (typeof id === 'string') return { to, id };
  }
  return undefined;
}

const Back = ({ app }: { readonly app: string }) => (
  <LinkButton to="/apps/$app/policies" params={{ app }}>
    {policies.backToList}
  </LinkButton>
);

export function PolicyPage() {
  const app = useAppName();
  const { policy: policyId } = useParams({ from: '/inside/apps/$app/policies/$policy' });
  const found = useApi('getPolicy', { params: { app, policy_id: policyId } });
  if (found.data === undefined)
    return (
      <Page title={policies.title} actions={<Back app={app} />}>
        {found.isPending ? (
          <SkeletonRows />
        ) : (
          <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
        )}
      </Page>
    );
  return <Loaded key={policyId} policy={found.data} onReload={() => void found.refetch()} />;
}

/** What a draft can differ in. */
const contentOf = ({ name, rule }: Policy): string => JSON.stringify([name, rule]);

function Loaded({ policy, onReload }: { readonly policy: Policy; readonly onReload: () => void }) {
  const app = useAppName();
  const can = useCan();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/apps/$app/policies/$policy' });
  const state = useDraft(draftOf(policy, ownZone()));
  /** What the draft was begun with. */
  const [base, setBase] = useState(policy);
  const take = (next: Policy) => {
    setBase(next);
    state.reset(draftOf(next, ownZone()));
  };
  const isOvertaken = contentOf(policy) !== contentOf(base);
  // Where nothing was typed there is nothing to lose.
  if (isOvertaken && !state.isDirty) take(policy);
  return (
    <Page
      title={policy.name}
      lead={
        <>
          {policies.changed} <TimeAgo at={policy.updated_at} />
          {policy.mode === 'monitor' && can('audit:read') && (
            <>
              {' · '}
              <Link
                to="/apps/$app/audit"
                params={{ app }}
                search={{ flag: `monitor:${policy.policy_id}` }}
                className="text-accent-ink hover:underline"
              >
                {policies.inAudit}
              </Link>
            </>
          )}
        </>
      }
      actions={
        <>
          <span className="mr-2">
            <ModeSwitch policy={policy} />
          </span>
          <Back app={app} />
          {can('policies:write') && (
            <LinkButton
              to="/apps/$app/policies/new"
              params={{ app }}
              search={{ like: policy.policy_id }}
              icon={<Copy aria-hidden />}
            >
              {policies.copy}
            </LinkButton>
          )}
          {can('policies:write') && (
            <DeletePolicy
              policy={policy}
              onDone={() =>
                void navigate({ to: '/apps/$app/policies', params: { app }, ignoreBlocker: true })
              }
            />
          )}
        </>
      }
    >
      <PolicyTabs
        tab={search.tab}
        subject={subjectOf(state, policy)}
        rule={
          can('policies:write') ? (
            <SavedEditor
              state={state}
              policy={policy}
              isOvertaken={isOvertaken}
              onSaved={take}
              onTake={() => take(policy)}
              onConflict={onReload}
            />
          ) : (
            <PolicyView policy={policy} />
          )
        }
      />
      <LeaveGuard isDirty={state.isDirty} />
    </Page>
  );
}
