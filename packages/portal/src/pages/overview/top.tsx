/** Which grants are used most, and why calls are refused. */
import { Link } from '@tanstack/react-router';
import { ShieldCheck, Waypoints } from 'lucide-react';
import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { count, plural } from '../../texts/numbers.ts';
import { overview } from '../../texts/overview.ts';
import { Badge, Card } from '../../ui/layout.tsx';
import { Nothing } from './nothing.tsx';
import type { Traffic } from './overview-page.tsx';

interface Props {
  readonly traffic: Traffic;
  readonly className: string;
}

export function TopGrants({ traffic, className }: Props) {
  const grants = traffic.top_grants;
  const app = useAppName();
  const can = useCan();
  const most = Math.max(1, ...grants.map(({ calls }) => calls));
  return (
    <Card title={overview.topGrants} lead={overview.topGrantsLead} className={className}>
      {grants.length === 0 && <Nothing icon={<Waypoints />}>{overview.topGrantsEmpty}</Nothing>}
      <ol className="flex flex-col gap-3">
        {grants.map((one) => (
          <li key={one.grant_id} className="flex flex-col gap-1.5">
            <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
              <span className="min-w-0 [overflow-wrap:anywhere]">
                {one.secret_name === '' || !can('secrets:read') ? (
                  <span className="font-medium">{one.secret_name || overview.goneSecret}</span>
                ) : (
                  <Link
                    to="/apps/$app/secrets/$secret"
                    params={{ app, secret: one.secret_id }}
                    search={{ grant: one.grant_id }}
                    className="font-medium hover:underline"
                  >
                    {one.secret_name}
                  </Link>
                )}{' '}
                <span className="text-[13px] text-ink-3">{one.label ?? one.grant_id.slice(0, 8)}</span>
              </span>
              <span className="flex items-center gap-1.5 text-[13px] tabular-nums">
                {one.errors > 0 && <Badge tone="bad">{overview.grantErrors(count(one.errors))}</Badge>}
                {one.denials > 0 && <Badge tone="warn">{overview.grantDenials(count(one.denials))}</Badge>}
                <span className="text-ink-2">{plural(one.calls, 'call')}</span>
              </span>
            </div>
            <Meter part={one.calls / most} className="bg-chart-1" />
          </li>
        ))}
      </ol>
    </Card>
  );
}

export function TopDenials({ traffic, className }: Props) {
  const denials = traffic.top_denials;
  const app = useAppName();
  const most = Math.max(1, ...denials.map((one) => one.count));
  return (
    <Card title={overview.topDenials} lead={overview.topDenialsLead} className={className}>
      {denials.length === 0 && <Nothing icon={<ShieldCheck />}>{overview.topDenialsEmpty}</Nothing>}
      <ol className="flex flex-col gap-3.5">
        {denials.map((one) => (
          <li key={one.code} className="flex flex-col gap-1.5">
            <div className="flex items-baseline justify-between gap-3">
              <span className="min-w-0">
                <Link
                  to="/apps/$app/audit"
                  params={{ app }}
                  search={{ code: one.code }}
                  className="font-medium hover:underline"
                >
                  {one.message === '' ? one.code : one.message}
                </Link>{' '}
                <code className="text-xs text-ink-3">{one.code}</code>
              </span>
              <span className="text-[13px] text-ink-2 tabular-nums">{count(one.count)}</span>
            </div>
            <Meter part={one.count / most} className="bg-chart-3" />
            {one.hint !== '' && <p className="text-[13px] text-ink-3">{one.hint}</p>}
          </li>
        ))}
      </ol>
    </Card>
  );
}

/** How large a part is beside the largest; the number stands beside it. */
function Meter({ part, className }: { readonly part: number; readonly className: string }): ReactNode {
  return (
    <div className="h-1.5 overflow-hidden rounded-full bg-sunken" aria-hidden>
      <div
        className={clsx('h-full min-w-1 rounded-full', className)}
        style={{ width: `${Math.round(part * 100)}%` }}
      />
    </div>
  );
}
