/** The figures of a span as tiles, each with its course and against the span before. */
import { clsx } from 'clsx';
import { Minus, TrendingDown, TrendingUp } from 'lucide-react';
import { compactCount, count, milliseconds, share } from '../../texts/numbers.ts';
import { overview } from '../../texts/overview.ts';
import type { Traffic } from './overview-page.tsx';
import { Sparkline } from './sparkline.tsx';
import type { Span } from './spans.ts';

interface Figure {
  readonly label: string;
  readonly value: number | null;
  readonly before: number | null;
  readonly format: (value: number) => string;
  readonly note: string;
  readonly course: readonly (number | null)[];
  readonly color: string;
  /** Whether more of it is worse. */
  readonly isTrouble: boolean;
}

export function Tiles({ traffic, span }: { readonly traffic: Traffic; readonly span: Span }) {
  return (
    <ul className="grid grid-cols-2 gap-4 lg:grid-cols-5">
      {figuresOf(traffic).map((figure) => (
        <Tile key={figure.label} figure={figure} span={span} />
      ))}
    </ul>
  );
}

function figuresOf({ totals, before, series }: Traffic): Figure[] {
  const attempts = totals.calls + totals.denials + totals.held;
  const shareOf = (part: number, whole: number): string => share(whole === 0 ? 0 : Math.min(1, part / whole));
  return [
    {
      label: overview.tiles.calls,
      value: totals.calls,
      before: before.calls,
      format: compactCount,
      note: overview.ofCompleted(count(totals.completed)),
      course: series.map(({ calls }) => calls),
      color: 'text-chart-1',
      isTrouble: false,
    },
    {
      label: overview.tiles.errors,
      value: totals.errors,
      before: before.errors,
      format: compactCount,
      note: overview.ofCalls(shareOf(totals.errors, totals.calls)),
      course: series.map(({ errors }) => errors),
      color: 'text-bad',
      isTrouble: true,
    },
    {
      label: overview.tiles.denials,
      value: totals.denials,
      before: before.denials,
      format: compactCount,
      note: overview.ofAttempts(shareOf(totals.denials, attempts)),
      course: series.map(({ denials }) => denials),
      color: 'text-chart-3',
      isTrouble: true,
    },
    {
      label: overview.tiles.p50,
      value: totals.latency_p50_ms,
      before: before.latency_p50_ms,
      format: milliseconds,
      note: overview.median,
      course: series.map((one) => one.latency_p50_ms),
      color: 'text-chart-5',
      isTrouble: true,
    },
    {
      label: overview.tiles.p95,
      value: totals.latency_p95_ms,
      before: before.latency_p95_ms,
      format: milliseconds,
      note: overview.slowest,
      course: series.map((one) => one.latency_p95_ms),
      color: 'text-chart-4',
      isTrouble: true,
    },
  ];
}

function Tile({ figure, span }: { readonly figure: Figure; readonly span: Span }) {
  const { label, value, format, note, course, color } = figure;
  return (
    <li className="relative flex min-w-0 flex-col overflow-hidden rounded-xl border border-line bg-surface px-4 pt-3.5 shadow-card first:max-lg:col-span-2">
      <p className="text-[13px] text-ink-2">{label}</p>
      <p className="mt-0.5 flex flex-wrap items-baseline justify-between gap-x-2">
        <span
          className={clsx(
            'text-[26px] leading-9 font-semibold tracking-tight tabular-nums',
            value === null && 'text-ink-3',
          )}
          title={value === null ? undefined : count(value)}
        >
          {value === null ? '–' : format(value)}
        </span>
        <Change figure={figure} span={span} />
      </p>
      <p className="truncate text-xs text-ink-3">{value === null ? overview.noneYet : note}</p>
      <div className={clsx('-mx-4 mt-2', color)}>
        <Sparkline values={course} />
      </div>
    </li>
  );
}

/** Less than this is noise. */
const CHANGE_MIN = 0.005;

function Change({ figure, span }: { readonly figure: Figure; readonly span: Span }) {
  const { value, before, isTrouble } = figure;
  const when = overview.before[span];
  if (value === null || before === null || before === 0)
    return <Said icon={<Minus />} tone="text-ink-3" text="" whole={overview.nothingBefore(when)} />;
  const change = value / before - 1;
  if (Math.abs(change) < CHANGE_MIN)
    return <Said icon={null} tone="text-ink-3" text={`±${share(0)}`} whole={overview.same(when)} />;
  const size = share(Math.abs(change));
  return change > 0 ? (
    <Said
      icon={<TrendingUp />}
      tone={isTrouble ? 'text-bad' : 'text-ink-2'}
      text={`+${size}`}
      whole={overview.more(size, when)}
    />
  ) : (
    <Said
      icon={<TrendingDown />}
      tone={isTrouble ? 'text-ok' : 'text-ink-2'}
      text={`−${size}`}
      whole={overview.less(size, when)}
    />
  );
}

function Said({
  icon,
  tone,
  text,
  whole,
}: {
  readonly icon: React.ReactNode;
  readonly tone: string;
  readonly text: string;
  readonly whole: string;
}) {
  return (
    <span
      title={whole}
      className={clsx(
        'inline-flex items-center gap-1 text-xs font-medium tabular-nums [&_svg]:size-3.5',
        tone,
      )}
    >
      <span aria-hidden className="inline-flex items-center gap-1">
        {icon}
        {text}
      </span>
      <span className="sr-only">{whole}</span>
    </span>
  );
}
