/** What a grant was used for, from the audit log, and how each limit that applies to it stands. Counts nothing. */
import { isReachable } from '../access/authorize.ts';
import { KEY_LIMIT, withKeyLimit, type UsageOf } from '../access/limits/limits.ts';
import type { LimitedCall } from '../access/limits/counters.ts';
import type { LimitTerm } from '../access/policies/types.ts';
import { limitsOf, policiesFor } from '../access/policies/policies.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import { callersOfGrant, usageOfGrant, type GrantUsage, type UsageSpan } from '../audit/usage/of-grant.ts';
import { Refusal } from '../refusal.ts';
import type { GrantRow, KeyRow } from '../store/deciding.ts';
import { getAppOfGrant } from './apps.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';

export type Bucket = 'hour' | 'day';

const DAY_MS = 24 * 3_600_000;
/** By default, and at most: what one answer can show and one query read. */
export const SPAN_MS: Readonly<Record<Bucket, { byDefault: number; max: number }>> = {
  hour: { byDefault: DAY_MS, max: 31 * DAY_MS },
  day: { byDefault: 30 * DAY_MS, max: 366 * DAY_MS },
};
/** Counters of keys and of callers that one answer shows. */
const KEYS_MAX = 50;
const CALLERS_MAX = 50;

/** A call as it would be counted: of this key, by this caller. */
interface Subject {
  readonly key: KeyRow;
  readonly caller: string | null;
}

export function registerUsage(routes: Routes, parts: ApiParts): void {
  routes.route('getGrantUsage', async ({ actor, params, query }) => {
    const appId = await getAppOfGrant(parts, actor, params.grant_id);
    const snapshot = await parts.boundaries.fresh(appId);
    const grant = snapshot?.grant(params.grant_id);
    if (
      snapshot === undefined ||
      grant === undefined ||
      snapshot.secret(grant.secret_id)?.deleted_at !== null
    )
      throw new Refusal('not_found');
    const span = { appId, grantId: grant.grant_id, ...spanOf(query, parts.clock.now()) };
    const buckets = await usageOfGrant(parts.db, span, query.bucket);
    return {
      grant_id: grant.grant_id,
      from: span.from.toISOString(),
      to: span.to.toISOString(),
      bucket: query.bucket,
      totals: countsOf(totalOf(buckets)),
      buckets: buckets.map((one) => ({ start: one.start.toISOString(), ...countsOf(one) })),
      limits: await limitsOfGrant(parts, snapshot, grant, span),
    };
  });
}

function spanOf(
  query: { readonly from?: string | undefined; readonly to?: string | undefined; readonly bucket: Bucket },
  now: number,
): { from: Date; to: Date } {
  const { byDefault, max } = SPAN_MS[query.bucket];
  const to = query.to === undefined ? new Date(now) : new Date(query.to);
  const from = query.from === undefined ? new Date(to.getTime() - byDefault) : new Date(query.from);
  const issue =
    from >= to ? 'is not before `to`' : to.getTime() - from.getTime() > max ? 'is too long before `to`' : '';
  if (issue !== '') throw new Refusal('invalid_request', { issues: [{ path: 'from', message: issue }] });
  return { from, to };
}

const NOTHING = { calls: 0, held: 0, denials: 0, errors: 0, bytesIn: 0, bytesOut: 0 };

function totalOf(buckets: readonly GrantUsage[]): Omit<GrantUsage, 'start'> {
  return buckets.reduce(
    (sum, one) => ({
      calls: sum.calls + one.calls,
      held: sum.held + one.held,
      denials: sum.denials + one.denials,
      errors: sum.errors + one.errors,
      bytesIn: sum.bytesIn + one.bytesIn,
      bytesOut: sum.bytesOut + one.bytesOut,
    }),
    NOTHING,
  );
}

function countsOf({ calls, held, denials, errors, bytesIn, bytesOut }: Omit<GrantUsage, 'start'>) {
  return { calls, held, denials, errors, bytes_in: bytesIn, bytes_out: bytesOut };
}

/** One entry for each counter: a term per key has one for each key, and so on. */
async function limitsOfGrant(parts: ApiParts, snapshot: AppSnapshot, grant: GrantRow, span: UsageSpan) {
  const now = parts.clock.now();
  const keys = liveKeys(snapshot, grant, now);
  const callers = await callersOfGrant(parts.db, span, CALLERS_MAX);
  const shown = new Map<string, ReturnType<typeof viewOf>>();
  const show = async (subject: Subject, isShown: (term: LimitTerm) => boolean): Promise<void> => {
    const call = { appId: span.appId, key: subject.key, grantId: grant.grant_id, caller: subject.caller };
    const all = withKeyLimit(call, limitsOf(policiesFor(snapshot, subject.key, grant)));
    for (const usage of await parts.limits.usage(call, all.filter(isShown), now)) {
      shown.set(JSON.stringify([usage.term.policyId, subjectOf(usage.term, call)]), viewOf(usage, call));
    }
  };
  for (const key of keys) await show({ key, caller: null }, ({ per }) => per !== 'caller');
  for (const { keyId, caller } of callers) {
    const key = keys.find(({ key_id }) => key_id === keyId);
    if (key !== undefined) await show({ key, caller }, ({ per }) => per === 'caller');
  }
  return [...shown.values()];
}

function liveKeys(snapshot: AppSnapshot, grant: GrantRow, now: number): KeyRow[] {
  return [...snapshot.all('api_keys')]
    .filter(
      (key) =>
        key.revoked_at === null &&
        (key.expires_at === null || key.expires_at.getTime() > now) &&
        isReachable(key, grant),
    )
    .slice(0, KEYS_MAX);
}

function subjectOf(term: LimitTerm, { key, grantId, caller }: LimitedCall) {
  const isOfKey =
    term.per === 'key' || term.per === 'caller' || (term.per === 'agent' && key.agent_id === null);
  return {
    grant_id: term.per === 'grant' ? (term.grantId ?? grantId) : null,
    agent_id: term.per === 'agent' ? key.agent_id : null,
    key_id: isOfKey ? key.key_id : null,
    caller: term.per === 'caller' ? caller : null,
  };
}

function viewOf({ term, used, remaining, resetsAt }: UsageOf, call: LimitedCall) {
  return {
    policy_id: term.policyId === KEY_LIMIT ? null : term.policyId,
    name: term.name,
    mode: term.mode,
    kind: term.kind,
    per: term.per,
    subject: subjectOf(term, call),
    limit: term.limit,
    window: term.window,
    used,
    remaining,
    resets_at: resetsAt.toISOString(),
  };
}
