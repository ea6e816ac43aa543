/**
 * The decision on a call that nobody makes, with all its reasons: the very functions of the live path, asked without
 * counting, opening or sending anything. Pure.
 */
import type { ErrorCode } from '@alter-vault/contract';
import type { GrantRow, KeyRow } from '../store/deciding.ts';
import { compileAddressList } from './addresses.ts';
import { authorize, isExpired, sentTarget, type CallFacts, type HostsOf } from './authorize.ts';
import { evaluate, policiesFor, policiesWith, type CompiledPolicy } from './policies/policies.ts';
import type { LimitTerm, Verdict } from './policies/types.ts';
import type { AppSnapshot } from './snapshot.ts';

export interface Explanation {
  readonly decision: 'allow' | 'deny' | 'hold';
  /** Of a denial. */
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly hint?: string;
  /** Of every policy that applies; none where the grant is not known to the key. */
  readonly verdicts: readonly Verdict[];
  /** What would be counted. */
  readonly limits: readonly LimitTerm[];
}

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Stands for any key that may use the grant; it has no limits of its own, and nothing was ever counted for it. */
export function anyKeyFor(grant: GrantRow): KeyRow {
  const agentId = grant.principal_type === 'agent' ? grant.principal_id : null;
  return {
    app_id: grant.app_id,
    key_id: NOBODY,
    kind: agentId === null ? 'app' : 'agent',
    agent_id: agentId,
    name: '',
    prefix: '',
    key_hash: Buffer.alloc(0),
    ip_allowlist: null,
    requests_per_minute: null,
    allow_release: agentId === null,
    owner_member_id: null,
    created_by: null,
    expires_at: null,
    created_at: new Date(0),
    revoked_at: null,
    rotated_from: null,
    replaced_by: null,
    lineage_id: null,
    epoch: 0n,
    mac: Buffer.alloc(0),
  };
}

/** In the order of WIRE §3, as far as it can be told without counting; with a draft, as if it were stored. */
export function explain(
  snapshot: AppSnapshot,
  facts: CallFacts,
  hostsOf: HostsOf,
  draft?: CompiledPolicy,
): Explanation {
  const applying = draft === undefined ? policiesFor : policiesWith(draft);
  const objection = keyObjection(facts);
  const decision = authorize(snapshot, facts, hostsOf, applying);
  const { grant, secret } = decision;
  const verdicts =
    grant === undefined || secret === undefined
      ? []
      : evaluate(applying(snapshot, facts.key, grant), {
          ...facts,
          target: sentTarget(facts.target, secret),
        }).verdicts;
  if (objection !== undefined)
    return { decision: 'deny', code: 'unauthenticated', message: objection, verdicts, limits: [] };
  if (decision.verdict === 'allow') {
    return { decision: decision.holds.length > 0 ? 'hold' : 'allow', verdicts, limits: decision.limits };
  }
  const { code, message, hint } = decision;
  return {
    decision: 'deny',
    code,
    ...(message === undefined ? {} : { message }),
    ...(hint === undefined ? {} : { hint }),
    verdicts,
    limits: [],
  };
}

/** What authentication would find: an operator may know why, a caller is never told. */
function keyObjection({ key, now, ip }: CallFacts): string | undefined {
  if (key.revoked_at !== null) return 'The key is revoked.';
  if (isExpired(key, now)) return 'The key is expired.';
  if (key.ip_allowlist !== null && !compileAddressList(key.ip_allowlist).has(ip))
    return 'The key may not be used from this address.';
  return undefined;
}
