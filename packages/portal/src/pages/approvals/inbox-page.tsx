/** The inbox of held calls, read anew every few seconds while it is in sight. */
import { Link, useNavigate } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { useState } from 'react';
import { usePages } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { approvals } from '../../texts/approvals.ts';
import { Segments } from '../../ui/choice.tsx';
import { Card, EmptyState, Page } from '../../ui/layout.tsx';
import { ListTable } from '../../ui/table.tsx';
import { Countdown, TimeAgo } from '../../ui/time.tsx';
import { StatusBadge } from './status.tsx';

type Shown = 'pending' | 'all';
const EVERY_MS = 5000;

export function InboxPage() {
  const app = useAppName();
  const [shown, setShown] = useState<Shown>('pending');
  const navigate = useNavigate();
  const query = shown === 'pending' ? { status: 'pending' as const } : {};
  const list = usePages('listAppApprovals', { params: { app }, query }, { everyMs: EVERY_MS });
  return (
    <Page title={approvals.title} lead={approvals.lead}>
      <Segments
        label={approvals.statesLabel}
        value={shown}
        onChange={setShown}
        options={[
          { value: 'pending', label: approvals.states.pending },
          { value: 'all', label: approvals.states.all },
        ]}
      />
      <Card isFlush>
        <ListTable
          label={approvals.table}
          list={list}
          items={list.items}
          keyOf={(one) => one.approval_id}
          onOpen={(one) =>
            void navigate({ to: '/approvals/$approvalId', params: { approvalId: one.approval_id } })
          }
          columns={[
            {
              title: approvals.call,
              cell: (one) => (
                <Link
                  to="/approvals/$approvalId"
                  params={{ approvalId: one.approval_id }}
                  className="font-medium [overflow-wrap:anywhere] hover:underline"
                >
                  <span className="font-mono text-[13px]">{one.method}</span> {one.host}
                </Link>
              ),
            },
            { title: approvals.secret, cell: (one) => one.secret_name },
            { title: approvals.status, cell: (one) => <StatusBadge status={one.status} /> },
            { title: approvals.held, cell: (one) => <TimeAgo at={one.created_at} />, isExtra: true },
            {
              title: approvals.expires,
              cell: (one) =>
                one.status === 'pending' ? (
                  <Countdown until={one.expires_at} over={approvals.expired} />
                ) : (
                  <TimeAgo at={one.decided_at} none="–" />
                ),
            },
          ]}
          empty={
            <EmptyState
              icon={<CircleCheck />}
              title={shown === 'pending' ? approvals.emptyTitle : approvals.emptyFinal}
            >
              {approvals.emptyText}
            </EmptyState>
          }
        />
      </Card>
    </Page>
  );
}
