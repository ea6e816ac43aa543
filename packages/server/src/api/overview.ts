/**
 * What the portal shows first of an app: figures out of the counted log, what waits to be done, what is wrong. Each part only
 * for whoever may read it by itself.
 */
import { ERRORS, type Scope } from '@alter-vault/contract';
import { isExpired } from '../access/authorize.ts';
import { isErrorCode } from '../approvals/views.ts';
import type { Actor } from '../access/people.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import { usageProgress } from '../audit/usage/count.ts';
import {
  hasCounts,
  NOTHING,
  selectSeries,
  selectTimings,
  selectTopDenials,
  selectTopGrants,
  sumOf,
  type CountedSpan,
  type Counts,
  type Timing,
} from '../audit/usage/read.ts';
import { Refusal } from '../refusal.ts';
import { countByStatus } from '../store/approvals.ts';
import { getApp } from './apps.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';
import { Shared } from './shared.ts';
import { DAY_MS, unusedFor } from './unused.ts';

const GRAIN_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;
const SPAN_MS_MAX = 31 * DAY_MS;
const TOP = 10;
const ROTATION_DUE_DAYS = 14;
const UNUSED_DAYS = 90;
/** Figures of an app are read once for all who look within this time. */
const FRESH_MS = 3_000;

type Traffic = Awaited<ReturnType<typeof trafficOf>>;

export function registerOverview(routes: Routes, parts: ApiParts): void {
  const traffics = new Shared<Traffic>(FRESH_MS);
  routes.route('getOverview', async ({ actor, params, query }) => {
    const app = await getApp(parts, actor, params.app);
    const snapshot = await parts.boundaries.find(app.app_id);
    if (snapshot === undefined) throw new Refusal('not_found');
    const span = { appId: app.app_id, ...wideSpanOf(query, parts.clock.now(), DAY_MS, SPAN_MS_MAX) };
    const bucketSeconds = bucketOf(span);
    const isAllCounted = await parts.usage.catchUp();
    const { countedUntil } = await usageProgress(parts.db);
    const traffic = actor.scopes.includes('audit:read')
      ? await traffics.get(JSON.stringify(span), () => trafficOf(parts, span, bucketSeconds))
      : null;
    const hasCalls = traffic && (traffic.totals.calls > 0 || (await hasCounts(parts.db, app.app_id)));
    return {
      app_id: app.app_id,
      from: span.from.toISOString(),
      to: span.to.toISOString(),
      counted_until: countedUntil?.toISOString() ?? null,
      bucket_seconds: bucketSeconds,
      traffic: traffic && {
        ...traffic,
        top_grants: traffic.top_grants.map(({ grantId, secretId, calls, denials, errors }) => ({
          ...named(snapshot, grantId, secretId),
          calls,
          denials,
          errors,
        })),
      },
      has_calls: hasCalls,
      counts: await countsFor(parts, actor, snapshot),
      warnings: await warningsFor(parts, actor, snapshot, isAllCounted),
    };
  });
}

/** From and to, widened to whole five minutes, which is how the log is counted. */
export function wideSpanOf(
  query: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: number,
  byDefaultMs: number,
  maxMs: number,
): { from: Date; to: Date } {
  const to = query.to === undefined ? now : Date.parse(query.to);
  const from = query.from === undefined ? to - byDefaultMs : Date.parse(query.from);
  const issue = from >= to ? 'is not before `to`' : to - from > maxMs ? 'is too long before `to`' : '';
  if (issue !== '') throw new Refusal('invalid_request', { issues: [{ path: 'from', message: issue }] });
  return {
    from: new Date(Math.floor(from / GRAIN_MS) * GRAIN_MS),
    to: new Date(Math.ceil(to / GRAIN_MS) * GRAIN_MS),
  };
}

/** What a chart can show: at most 144 points by five minutes, 168 by the hour, 32 by the day. */
function bucketOf({ from, to }: { from: Date; to: Date }): number {
  const ms = to.getTime() - from.getTime();
  if (ms <= 12 * HOUR_MS + GRAIN_MS) return 300;
  return ms <= 7 * DAY_MS + GRAIN_MS ? 3600 : 86_400;
}

