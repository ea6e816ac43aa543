/** The figures over time. */
import { useMemo } from 'react';
import { compactCount, milliseconds } from '../../texts/numbers.ts';
import { overview } from '../../texts/overview.ts';
import { dayOrTime } from '../../texts/times.ts';
import { Chart, type Series } from '../../ui/chart.tsx';
import type { Traffic } from './overview-page.tsx';

interface Props {
  readonly traffic: Traffic;
  readonly bucketSeconds: number;
}

const DAY_SECONDS = 86_400;
const HEIGHT_PX = 220;

export function OutcomeChart({ traffic: { series }, bucketSeconds }: Props) {
  const times = useTimes(series);
  const shown = useMemo<Series[]>(
    () => [
      {
        label: overview.outcome.through,
        values: series.map(({ calls, errors }) => Math.max(0, calls - errors)),
        color: 1,
      },
      { label: overview.outcome.held, values: series.map(({ held }) => held), color: 4 },
      { label: overview.outcome.denied, values: series.map(({ denials }) => denials), color: 3 },
      { label: overview.outcome.failed, values: series.map(({ errors }) => errors), color: 2 },
    ],
    [series],
  );
  return (
    <Chart
      label={overview.outcomes}
      times={times}
      series={shown}
      kind="bars"
      isStacked
      height={HEIGHT_PX}
      format={compactCount}
      formatTime={(seconds) => dayOrTime(seconds * 1000, bucketSeconds >= DAY_SECONDS)}
    />
  );
}

export function LatencyChart({ traffic: { series }, bucketSeconds }: Props) {
  const times = useTimes(series);
  const shown = useMemo<Series[]>(
    () => [
      {
        label: overview.latencySeries.p95,
        values: series.map((one) => one.latency_p95_ms),
        color: 4,
      },
      { label: overview.latencySeries.p50, values: series.map((one) => one.latency_p50_ms), color: 5 },
    ],
    [series],
  );
  return (
    <Chart
      label={overview.latency}
      times={times}
      series={shown}
      height={HEIGHT_PX}
      format={milliseconds}
      formatTime={(seconds) => dayOrTime(seconds * 1000, bucketSeconds >= DAY_SECONDS)}
    />
  );
}

const useTimes = (series: Traffic['series']): readonly number[] =>
  useMemo(() => series.map(({ start }) => Date.parse(start) / 1000), [series]);
