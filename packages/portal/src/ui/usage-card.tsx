/** What something was used for over a span: the chart, and the grants through which it was. */
import { lazy, Suspense, type ReactNode } from 'react';
import type { Answer } from '../api/client.ts';
import { usage as words } from '../texts/usage.ts';
import { Segments } from './choice.tsx';
import { Badge, Card, ErrorNote, Skeleton } from './layout.tsx';
import { USAGE_SPANS, type UsageSpan } from './usage-spans.ts';

const UsageChart = lazy(async () => ({ default: (await import('./usage-chart.tsx')).UsageChart }));

type Usage = Omit<Answer<'getSecretUsage'>, 'secret_id'>;

const TOP_MAX = 8;

export function UsageCard({
  read,
  span,
  onSpan,
  grantsTitle,
  nameOf,
  more,
}: {
  readonly read: {
    readonly data: Usage | undefined;
    readonly isPending: boolean;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
  readonly span: UsageSpan;
  readonly onSpan: (span: UsageSpan) => void;
  readonly grantsTitle: string;
  /** A grant by its name, with the way to it. */
  readonly nameOf: (grant: Usage['grants'][number]) => ReactNode;
  /** Where every single call is found. */
  readonly more: ReactNode;
}) {
  const waiting = <Skeleton className="h-60 w-full" />;
  const { data } = read;
  return (
    <Card
      title={words.title}
      actions={
        <Segments
          label={words.spanLabel}
          value={span}
          onChange={onSpan}
          options={USAGE_SPANS.map((value) => ({ value, label: words.spans[value] }))}
        />
      }
    >
      {data === undefined && read.isPending && waiting}
      {data === undefined && !read.isPending && (
        <ErrorNote error={read.error} onRetry={() => void read.refetch()} />
      )}
      {data !== undefined && isNothing(data) && <p className="py-8 text-center text-ink-3">{words.none}</p>}
      {data !== undefined && !isNothing(data) && (
        <Suspense fallback={waiting}>
          <UsageChart of={data} />
          <section className="mt-5 flex flex-col gap-2">
            <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
              <h3 className="text-[13px] font-medium">{grantsTitle}</h3>
              {more}
            </div>
            <ul className="flex flex-col">
              {data.grants.slice(0, TOP_MAX).map((grant) => (
                <li
                  key={grant.grant_id}
                  className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-t border-line py-2 first:border-0"
                >
                  {nameOf(grant)}
                  <span className="flex flex-wrap items-center gap-1.5 text-[13px] tabular-nums">
                    {grant.errors > 0 && <Badge tone="bad">{words.failedCalls(grant.errors)}</Badge>}
                    {grant.denials > 0 && <Badge tone="warn">{words.deniedCalls(grant.denials)}</Badge>}
                    <span className="text-ink-2">{words.calls(grant.calls)}</span>
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

const isNothing = ({ totals: { calls, held, denials } }: Usage): boolean => calls + held + denials === 0;
