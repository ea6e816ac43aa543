/** How many events of each outcome there were over time, for the same filters as the table. Dragging across looks closer. */
import { useMemo } from 'react';
import type { Answer } from '../../api/client.ts';
import { useApi } from '../../api/queries.ts';
import { audit } from '../../texts/audit.ts';
import { compactCount, count } from '../../texts/numbers.ts';
import { dayOrTime, toTheSecond } from '../../texts/times.ts';
import { Chart, type Series } from '../../ui/chart.tsx';
import { ErrorNote, Skeleton } from '../../ui/layout.tsx';
import type { Filters } from './filters.ts';

const BUCKETS = '90';
const HEIGHT_PX = 104;
const LIVE_EVERY_MS = 5000;
const DAY_SECONDS = 86_400;
const COLORS = { allowed: 1, held: 'hold', denied: 'bad', failed: 'warn', changes: 5 } as const;
const OUTCOMES = ['allowed', 'held', 'denied', 'failed', 'changes'] as const;

interface HistogramProps {
  readonly app: string;
  readonly query: Filters;
  readonly isLive: boolean;
  readonly onZoom: (span: { from: string; to: string }) => void;
}

export function Histogram({ app, query, isLive, onZoom }: HistogramProps) {
  const figures = useApi(
    'getAuditHistogram',
    { params: { app }, query: { ...query, buckets: BUCKETS } },
    { keepPrevious: true, ...(isLive ? { everyMs: LIVE_EVERY_MS } : {}) },
  );
  const { data, error } = figures;
  // What is wrong with the filters, the table says.
  if (error?.code === 'invalid_request') return null;
  return (
    <section
      aria-label={audit.histogram}
      className="min-w-0 rounded-xl border border-line bg-surface px-4 pt-3 pb-1 shadow-card"
    >
      {figures.isPending && <Skeleton className="mb-3 h-32 w-full" />}
      <ErrorNote error={error} onRetry={() => void figures.refetch()} />
      {data !== undefined && <Drawn data={data} onZoom={onZoom} />}
    </section>
  );
}

function Drawn({
  data,
  onZoom,
}: {
  readonly data: Answer<'getAuditHistogram'>;
  readonly onZoom: HistogramProps['onZoom'];
}) {
  const { times, series } = useMemo(() => drawnOf(data), [data]);
  const step = data.bucket_seconds;
  return (
    <div title={audit.histogramLead}>
      <Chart
        label={audit.histogram}
        kind="bars"
        isStacked
        height={HEIGHT_PX}
        times={times}
        series={series}
        format={compactCount}
        formatTime={step >= DAY_SECONDS ? asDay : toTheSecondOf}
        onZoom={(from, until) =>
          onZoom({
            from: isoOf(Math.floor(from / step) * step),
            to: isoOf(Math.ceil(until / step) * step),
          })
        }
      />
      {data.counted_from !== null && (
        <p className="pb-2 text-[13px] text-warn">{audit.countedFrom(toTheSecond(data.counted_from))}</p>
      )}
    </div>
  );
}

const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString();
const asDay = (seconds: number): string => dayOrTime(seconds * 1000, true);
const toTheSecondOf = (seconds: number): string => toTheSecond(seconds * 1000);

/** Every bucket of the span, also those in which nothing was. */
function drawnOf(data: Answer<'getAuditHistogram'>): {
  readonly times: readonly number[];
  readonly series: readonly Series[];
} {
  const step = data.bucket_seconds;
  const known = new Map(data.buckets.map((bucket) => [Date.parse(bucket.start) / 1000, bucket]));
  const first = Math.floor(Date.parse(data.from) / 1000 / step) * step;
  const last = Math.max(first, Math.ceil(Date.parse(data.to) / 1000 / step) * step - step);
  const times = Array.from({ length: (last - first) / step + 1 }, (_, index) => first + index * step);
  return {
    times,
    series: OUTCOMES.map((name) => ({
      label: `${audit.series[name]} ${count(data.buckets.reduce((sum, bucket) => sum + bucket[name], 0))}`,
      color: COLORS[name],
      values: times.map((at) => known.get(at)?.[name] ?? 0),
    })),
  };
}