async function trafficOf(parts: ApiParts, span: CountedSpan, bucketSeconds: number) {
  const { reports } = parts;
  const lengthMs = span.to.getTime() - span.from.getTime();
  const before = { ...span, from: new Date(span.from.getTime() - lengthMs), to: span.from };
  const wholeSeconds = lengthMs / 1000;
  const [series, timings, seriesBefore, timingsBefore, grants, denials] = await Promise.all([
    selectSeries(reports, span, bucketSeconds, span.from),
    selectTimings(reports, span, bucketSeconds),
    selectSeries(reports, before, wholeSeconds, before.from),
    selectTimings(reports, before, wholeSeconds),
    selectTopGrants(reports, span, TOP),
    selectTopDenials(reports, span, TOP),
  ]);
  const known = new Map(series.map((one) => [one.start.getTime(), one]));
  const starts = Array.from(
    { length: Math.ceil(wholeSeconds / bucketSeconds) },
    (_, i) => span.from.getTime() + i * bucketSeconds * 1000,
  );
  return {
    totals: totalsOf(sumOf(series), timings.all),
    before: totalsOf(sumOf(seriesBefore), timingsBefore.all),
    series: starts.map((start) => {
      const { calls, held, denials: denied, errors } = known.get(start) ?? NOTHING;
      return {
        start: new Date(start).toISOString(),
        calls,
        held,
        denials: denied,
        errors,
        ...latencyOf(timings.byStart.get(start)),
      };
    }),
    top_grants: grants,
    top_denials: denials.map(({ code, count }) => ({ code, count, ...wordsOf(code) })),
  };
}

/** The log may know codes of a newer vault. */
function wordsOf(code: string): { message: string; hint: string } {
  const { message, hint } = isErrorCode(code) ? ERRORS[code] : { message: '', hint: '' };
  return { message, hint };
}

export function countsOf({ calls, held, denials, errors, bytesIn, bytesOut }: Counts) {
  return { calls, held, denials, errors, bytes_in: bytesIn, bytes_out: bytesOut };
}

const totalsOf = (counts: Counts, timing: Timing) => ({
  ...countsOf(counts),
  completed: counts.completed,
  ...latencyOf(timing),
});

const latencyOf = (timing: Timing | undefined) => ({
  latency_p50_ms: timing?.p50Ms ?? null,
  latency_p95_ms: timing?.p95Ms ?? null,
});

/** What a grant is called; one that is gone keeps its ids. */
export const named = (snapshot: AppSnapshot, grantId: string, secretId: string) => ({
  grant_id: grantId,
  secret_id: secretId,
  secret_name: snapshot.secret(secretId)?.name ?? '',
  label: snapshot.grant(grantId)?.label ?? null,
});

async function countsFor(parts: ApiParts, actor: Actor, snapshot: AppSnapshot) {
  const now = parts.clock.now();
  const may = (scope: Scope): boolean => actor.scopes.includes(scope);
  const secrets = liveSecrets(snapshot);
  const dueBefore = now + ROTATION_DUE_DAYS * DAY_MS;
  const isLive = (row: { revoked_at: Date | null; expires_at: Date | null }): boolean =>
    row.revoked_at === null && !isExpired(row, now);
  const unused = async () =>
    unusedFor(
      parts,
      { appId: snapshot.appId, subject: 'secret', days: UNUSED_DAYS },
      secrets,
      (s) => s.secret_id,
    );
  const grants = [...snapshot.all('grants')].filter(
    (grant) => isLive(grant) && snapshot.secret(grant.secret_id)?.deleted_at === null,
  );
  return {
    pending_approvals: may('approvals:read') ? (await countByStatus(parts.db, snapshot.appId)).pending : null,
    secrets: may('secrets:read') ? secrets.length : null,
    secrets_rotation_due: may('secrets:read')
      ? secrets.filter(({ rotate_by }) => rotate_by !== null && rotate_by.getTime() < dueBefore).length
      : null,
    secrets_unused: may('secrets:read') ? (await unused()).length : null,
    active_grants: may('grants:read') ? grants.length : null,
    api_keys: may('keys:read') ? [...snapshot.all('api_keys')].filter(isLive).length : null,
    agents: may('agents:read')
      ? [...snapshot.all('agents')].filter((one) => one.deleted_at === null).length
      : null,
  };
}

const liveSecrets = (snapshot: AppSnapshot) =>
  [...snapshot.all('secrets')].filter((secret) => secret.deleted_at === null);

type Warning = { kind: 'deployment' | 'rotation_overdue' | 'any_host' | 'log_behind'; message: string };

async function warningsFor(
  parts: ApiParts,
  actor: Actor,
  snapshot: AppSnapshot,
  isAllCounted: boolean,
): Promise<Warning[]> {
  const { warnings } = await parts.health.readiness();
  const found: Warning[] = warnings.map((message) => ({ kind: 'deployment', message }));
  if (!isAllCounted)
    found.push({
      kind: 'log_behind',
      message: 'The log is still being counted: figures end at counted_until.',
    });
  if (!actor.scopes.includes('secrets:read')) return found;
  const secrets = liveSecrets(snapshot);
  const namesOf = (all: typeof secrets): string => all.map(({ name }) => name).join(', ');
  const overdue = secrets.filter(({ rotate_by }) => (rotate_by?.getTime() ?? Infinity) < parts.clock.now());
  const anyHost = secrets.filter((secret) => secret.allow_any_host);
  if (overdue.length > 0)
    found.push({ kind: 'rotation_overdue', message: `To be rotated before now: ${namesOf(overdue)}.` });
  if (anyHost.length > 0)
    found.push({ kind: 'any_host', message: `May go to any host: ${namesOf(anyHost)}.` });
  return found;
}
