/** Trying policies without a call: what would be decided on one, and what a draft would have done to those of the past. */
import { ERRORS, type PolicyRule, type schemas } from '@alter-vault/contract';
import type { z } from 'zod';
import { anyKeyFor, explain, type Explanation } from '../access/explain.ts';
import { compileHosts } from '../access/hosts.ts';
import type { LimitedCall } from '../access/limits/counters.ts';
import { KEY_LIMIT, withKeyLimit, type UsageOf } from '../access/limits/limits.ts';
import type { CompiledPolicy } from '../access/policies/policies.ts';
import { compileDraft } from '../access/policies/replay.ts';
import type { BodyFacts, Verdict } from '../access/policies/types.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import { parseTarget } from '../path/target.ts';
import { Refusal } from '../refusal.ts';
import type { KeyRow } from '../store/deciding.ts';
import { getApp } from './apps.ts';
import type { ApiParts } from './parts.ts';
import { readAppliesTo, type AppliesTo } from './policy-changes.ts';
import { replayDraft } from './policy-replay.ts';
import { parseRule } from './policy-rules.ts';
import type { Routes } from './routes.ts';

type Evaluate = z.output<typeof schemas.policyEvaluate>;

/** Replays at once: each reads a month of the log. */
const REPLAYS_MAX = 2;

export function registerPolicyTrials(routes: Routes, parts: ApiParts): void {
  let replaying = 0;

  routes.route('evaluatePolicies', async ({ actor, params, body, ip }) => {
    const app = await getApp(parts, actor, params.app);
    const rule =
      body.draft === undefined
        ? undefined
        : await parseRule(parts.db, actor.orgId, body.draft.rule, 'draft.rule');
    const snapshot = await parts.boundaries.fresh(app.app_id);
    if (snapshot === undefined) throw new Refusal('not_found');
    return evaluateCall(parts, snapshot, body, ip, draftOf(snapshot, body.draft, rule));
  });

  routes.route('replayPolicy', async ({ actor, params, body }) => {
    const app = await getApp(parts, actor, params.app);
    const { policy } = body;
    const [from, to] = [new Date(body.from), new Date(body.to)];
    if (from >= to) throw invalid('to', 'must be after "from"');
    const rule = await parseRule(parts.db, actor.orgId, policy.rule, 'policy.rule');
    const snapshot = await parts.boundaries.fresh(app.app_id);
    if (snapshot === undefined) throw new Refusal('not_found');
    const appliesTo = readAppliesTo(policy.applies_to);
    checkKnown(snapshot, appliesTo, 'policy');
    if (replaying >= REPLAYS_MAX)
      throw new Refusal('overloaded', { message: 'Other replays are still running.' });
    replaying += 1;
    try {
      const draft = { app_id: app.app_id, ...appliesTo, mode: policy.mode, rule };
      return await replayDraft(parts.reports, snapshot, { draft, from, to, buckets: body.buckets });
    } finally {
      replaying -= 1;
    }
  });
}

const invalid = (path: string, message: string): Refusal =>
  new Refusal('invalid_request', { issues: [{ path, message }] });

/** What is over had calls, too. */
function checkKnown(
  snapshot: AppSnapshot,
  { applies_to_type: type, applies_to_id: id }: AppliesTo,
  field: 'policy' | 'draft',
): void {
  if (type === 'app' || id === null || snapshot[type](id) !== undefined) return;
  throw invalid(
    `${field}.applies_to.${type}_id`,
    `must name ${type === 'agent' ? 'an' : 'a'} ${type} of this app`,
  );
}

/** What is tried beside, or in place of, what is stored. */
function draftOf(
  snapshot: AppSnapshot,
  draft: Evaluate['draft'],
  rule: PolicyRule | undefined,
): CompiledPolicy | undefined {
  if (draft === undefined || rule === undefined) return undefined;
  const { policy_id: id, mode } = draft;
  const stored = id === undefined ? undefined : snapshot.policy(id);
  if (id !== undefined && (stored === undefined || stored.deleted_at !== null))
    throw invalid('draft.policy_id', 'must name a policy of this app');
  const appliesTo = readAppliesTo(draft.applies_to);
  checkKnown(snapshot, appliesTo, 'draft');
  const name = draft.name ?? stored?.name;
  return compileDraft({
    app_id: snapshot.appId,
    ...appliesTo,
    mode,
    rule,
    ...(id === undefined ? {} : { policy_id: id }),
    ...(name === undefined ? {} : { name }),
  });
}

