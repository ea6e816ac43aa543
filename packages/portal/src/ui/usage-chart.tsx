/** What something was used for over time: how many calls went through, were held, denied or failed. */
import { useMemo } from 'react';
import type { Answer } from '../api/client.ts';
import { compactCount } from '../texts/numbers.ts';
import { dayOrTime } from '../texts/times.ts';
import { usage as words } from '../texts/usage.ts';
import { Chart, type Series } from './chart.tsx';
import { UsageTotals } from './usage-totals.tsx';

type Usage = Omit<Answer<'getSecretUsage'>, 'secret_id' | 'grants'>;

const HEIGHT_PX = 200;

export function UsageChart({ of: usage }: { readonly of: Usage }) {
  const isDay = usage.bucket === 'day';
  const { times, series } = useMemo(() => seriesOf(usage), [usage]);
  return (
    <div className="flex flex-col gap-3">
      <UsageTotals of={usage.totals} />
      <Chart
        label={words.chart}
        times={times}
        series={series}
        kind="bars"
        isStacked
        height={HEIGHT_PX}
        format={compactCount}
        formatTime={(seconds) => dayOrTime(seconds * 1000, isDay)}
      />
    </div>
  );
}

/** The endpoints leave out what is empty; a chart does not. */
function seriesOf({ from, to, bucket, buckets }: Usage): { times: number[]; series: Series[] } {
  const length = bucket === 'day' ? 86_400 : 3600;
  const first = Math.floor(Date.parse(from) / 1000 / length) * length;
  const last = Date.parse(to) / 1000;
  const times = Array.from({ length: Math.ceil((last - first) / length) }, (_, at) => first + at * length);
  const at = new Map(buckets.map((one) => [Date.parse(one.start) / 1000, one]));
  const valuesOf = (read: (one: Usage['totals']) => number): number[] =>
    times.map((time) => {
      const one = at.get(time);
      return one === undefined ? 0 : read(one);
    });
  return {
    times,
    series: [
      {
        label: words.through,
        values: valuesOf(({ calls, errors }) => Math.max(0, calls - errors)),
        color: 1,
      },
      { label: words.held, values: valuesOf(({ held }) => held), color: 4 },
      { label: words.denied, values: valuesOf(({ denials }) => denials), color: 3 },
      { label: words.failed, values: valuesOf(({ errors }) => errors), color: 2 },
    ],
  };
}
