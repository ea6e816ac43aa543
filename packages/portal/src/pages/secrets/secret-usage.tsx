/** What a secret was used for over a span, and through which grants. */
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Answer } from '../../api/client.ts';
import { useApi } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { count } from '../../texts/numbers.ts';
import { secret as words } from '../../texts/secret.ts';
import { usage as usageWords } from '../../texts/usage.ts';
import { Segments } from '../../ui/choice.tsx';
import { Badge, Card, ErrorNote, Skeleton } from '../../ui/layout.tsx';
import { USAGE_SPANS, usageQuery, type UsageSpan } from '../../ui/usage-spans.ts';

const UsageChart = lazy(async () => ({
  default: (await import('../../ui/usage-chart.tsx')).UsageChart,
}));

const TOP_MAX = 8;

const isNothing = ({ calls, held, denials }: Answer<'getSecretUsage'>['totals']): boolean =>
  calls + held + denials === 0;

export function UsageCard({
  secretId,
  span,
  onSpan,
  onGrant,
}: {
  readonly secretId: string;
  readonly span: UsageSpan;
  readonly onSpan: (span: UsageSpan) => void;
  readonly onGrant: (grantId: string) => void;
}) {
  const app = useAppName();
  const can = useCan();
  const read = useApi(
    'getSecretUsage',
    { params: { app, secret_id: secretId }, query: usageQuery(span) },
    { keepPrevious: true },
  );
  const waiting = <Skeleton className="h-60 w-full" />;
  return (
    <Card
      title={words.usage}
      actions={
        <Segments
          label={usageWords.spanLabel}
          value={span}
          onChange={onSpan}
          options={USAGE_SPANS.map((value) => ({ value, label: usageWords.spans[value] }))}
        />
      }
    >
      {read.data === undefined ? (
        read.isPending ? (
          waiting
        ) : (
          <ErrorNote error={read.error} onRetry={() => void read.refetch()} />
        )
      ) : isNothing(read.data.totals) ? (
        <p className="py-8 text-center text-ink-3">{usageWords.none}</p>
      ) : (
        <Suspense fallback={waiting}>
          <UsageChart of={read.data} />
          <section className="mt-5 flex flex-col gap-2">
            <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
              <h3 className="text-[13px] font-medium">{words.usedBy}</h3>
              {can('audit:read') && (
                <Link
                  to="/apps/$app/audit"
                  params={{ app }}
                  search={{ secret_id: secretId }}
                  className="text-[13px] text-accent-ink hover:underline"
                >
                  {words.inAudit}
                </Link>
              )}
            </div>
            <ul className="flex flex-col">
              {read.data.grants.slice(0, TOP_MAX).map((grant) => (
                <li
                  key={grant.grant_id}
                  className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-t border-line py-2 first:border-0"
                >
                  <button
                    type="button"
                    className="min-w-0 text-left font-medium [overflow-wrap:anywhere] hover:underline"
                    onClick={() => onGrant(grant.grant_id)}
                  >
                    {grant.label ?? words.noLabel}{' '}
                    <code className="font-mono text-xs font-normal text-ink-3">
                      {grant.grant_id.slice(0, 8)}
                    </code>
                  </button>
                  <span className="flex flex-wrap items-center gap-1.5 text-[13px] tabular-nums">
                    {grant.errors > 0 && <Badge tone="bad">{usageWords.failedCalls(grant.errors)}</Badge>}
                    {grant.denials > 0 && <Badge tone="warn">{usageWords.deniedCalls(grant.denials)}</Badge>}
                    <span className="text-ink-2" title={count(grant.calls)}>
                      {usageWords.calls(grant.calls)}
                    </span>
                  </span>
                </li>
              ))}
            </ul>
          </section>
        </Suspense>
      )}
    </Card>
  );
}
