/** What waits for somebody: held calls, and secrets whose rotation is due. */
import { Link } from '@tanstack/react-router';
import { CircleCheck, KeyRound } from 'lucide-react';
import { useApi } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { overview } from '../../texts/overview.ts';
import { Badge, Card, ErrorNote, Skeleton } from '../../ui/layout.tsx';
import { LinkButton } from '../../ui/link-button.tsx';
import { Countdown, TimeAgo, useNow } from '../../ui/time.tsx';
import { Nothing } from './nothing.tsx';

const SHOWN_MAX = 5;
const EVERY_MS = 15_000;
const NOW_EVERY_MS = 60_000;
const DUE_DAYS = 14;

export function WaitingCalls({ waiting }: { readonly waiting: number }) {
  const app = useAppName();
  const list = useApi(
    'listAppApprovals',
    { params: { app }, query: { status: 'pending', limit: SHOWN_MAX } },
    { everyMs: EVERY_MS },
  );
  return (
    <Card
      title={
        <span className="inline-flex items-center gap-2">
          {overview.waiting} {waiting > 0 && <Badge tone="hold">{waiting}</Badge>}
        </span>
      }
      lead={overview.waitingLead}
      actions={
        <LinkButton to="/apps/$app/approvals" params={{ app }} size="small">
          {overview.waitingAll}
        </LinkButton>
      }
    >
      <ErrorNote error={list.error} />
      {list.isPending && <Skeleton className="h-10" />}
      {list.data?.items.length === 0 && <Nothing icon={<CircleCheck />}>{overview.waitingEmpty}</Nothing>}
      <ul className="flex flex-col divide-y divide-line">
        {list.data?.items.map((one) => (
          <li key={one.approval_id} className="flex flex-wrap items-center justify-between gap-x-3 py-2">
            <Link
              to="/approvals/$approvalId"
              params={{ approvalId: one.approval_id }}
              className="min-w-0 font-medium [overflow-wrap:anywhere] hover:underline"
            >
              <span className="font-mono text-[13px]">{one.method}</span> {one.host}
            </Link>
            <span className="text-[13px] text-ink-3">
              {overview.expires} <Countdown until={one.expires_at} over={overview.expired} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function ToRotate() {
  const app = useAppName();
  const now = useNow(NOW_EVERY_MS);
  const list = useApi('listSecrets', {
    params: { app },
    query: { rotate_due_within_days: DUE_DAYS, limit: SHOWN_MAX },
  });
  return (
    <Card title={overview.rotation} lead={overview.rotationLead}>
      <ErrorNote error={list.error} />
      {list.isPending && <Skeleton className="h-10" />}
      {list.data?.items.length === 0 && <Nothing icon={<KeyRound />}>{overview.rotationEmpty}</Nothing>}
      <ul className="flex flex-col divide-y divide-line">
        {list.data?.items.map((one) => {
          const isOver = one.rotate_by !== null && Date.parse(one.rotate_by) < now;
          return (
            <li key={one.secret_id} className="flex flex-wrap items-center justify-between gap-x-3 py-2">
              <Link
                to="/apps/$app/secrets/$secret"
                params={{ app, secret: one.secret_id }}
                className="min-w-0 font-medium [overflow-wrap:anywhere] hover:underline"
              >
                {one.name}
              </Link>
              <Badge tone={isOver ? 'bad' : 'warn'}>
                {isOver ? overview.rotationOver : overview.rotationDue} <TimeAgo at={one.rotate_by} />
              </Badge>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
