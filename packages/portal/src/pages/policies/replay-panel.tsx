/** What the policy would have done to the calls that the log remembers, over time and by example. */
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Answer } from '../../api/client.ts';
import { useApi } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { compactCount, count, plural } from '../../texts/numbers.ts';
import { policies } from '../../texts/policies.ts';
import { dayOrTime } from '../../texts/times.ts';
import { Chart, type Series } from '../../ui/chart.tsx';
import { Segments } from '../../ui/choice.tsx';
import { TextField } from '../../ui/field.tsx';
import { sentence } from '../../ui/forms.ts';
import { Badge, Callout, Card, EmptyState, ErrorNote, Skeleton, type Tone } from '../../ui/layout.tsx';
import { ListTable } from '../../ui/table.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { draftPolicy, type Subject } from './trial.ts';

type Replayed = Answer<'replayPolicy'>;
type Verdict = 'pass' | 'deny' | 'hold' | 'undetermined';

const DAY_MS = 24 * 3600 * 1000;
/** How long, and in how many parts it is drawn. */
const SPANS = {
  day: { days: 1, buckets: 24 },
  week: { days: 7, buckets: 28 },
  month: { days: 30, buckets: 30 },
} as const;
const SPAN_NAMES = ['day', 'week', 'month', 'own'] as const;
type SpanName = (typeof SPAN_NAMES)[number];
const OWN_BUCKETS = 30;
const VERDICTS: readonly Verdict[] = ['pass', 'deny', 'hold', 'undetermined'];
/** What would change comes first. */
const BY_INTEREST: readonly Verdict[] = ['deny', 'hold', 'undetermined', 'pass'];
const TONES: Readonly<Record<Verdict, Tone>> = {
  pass: 'ok',
  deny: 'bad',
  hold: 'hold',
  undetermined: 'warn',
};
const CHART_PX = 220;

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
/** The beginning of a day in UTC; undefined for what is no date. */
function startOf(date: string): number | undefined {
  const at = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

export function ReplayPanel({ subject }: { readonly subject: Subject }) {
  const app = useAppName();
  const [now] = useState(() => Date.now());
  const [span, setSpan] = useState<SpanName>('month');
  const [own, setOwn] = useState({ from: dateOf(now - SPANS.month.days * DAY_MS), until: dateOf(now) });
  const policy = draftPolicy(subject);
  const asked = spanOf(span, own, now);
  const replay = useApi(
    'replayPolicy',
    {
      params: { app },
      // Without a policy or a span nothing is asked.
      body: {
        policy: policy ?? { applies_to: { app: true }, rule: { type: 'quota', limit: 1, period: 'day' } },
        from: new Date(asked?.from ?? now).toISOString(),
        to: new Date(asked?.to ?? now).toISOString(),
        buckets: asked?.buckets ?? 1,
      },
    },
    { enabled: policy !== undefined && asked !== undefined, keepPrevious: true },
  );
  if (policy === undefined) return <EmptyState title={policies.tryFirst} />;
  return (
    <div className="flex min-w-0 flex-col gap-6">
      <div className="flex flex-wrap items-start gap-4">
        <Segments
          label={policies.span}
          value={span}
          onChange={setSpan}
          options={SPAN_NAMES.map((value) => ({ value, label: policies.spans[value] }))}
        />
        {span === 'own' && (
          <div className="flex flex-wrap gap-3">
            {(['from', 'until'] as const).map((end) => (
              <TextField
                key={end}
                label={end === 'from' ? policies.spanFrom : policies.spanUntil}
                hint={policies.spanUtc}
                type="date"
                max={dateOf(now)}
                value={own[end]}
                onChange={(event) => setOwn({ ...own, [end]: event.target.value })}
              />
            ))}
          </div>
        )}
      </div>
      {asked === undefined && <Callout tone="warn">{policies.spanWrong}</Callout>}
      <ErrorNote error={replay.error} onRetry={() => void replay.refetch()} />
      {replay.data === undefined && replay.error === null && asked !== undefined && (
        <Skeleton className="h-64 w-full" />
      )}
      {replay.data !== undefined && asked !== undefined && (
        <div aria-busy={replay.isFetching} className="flex min-w-0 flex-col gap-6">
          <Result replayed={replay.data} />
        </div>
      )}
    </div>
  );
}

/** Both days of one's own dates are meant whole, in UTC. */
function spanOf(
  span: SpanName,
  own: { readonly from: string; readonly until: string },
  now: number,
): { readonly from: number; readonly to: number; readonly buckets: number } | undefined {
  if (span !== 'own') {
    const { days, buckets } = SPANS[span];
    return { from: now - days * DAY_MS, to: now, buckets };
  }
  const [from, until] = [startOf(own.from), startOf(own.until)];
  if (from === undefined || until === undefined || from > until) return undefined;
  return { from, to: until + DAY_MS, buckets: OWN_BUCKETS };
}

function Result({ replayed }: { readonly replayed: Replayed }) {
  if (replayed.calls === 0)
    return (
      <Card>
        <EmptyState title={policies.replayNone}>{policies.replayNoneText}</EmptyState>
      </Card>
    );
  return (
    <>
      <Card title={policies.replayCalls(plural(replayed.calls, 'call'))} lead={policies.replayLead}>
        <div className="flex flex-col gap-5">
          <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
            {VERDICTS.map((verdict) => (
              <div key={verdict} className="rounded-lg bg-sunken px-4 py-3">
                <dt className="text-[13px] text-ink-2">{policies.tallies[verdict]}</dt>
                <dd className="text-xl font-semibold tabular-nums">{count(replayed[verdict].count)}</dd>
              </div>
            ))}
          </dl>
          <Over over={replayed.over ?? []} />
          {replayed.undetermined.count > 0 && <Callout tone="warn">{policies.undetermined}</Callout>}
        </div>
      </Card>
      <Examples replayed={replayed} />
    </>
  );
}

function Over({ over }: { readonly over: NonNullable<Replayed['over']> }) {
  const times = useMemo(() => over.map(({ at }) => Date.parse(at) / 1000), [over]);
  const series = useMemo<Series[]>(
    () => [
      { label: policies.tallies.pass, values: over.map(({ pass }) => pass), color: 'ok' },
      { label: policies.tallies.deny, values: over.map(({ deny }) => deny), color: 'bad' },
      { label: policies.tallies.hold, values: over.map(({ hold }) => hold), color: 'hold' },
      {
        label: policies.tallies.undetermined,
        values: over.map(({ undetermined }) => undetermined),
        color: 'warn',
      },
    ],
    [over],
  );
  return (
    <Chart
      label={policies.replayChart}
      times={times}
      series={series}
      kind="bars"
      isStacked
      height={CHART_PX}
      format={compactCount}
      formatTime={(seconds) => dayOrTime(seconds * 1000, false)}
    />
  );
}

function Examples({ replayed }: { readonly replayed: Replayed }) {
  const app = useAppName();
  const items = BY_INTEREST.flatMap((verdict) =>
    replayed[verdict].examples.map((example) => ({ ...example, verdict })),
  );
  return (
    <Card title={policies.examplesTitle} isFlush>
      <ListTable
        label={policies.examplesTitle}
        list={{ isPending: false, error: null, refetch: () => undefined }}
        items={items}
        keyOf={(one) => one.event_id}
        columns={[
          {
            title: policies.verdict,
            cell: (one) => <Badge tone={TONES[one.verdict]}>{policies.tallies[one.verdict]}</Badge>,
          },
          { title: policies.time, cell: (one) => <TimeAgo at={one.at} /> },
          {
            title: policies.call,
            cell: (one) => (
              <Link
                to="/apps/$app/audit"
                params={{ app }}
                search={{ event: one.event_id }}
                className="font-mono text-[13px] [overflow-wrap:anywhere] text-accent-ink hover:underline"
              >
                {one.method} {one.url}
              </Link>
            ),
          },
          { title: policies.why, className: 'text-ink-2', cell: (one) => sentence(one.why) },
        ]}
        empty={null}
      />
    </Card>
  );
}
