/** One agent: what it may use, what it did, and everything that can be done with it. */
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ArrowLeft, Bot, KeyRound, MoreHorizontal, Waypoints } from 'lucide-react';
import { useState } from 'react';
import { useApi, useChange, usePages, type ItemOf } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { agents as words } from '../../texts/agents.ts';
import { policyList } from '../../texts/policy-list.ts';
import { IconButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { Card, EmptyState, ErrorNote, Facts, Page, SkeletonRows } from '../../ui/layout.tsx';
import { LinkButton } from '../../ui/link-button.tsx';
import { Menu } from '../../ui/menu.tsx';
import { PolicyList } from '../../ui/policy-list.tsx';
import { ListTable, type Column } from '../../ui/table.tsx';
import { Countdown, TimeAgo } from '../../ui/time.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { UsageCard } from '../../ui/usage-card.tsx';
import { usageQuery } from '../../ui/usage-spans.ts';
import { ChangeAgent } from './agent-forms.tsx';
import type { Agent } from './agent.ts';

export function AgentPage() {
  const app = useAppName();
  const { agent: agentId } = useParams({ from: '/inside/apps/$app/agents/$agent' });
  const read = useApi('getAgent', { params: { app, agent_id: agentId } });
  if (read.data === undefined)
    return (
      <Page title={words.title}>
        {read.isPending ? (
          <SkeletonRows />
        ) : (
          <ErrorNote error={read.error} onRetry={() => void read.refetch()} />
        )}
      </Page>
    );
  return <Shown app={app} of={read.data} />;
}

function Shown({ app, of: agent }: { readonly app: string; readonly of: Agent }) {
  const can = useCan();
  return (
    <Page
      title={
        <span className="flex items-center gap-3">
          <span
            className="grid size-11 shrink-0 place-items-center rounded-xl bg-accent-soft text-accent-ink"
            aria-hidden
          >
            <Bot className="size-5" />
          </span>
          <span className="min-w-0 [overflow-wrap:anywhere]">{agent.display_name ?? agent.name}</span>
        </span>
      }
      lead={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <Link
            to="/apps/$app/agents"
            params={{ app }}
            className="inline-flex items-center gap-1.5 text-accent-ink hover:underline"
          >
            <ArrowLeft className="size-4" aria-hidden />
            {words.title}
          </Link>
          <code className="font-mono text-[13px] [overflow-wrap:anywhere]">{agent.name}</code>
        </span>
      }
      actions={
        <>
          {can('keys:read') && (
            <LinkButton
              to="/apps/$app/keys"
              params={{ app }}
              search={{ agent: agent.agent_id }}
              icon={<KeyRound aria-hidden />}
            >
              {words.toKeys}
            </LinkButton>
          )}
          {can('agents:write') && <Actions app={app} of={agent} />}
        </>
      }
    >
      <div className="grid min-w-0 items-start gap-6 xl:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="flex min-w-0 flex-col gap-6">
          {can('grants:read') && <May app={app} agentId={agent.agent_id} />}
          <Did app={app} agentId={agent.agent_id} />
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <Card title={words.facts}>
            <Facts
              items={[
                [words.keys, words.keysLead(agent.active_keys)],
                [words.lastSeen, <TimeAgo key="used" at={agent.last_used_at} />],
                [words.createdAt, <TimeAgo key="created" at={agent.created_at} />],
                ...Object.entries(agent.metadata),
                [words.id, <CopyText key="id" text={agent.agent_id} />],
              ]}
            />
          </Card>
          {can('policies:read') && (
            <Card title={policyList.title}>
              <PolicyList app={app} kind="agent" id={agent.agent_id} />
            </Card>
          )}
        </div>
      </div>
    </Page>
  );
}

const columnsIn = (app: string): readonly Column<ItemOf<'listGrants'>>[] => [
  {
    title: words.secret,
    cell: (grant) => (
      <Link
        to="/apps/$app/secrets/$secret"
        params={{ app, secret: grant.secret_id }}
        search={{ grant: grant.grant_id }}
        className="font-medium [overflow-wrap:anywhere] hover:underline"
      >
        {grant.secret_name}
      </Link>
    ),
  },
  {
    title: words.grant,
    cell: (grant) => grant.label ?? <span className="text-ink-3">{words.noLabel}</span>,
  },
  {
    title: words.ends,
    cell: (grant) =>
      grant.expires_at === null ? (
        <span className="text-ink-3">{words.neverEnds}</span>
      ) : (
        <Countdown until={grant.expires_at} over={words.over} />
      ),
  },
  { title: words.lastUsed, cell: (grant) => <TimeAgo at={grant.last_used_at} /> },
];

function May({ app, agentId }: { readonly app: string; readonly agentId: string }) {
  const can = useCan();
  const list = usePages('listGrants', {
    params: { app },
    query: { principal: `agent:${agentId}`, status: 'active' },
  });
  return (
    <Card isFlush title={words.may} lead={words.mayLead}>
      <ListTable
        label={words.mayTable}
        list={list}
        items={list.items}
        keyOf={(grant) => grant.grant_id}
        columns={columnsIn(app)}
        empty={
          <EmptyState
            icon={<Waypoints />}
            title={words.mayNothing}
            actions={
              can('secrets:read') && (
                <LinkButton to="/apps/$app/secrets" params={{ app }}>
                  {words.toSecrets}
                </LinkButton>
              )
            }
          />
        }
      />
    </Card>
  );
}

function Did({ app, agentId }: { readonly app: string; readonly agentId: string }) {
  const can = useCan();
  const { span = 'day' } = useSearch({ from: '/inside/apps/$app/agents/$agent' });
  const navigate = useNavigate({ from: '/apps/$app/agents/$agent' });
  const read = useApi(
    'getAgentUsage',
    { params: { app, agent_id: agentId }, query: usageQuery(span) },
    { keepPrevious: true },
  );
  return (
    <UsageCard
      read={read}
      span={span}
      onSpan={(next) => void navigate({ search: { span: next } })}
      grantsTitle={words.did}
      nameOf={(grant) => (
        <Link
          to="/apps/$app/secrets/$secret"
          params={{ app, secret: grant.secret_id }}
          search={{ grant: grant.grant_id }}
          className="min-w-0 font-medium [overflow-wrap:anywhere] hover:underline"
        >
          {grant.secret_name} <span className="text-[13px] font-normal text-ink-3">{grant.label}</span>
        </Link>
      )}
      more={
        can('audit:read') && (
          <Link
            to="/apps/$app/audit"
            params={{ app }}
            search={{ agent_id: agentId }}
            className="text-[13px] text-accent-ink hover:underline"
          >
            {words.inAudit}
          </Link>
        )
      }
    />
  );
}

function Actions({ app, of: agent }: { readonly app: string; readonly of: Agent }) {
  const [open, setOpen] = useState<'change' | 'delete'>();
  const close = () => setOpen(undefined);
  const toasts = useToasts();
  const navigate = useNavigate();
  const remove = useChange('deleteAgent', {
    outdates: ['listAgents', 'listKeys', 'listGrants', 'listPolicies', 'listSecrets'],
    onDone: () => {
      toasts.done(words.deleted(agent.name));
      return navigate({ to: '/apps/$app/agents', params: { app } });
    },
  });
  return (
    <>
      <Menu
        trigger={
          <IconButton label={words.more} size="normal" look="secondary">
            <MoreHorizontal aria-hidden />
          </IconButton>
        }
        items={[
          { label: words.changeAgent, onSelect: () => setOpen('change') },
          'line',
          { label: words.delete, isDanger: true, onSelect: () => setOpen('delete') },
        ]}
      />
      {open === 'change' && <ChangeAgent app={app} of={agent} onClose={close} />}
      {open === 'delete' && (
        <ConfirmDialog
          title={words.deleteTitle(agent.name)}
          action={words.delete}
          typed={{ text: agent.name, label: words.deleteTyped(agent.name) }}
          isBusy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ params: { app, agent_id: agent.agent_id } })}
          onClose={close}
        >
          <p>{words.deleteText}</p>
          <p>{words.deleteHas(agent.active_keys, agent.active_grants)}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