async function evaluateCall(
  parts: ApiParts,
  snapshot: AppSnapshot,
  body: Evaluate,
  ownIp: string,
  draft: CompiledPolicy | undefined,
) {
  const now = body.at === undefined ? parts.clock.now() : Date.parse(body.at);
  const key = keyOf(snapshot, body);
  const facts = {
    key,
    grantId: body.grant_id,
    target: parseTarget(body.url, { field: 'url', allowEmptySegments: true }),
    method: body.method,
    mode: body.mode,
    ip: body.ip ?? ownIp,
    now,
    body: bodyOf(body),
  };
  const explained = explain(snapshot, facts, (secret) => compileHosts(secret.allowed_hosts), draft);
  const call = { appId: snapshot.appId, key, grantId: body.grant_id, caller: body.caller ?? null };
  const usage = await usageOf(parts, explained, call, body.at === undefined);
  const full = longestFull(usage);
  return {
    ...(full === undefined || explained.decision === 'deny' ? decisionOf(explained) : refusedBy(full)),
    because: explained.verdicts.map((verdict) => becauseOf(withUsage(verdict, usage, body.at !== undefined))),
  };
}

/** The grant answers `not_found` in the decision, as it does to callers; a key that is not there is a mistake of who asks. */
function keyOf(snapshot: AppSnapshot, { key_id: keyId, grant_id: grantId }: Evaluate): KeyRow {
  const grant = snapshot.grant(grantId);
  const key = keyId === undefined ? undefined : snapshot.key(keyId);
  if (keyId !== undefined && key === undefined) throw invalid('key_id', 'must name a key of this app');
  if (grant === undefined || snapshot.secret(grant.secret_id)?.deleted_at !== null)
    throw invalid('grant_id', 'must name a grant of this app');
  return key ?? anyKeyFor(grant);
}

/** In request mode the body never comes here. */
function bodyOf({ mode, body }: Evaluate): BodyFacts {
  if (mode === 'request') return { kind: 'unread' };
  if (body === undefined) return { kind: 'none' };
  return { kind: 'bytes', bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
}

/** How the limits stand now; of another moment nobody knows. */
async function usageOf(
  parts: ApiParts,
  explained: Explanation,
  call: LimitedCall,
  isNow: boolean,
): Promise<readonly UsageOf[]> {
  if (!isNow || explained.decision === 'deny') return [];
  return parts.limits.usage(call, withKeyLimit(call, explained.limits), parts.clock.now());
}

/** In the words that a caller would be answered with. */
const decisionOf = ({ decision, code, message, hint }: Explanation) => ({
  decision,
  code: code ?? null,
  message: message ?? (code === undefined ? null : ERRORS[code].message),
  hint: hint ?? (code === undefined ? null : ERRORS[code].hint),
});

/** Of several that are used up, the one that stays so the longest, as a call is told. */
function longestFull(usage: readonly UsageOf[]): UsageOf | undefined {
  const until = ({ passesAt, resetsAt }: UsageOf): number => (passesAt ?? resetsAt).getTime();
  return usage
    .filter(({ term, remaining }) => term.mode === 'enforce' && remaining === 0)
    .toSorted((a, b) => until(b) - until(a))[0];
}

function refusedBy({ term, resetsAt, passesAt = resetsAt }: UsageOf) {
  const whose =
    term.policyId === KEY_LIMIT ? 'The limit of the key' : `Policy ${term.name} (${term.policyId})`;
  return {
    decision: 'deny' as const,
    code: term.kind === 'rate' ? 'rate_limited' : 'quota_exceeded',
    message: `${whose} has none of its ${term.limit} calls left.`,
    hint: `${whose} may let the call pass at ${passesAt.toISOString()}.`,
  };
}

/** Limits say what is left instead of that they pass. */
function withUsage(verdict: Verdict, usage: readonly UsageOf[], isOtherTime: boolean): Verdict {
  if (verdict.type !== 'rate_limit' && verdict.type !== 'quota') return verdict;
  if (isOtherTime) return { ...verdict, why: 'calls are counted when they are made' };
  const found = usage.find(({ term }) => term.policyId === verdict.policyId);
  if (found === undefined) return verdict;
  const { term, remaining, resetsAt, passesAt = resetsAt } = found;
  const until = remaining < term.limit ? `; all are free again at ${resetsAt.toISOString()}` : '';
  const why = `${remaining} of ${term.limit} calls are left${until}`;
  return remaining > 0
    ? { ...verdict, why }
    : { ...verdict, verdict: 'deny', why, passesAt: passesAt.getTime() };
}

/** RFC 3339 has no later year. */
const SHOWN_MS_MAX = Date.parse('9999-12-31T23:59:59.999Z');

const becauseOf = ({ policyId, name, mode, type, verdict, why, passesAt }: Verdict) => ({
  policy_id: policyId,
  name,
  mode,
  type,
  verdict,
  why,
  passes_at: passesAt === undefined || passesAt > SHOWN_MS_MAX ? null : new Date(passesAt).toISOString(),
});
