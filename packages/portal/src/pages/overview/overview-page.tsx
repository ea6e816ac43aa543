/** What goes through an app and what waits for somebody: each part for those only who may see it. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useApi } from '../../api/queries.ts';
import type { Answer } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { overview } from '../../texts/overview.ts';
import { Segments } from '../../ui/choice.tsx';
import { Card, ErrorNote, Page, Skeleton } from '../../ui/layout.tsx';
import { useNow } from '../../ui/time.tsx';
import { LatencyChart, OutcomeChart } from './charts.tsx';
import { FirstSteps } from './first-steps.tsx';
import { Inventory } from './inventory.tsx';
import { fromOf, spanOf, SPANS, type Span } from './spans.ts';
import { Tiles } from './tiles.tsx';
import { TopDenials, TopGrants } from './top.tsx';
import { ToRotate, WaitingCalls } from './waiting.tsx';
import { Warnings } from './warnings.tsx';

export type Overview = Answer<'getOverview'>;
export type Traffic = NonNullable<Overview['traffic']>;

const EVERY_MS = 3000;
const NOW_EVERY_MS = 60_000;

export function OverviewPage() {
  const app = useAppName();
  const search = useSearch({ from: '/inside/apps/$app/overview' });
  const span = spanOf(search.span);
  const navigate = useNavigate();
  const from = fromOf(span, useNow(NOW_EVERY_MS));
  const read = useApi(
    'getOverview',
    { params: { app }, query: { from } },
    { everyMs: EVERY_MS, keepPrevious: true },
  );
  const isCalled = read.data?.traffic != null && read.data.has_calls === true;
  return (
    <Page
      title={overview.title}
      lead={overview.lead(app)}
      actions={
        isCalled && (
          <Segments
            label={overview.spanLabel}
            value={span}
            onChange={(next) =>
              void navigate({
                to: '/apps/$app/overview',
                params: { app },
                search: next === 'day' ? {} : { span: next },
                replace: true,
              })
            }
            options={SPANS.map((value) => ({ value, label: overview.spans[value] }))}
          />
        )
      }
    >
      {read.data !== undefined && <Contents read={read.data} span={span} />}
      {read.data === undefined &&
        (read.isPending ? (
          <Placeholder />
        ) : (
          <ErrorNote error={read.error} onRetry={() => void read.refetch()} />
        ))}
    </Page>
  );
}

function Contents({ read, span }: { readonly read: Overview; readonly span: Span }) {
  const can = useCan();
  const { traffic, counts } = read;
  return (
    <>
      <Warnings read={read} />
      {read.has_calls === false && <FirstSteps counts={counts} />}
      {traffic !== null && read.has_calls === true && (
        <>
          <Tiles traffic={traffic} span={span} />
          <div className="grid gap-4 xl:grid-cols-5">
            <Card title={overview.outcomes} lead={overview.outcomesLead} className="xl:col-span-3">
              <OutcomeChart traffic={traffic} bucketSeconds={read.bucket_seconds} />
            </Card>
            <Card title={overview.latency} lead={overview.latencyLead} className="xl:col-span-2">
              <LatencyChart traffic={traffic} bucketSeconds={read.bucket_seconds} />
            </Card>
          </div>
          <div className="grid gap-4 xl:grid-cols-5">
            <TopGrants traffic={traffic} className="xl:col-span-3" />
            <TopDenials traffic={traffic} className="xl:col-span-2" />
          </div>
        </>
      )}
      <div className="grid gap-4 lg:grid-cols-2 xl:grid-cols-3">
        {can('approvals:read') && <WaitingCalls waiting={counts.pending_approvals ?? 0} />}
        {can('secrets:read') && <ToRotate />}
        <Inventory counts={counts} countedUntil={read.counted_until} />
      </div>
    </>
  );
}

function Placeholder() {
  return (
    <div className="flex flex-col gap-6" role="status" aria-label={overview.title}>
      <div className="grid grid-cols-2 gap-4 lg:grid-cols-5">
        {Array.from({ length: 5 }, (_, index) => (
          <Skeleton key={index} className="h-29 rounded-xl!" />
        ))}
      </div>
      <Skeleton className="h-72 rounded-xl!" />
      <Skeleton className="h-48 rounded-xl!" />
    </div>
  );
}
