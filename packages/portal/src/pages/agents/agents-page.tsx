/** The agents of an app, and making one. */
import { Link, useNavigate } from '@tanstack/react-router';
import { Bot, Plus } from 'lucide-react';
import { useState } from 'react';
import { usePages, type ItemOf } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { agents } from '../../texts/agents.ts';
import { count } from '../../texts/numbers.ts';
import { Button } from '../../ui/button.tsx';
import { Card, EmptyState, Page } from '../../ui/layout.tsx';
import { ListTable, type Column } from '../../ui/table.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { CreateAgent } from './agent-forms.tsx';

export function AgentsPage() {
  const app = useAppName();
  const navigate = useNavigate();
  const can = useCan();
  const [isCreating, setCreating] = useState(false);
  const list = usePages('listAgents', { params: { app } });
  const create = can('agents:write') && (
    <Button look="primary" icon={<Plus aria-hidden />} onClick={() => setCreating(true)}>
      {agents.create}
    </Button>
  );
  return (
    <Page title={agents.title} lead={agents.lead} actions={create}>
      <Card isFlush>
        <ListTable
          label={agents.table}
          list={list}
          items={list.items}
          keyOf={(agent) => agent.agent_id}
          onOpen={(agent) =>
            void navigate({ to: '/apps/$app/agents/$agent', params: { app, agent: agent.agent_id } })
          }
          columns={columnsIn(app)}
          empty={
            <EmptyState icon={<Bot />} title={agents.emptyTitle} actions={create}>
              {agents.emptyText}
            </EmptyState>
          }
        />
      </Card>
      {isCreating && <CreateAgent app={app} onClose={() => setCreating(false)} />}
    </Page>
  );
}

const columnsIn = (app: string): readonly Column<ItemOf<'listAgents'>>[] => [
  {
    title: agents.name,
    cell: (agent) => (
      <div className="flex min-w-0 items-center gap-3">
        <span
          className="grid size-8 shrink-0 place-items-center rounded-lg bg-accent-soft text-accent-ink"
          aria-hidden
        >
          <Bot className="size-4" />
        </span>
        <div className="flex min-w-0 flex-col">
          <Link
            to="/apps/$app/agents/$agent"
            params={{ app, agent: agent.agent_id }}
            className="font-medium [overflow-wrap:anywhere] hover:underline"
          >
            {agent.display_name ?? agent.name}
          </Link>
          {agent.display_name !== null && (
            <code className="font-mono text-xs [overflow-wrap:anywhere] text-ink-3">{agent.name}</code>
          )}
        </div>
      </div>
    ),
  },
  { title: agents.keys, cell: (agent) => count(agent.active_keys), align: 'right' },
  { title: agents.grants, cell: (agent) => count(agent.active_grants), align: 'right' },
  { title: agents.lastSeen, cell: (agent) => <TimeAgo at={agent.last_used_at} /> },
  { title: agents.createdAt, cell: (agent) => <TimeAgo at={agent.created_at} />, isExtra: true },
];
