/** What a secret or an agent was used for, by grant, out of the counted log. */
import type { AppSnapshot } from '../access/snapshot.ts';
import { usageProgress } from '../audit/usage/count.ts';
import { selectSeries, selectTopGrants, sumOf } from '../audit/usage/read.ts';
import type { Actor } from '../access/people.ts';
import { Refusal } from '../refusal.ts';
import { getApp } from './apps.ts';
import { countsOf, named, wideSpanOf } from './overview.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';
import { SPAN_MS, type Bucket } from './usage.ts';

const GRANTS_MAX = 100;
const BUCKET_SECONDS: Readonly<Record<Bucket, number>> = { hour: 3600, day: 86_400 };
/** Hours and days of UTC. */
const ORIGIN = new Date(0);

interface Asked {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly bucket: Bucket;
}

export function registerCountedUsage(routes: Routes, parts: ApiParts): void {
  routes.route('getSecretUsage', async ({ actor, params, query }) => {
    const snapshot = await snapshotOf(parts, actor, params.app);
    if (snapshot.secret(params.secret_id)?.deleted_at !== null) throw new Refusal('not_found');
    return {
      secret_id: params.secret_id,
      ...(await usageOf(parts, snapshot, { secretId: params.secret_id }, query)),
    };
  });

  routes.route('getAgentUsage', async ({ actor, params, query }) => {
    const snapshot = await snapshotOf(parts, actor, params.app);
    if (snapshot.agent(params.agent_id)?.deleted_at !== null) throw new Refusal('not_found');
    return {
      agent_id: params.agent_id,
      ...(await usageOf(parts, snapshot, { agentId: params.agent_id }, query)),
    };
  });
}

async function snapshotOf(parts: ApiParts, actor: Actor, appParam: string): Promise<AppSnapshot> {
  const app = await getApp(parts, actor, appParam);
  const snapshot = await parts.boundaries.fresh(app.app_id);
  if (snapshot === undefined) throw new Refusal('not_found');
  return snapshot;
}

async function usageOf(
  parts: ApiParts,
  snapshot: AppSnapshot,
  of: { readonly secretId?: string; readonly agentId?: string },
  query: Asked,
) {
  const { byDefault, max } = SPAN_MS[query.bucket];
  const span = { appId: snapshot.appId, ...of, ...wideSpanOf(query, parts.clock.now(), byDefault, max) };
  await parts.usage.catchUp();
  const { countedUntil } = await usageProgress(parts.db);
  const [series, grants] = await Promise.all([
    selectSeries(parts.reports, span, BUCKET_SECONDS[query.bucket], ORIGIN),
    selectTopGrants(parts.reports, span, GRANTS_MAX),
  ]);
  return {
    from: span.from.toISOString(),
    to: span.to.toISOString(),
    counted_until: countedUntil?.toISOString() ?? null,
    bucket: query.bucket,
    totals: countsOf(sumOf(series)),
    buckets: series.map((one) => ({ start: one.start.toISOString(), ...countsOf(one) })),
    grants: grants.map((one) => ({ ...named(snapshot, one.grantId, one.secretId), ...countsOf(one) })),
  };
}
