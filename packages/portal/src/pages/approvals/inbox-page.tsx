/** The inbox of held calls and their history, live while it is in sight. */
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { CircleCheck, History } from 'lucide-react';
import { useCallback, useRef } from 'react';
import type { Answer } from '../../api/client.ts';
import { useLiveApprovals } from '../../api/live.ts';
import { usePages } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { approvals } from '../../texts/approvals.ts';
import { Segments } from '../../ui/choice.tsx';
import { Badge, Card, EmptyState, Page } from '../../ui/layout.tsx';
import { ListTable, type Column } from '../../ui/table.tsx';
import { Countdown, TimeAgo } from '../../ui/time.tsx';
import { HintBadges } from './hints.tsx';
import { useListKeys } from './keys.ts';
import { SHOWN, shownOf, type Decision } from './states.ts';
import { StatusBadge } from './status.tsx';

type Approval = Answer<'listAppApprovals'>['items'][number];

/** Without a stream, and with one. */
const EVERY_MS = 5000;
const EVERY_LIVE_MS = 60_000;
const LIVE: readonly ['listAppApprovals'] = ['listAppApprovals'];

export function InboxPage() {
  const app = useAppName();
  const shown = shownOf(useSearch({ from: '/inside/apps/$app/approvals' }).status);
  const navigate = useNavigate();
  const box = useRef<HTMLDivElement>(null);
  const query = shown === 'all' ? {} : { status: shown };
  const isLive = useLiveApprovals(app, LIVE);
  const list = usePages(
    'listAppApprovals',
    { params: { app }, query },
    { everyMs: isLive ? EVERY_LIVE_MS : EVERY_MS },
  );
  const open = useCallback(
    (approvalId: string, decide?: Decision) =>
      void navigate({
        to: '/approvals/$approvalId',
        params: { approvalId },
        search: decide === undefined ? {} : { decide },
      }),
    [navigate],
  );
  useListKeys(box, open);
  return (
    <Page
      title={approvals.title}
      lead={approvals.lead}
      actions={
        isLive && (
          <span className="inline-flex items-center gap-2 text-[13px] text-ink-3">
            <span className="size-2 rounded-full bg-ok" aria-hidden />
            {approvals.live}
          </span>
        )
      }
    >
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
        <Segments
          label={approvals.statesLabel}
          value={shown}
          onChange={(next) =>
            void navigate({
              to: '/apps/$app/approvals',
              params: { app },
              search: next === 'pending' ? {} : { status: next },
              replace: true,
            })
          }
          options={SHOWN.map((value) => ({ value, label: approvals.states[value] }))}
        />
        <p className="text-[13px] text-ink-3 max-lg:hidden">{approvals.keys}</p>
      </div>
      <div ref={box}>
        <Card isFlush>
          <ListTable
            label={approvals.table}
            list={list}
            items={list.items}
            keyOf={(one) => one.approval_id}
            onOpen={(one) => open(one.approval_id)}
            columns={columnsOf(shown === 'pending')}
            empty={
              shown === 'pending' ? (
                <EmptyState icon={<CircleCheck />} title={approvals.emptyTitle}>
                  {approvals.emptyText}
                </EmptyState>
              ) : (
                <EmptyState icon={<History />} title={approvals.emptyFinal}>
                  {approvals.emptyFinalText}
                </EmptyState>
              )
            }
          />
        </Card>
      </div>
    </Page>
  );
}

function columnsOf(isWaiting: boolean): Column<Approval>[] {
  return [
    {
      title: approvals.call,
      cell: (one) => (
        <span className="flex min-w-0 flex-col">
          <Link
            to="/approvals/$approvalId"
            params={{ approvalId: one.approval_id }}
            data-call={one.approval_id}
            className="font-medium [overflow-wrap:anywhere] hover:underline"
          >
            <span className="font-mono text-[13px]">{one.method}</span> {one.host}
          </Link>
          <span className="text-[13px] text-ink-3">{one.secret_name}</span>
        </span>
      ),
    },
    { title: approvals.by, cell: (one) => <AskedBy approval={one} /> },
    ...(isWaiting
      ? [
          { title: approvals.unusual, cell: (one: Approval) => <HintBadges hints={one.hints} /> },
          { title: approvals.lacks, cell: (one: Approval) => <Lacks approval={one} /> },
        ]
      : [{ title: approvals.status, cell: (one: Approval) => <StatusBadge status={one.status} /> }]),
    { title: approvals.held, cell: (one) => <TimeAgo at={one.created_at} />, isExtra: true },
    isWaiting
      ? {
          title: approvals.expires,
          cell: (one) => <Countdown until={one.expires_at} over={approvals.expired} />,
        }
      : {
          title: approvals.ended,
          cell: (one) => <TimeAgo at={one.executed_at ?? one.decided_at} none="–" />,
        },
  ];
}

function AskedBy({ approval }: { readonly approval: Approval }) {
  return (
    <span className="flex min-w-0 flex-col [overflow-wrap:anywhere]">
      <span>{approval.agent_name ?? approval.key_name}</span>
      {approval.caller !== null && <span className="text-[13px] text-ink-3">{approval.caller}</span>}
    </span>
  );
}

function Lacks({ approval }: { readonly approval: Approval }) {
  const lacking = approval.terms.reduce(
    (sum, term) => sum + Math.max(0, term.quorum - term.approved_by.length),
    0,
  );
  const { may_decide: may, cannot_decide_because: because } = approval;
  return (
    <span className="flex flex-wrap items-center gap-1 max-sm:justify-end">
      <Badge tone={may ? 'hold' : 'neutral'}>
        {may ? approvals.yourTurn : approvals.cannot[because ?? 'ended'].short}
      </Badge>
      <span className="text-[13px] text-ink-3">{approvals.lacking(lacking)}</span>
    </span>
  );
}
