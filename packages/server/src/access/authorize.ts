/**
 * The decision on a call: pure, no I/O, no clock. The order of the checks is the order of WIRE §3, and the first that
 * fails answers. Absent and forbidden look the same (I9).
 */
import type { CallMode, ErrorCode } from '@alter-vault/contract';
import type { Target } from '../path/target.ts';
import type { GrantRow, KeyRow, SecretRow } from '../store/deciding.ts';
import type { CompiledHosts } from './hosts.ts';
import {
  judge,
  hintOf,
  limitsOf,
  monitorFlags,
  policiesFor,
  proxyOnlyBecause,
  type CompiledPolicy,
} from './policies/policies.ts';
import type { ApprovalTerms, BodyFacts, LimitTerm, Verdict } from './policies/types.ts';
import type { AppSnapshot } from './snapshot.ts';

export interface CallFacts {
  readonly key: KeyRow;
  readonly grantId: string;
  readonly target: Target;
  readonly mode: CallMode;
  /** A URL is asked for that works by itself, for whoever has it. */
  readonly isPresigned?: boolean;
  /** Milliseconds since the epoch, by the database's clock. */
  readonly now: number;
  /** The client's address (WIRE §6). */
  readonly ip: string;
  readonly method: string;
  /** `unread` is decided on where no policy depends on the body; else the denial says that it is wanted. */
  readonly body: BodyFacts;
}

export interface Allowed {
  readonly verdict: 'allow';
  readonly grant: GrantRow;
  readonly secret: SecretRow;
  /** Who must approve it before it goes out. */
  readonly holds: readonly ApprovalTerms[];
  /** What the call counts against, enforced and monitored, once it goes out or is held. */
  readonly limits: readonly LimitTerm[];
  /** What monitored policies would have done, for the audit event. */
  readonly flags: readonly string[];
  /** A monitored policy could say more once the body was read. */
  readonly isBodyWanted?: boolean;
}

export interface Denied {
  readonly verdict: 'deny';
  readonly code: ErrorCode;
  /** What the caller may know of them, for the audit event: absent where the grant is not the caller's. */
  readonly grant?: GrantRow;
  readonly secret?: SecretRow;
  readonly message?: string;
  readonly hint?: string;
  /** The policy that denied. */
  readonly policyId?: string;
  /** When that policy may pass, in milliseconds since the epoch; only where that is a question of time. */
  readonly passesAt?: number;
  /** The body decides, and was not read. */
  readonly isBodyWanted?: boolean;
}

export type Decision = Allowed | Denied;

export type HostsOf = (secret: SecretRow) => CompiledHosts;

const deny = (code: ErrorCode, rest: Omit<Denied, 'verdict' | 'code'> = {}): Denied => ({
  verdict: 'deny',
  code,
  ...rest,
});

const NONE: readonly never[] = [];

/** `applying` finds the policies: those of the snapshot, unless somebody tries others. */
export function authorize(
  snapshot: AppSnapshot,
  facts: CallFacts,
  hostsOf: HostsOf,
  applying: typeof policiesFor = policiesFor,
): Decision {
  const found = findGrant(snapshot, facts);
  if (found === undefined) return deny('not_found', { message: 'There is no such grant for this key.' });
  const { grant, secret } = found;
  if (grant.revoked_at !== null) return deny('grant_revoked', found);
  if (isExpired(grant, facts.now)) return deny('grant_expired', found);
  if (hasAmbiguousPath(facts.target, secret)) {
    return deny('invalid_request', {
      ...found,
      message: 'The path begins with //, which is ambiguous.',
      hint: 'Send a path that begins with one slash.',
    });
  }
  if (!hostsOf(secret).matches(facts.target)) return deny('host_not_allowed', found);
  const policies = applying(snapshot, facts.key, grant);
  if (policies.length === 0) {
    return (
      checkDelivery(facts, found) ?? {
        verdict: 'allow',
        grant,
        secret,
        holds: NONE,
        limits: NONE,
        flags: NONE,
      }
    );
  }
  return checkPolicies(policies, facts, found);
}

/**
 * All that apply must pass. A policy that waits for the body speaks after `proxy_required`: in request mode the body never
 * comes.
 */
function checkPolicies(policies: readonly CompiledPolicy[], facts: CallFacts, found: Found): Decision {
  const { now, ip, method, body } = facts;
  const evaluation = judge(policies, {
    now,
    ip,
    method,
    body,
    target: sentTarget(facts.target, found.secret),
  });
  const { denied, holds } = evaluation;
  if (denied?.verdict === 'deny') return policyDenied(denied, found);
  const proxyOnly = facts.mode === 'proxy' ? undefined : proxyOnlyBecause(policies);
  const refused = checkDelivery(facts, found, proxyOnly);
  if (refused !== undefined) return refused;
  if (denied !== undefined) return { ...policyDenied(denied, found), isBodyWanted: true };
  const flags = monitorFlags(evaluation);
  const { grant, secret } = found;
  const allowed = { verdict: 'allow' as const, grant, secret, holds, limits: limitsOf(policies), flags };
  // In request mode the body never comes.
  const isBodyWanted =
    body.kind === 'unread' &&
    facts.mode === 'proxy' &&
    evaluation.verdicts.some(({ verdict }) => verdict === 'undetermined');
  return isBodyWanted ? { ...allowed, isBodyWanted } : allowed;
}

function policyDenied(verdict: Verdict, found: Found): Denied {
  return deny('policy_denied', {
    ...found,
    message: `The policy ${verdict.name} denied the call.`,
    hint: hintOf(verdict),
    policyId: verdict.policyId,
    ...(verdict.passesAt === undefined ? {} : { passesAt: verdict.passesAt }),
  });
}

/** AWS is sent the path as the caller wrote it, and that form is judged (R8). */
export function sentTarget(target: Target, secret: SecretRow): Target {
  if (secret.credential_type !== 'aws_sigv4' || target.rawPath === target.path) return target;
  return { ...target, path: target.rawPath };
}

interface Found {
  readonly grant: GrantRow;
  readonly secret: SecretRow;
}

/** The grant and its secret, when this key may know of them. */
function findGrant(snapshot: AppSnapshot, facts: CallFacts): Found | undefined {
  const grant = snapshot.grant(facts.grantId);
  if (grant === undefined || !isReachable(facts.key, grant)) return undefined;
  const secret = snapshot.secret(grant.secret_id);
  return secret === undefined || secret.deleted_at !== null ? undefined : { grant, secret };
}

/** An app key uses what belongs to the app, a user or a group; an agent key only what belongs to its agent (WIRE §2). */
export function isReachable(key: KeyRow, grant: GrantRow): boolean {
  if (key.kind === 'agent') return grant.principal_type === 'agent' && grant.principal_id === key.agent_id;
  return grant.principal_type !== 'agent';
}

/** Expiry is exact: at `expires_at` it is over. */
export function isExpired(row: { readonly expires_at: Date | null }, now: number): boolean {
  return row.expires_at !== null && row.expires_at.getTime() <= now;
}

/** Only in S3 is an empty first segment part of a name (R5, R13). */
function hasAmbiguousPath(target: Target, secret: SecretRow): boolean {
  return target.path.startsWith('//') && secret.credential_type !== 'aws_sigv4';
}

/**
 * What may not be released is for proxy mode only. A SigV4 release is the signature of one request, so keys need no `allow_release`
 * for it (WIRE §8); a presigned URL is a credential of its own, good for any number of requests and out of a revoke's reach.
 */
function checkDelivery(facts: CallFacts, found: Found, proxyOnly?: string): Denied | undefined {
  if (facts.mode === 'proxy') return undefined;
  if (found.secret.delivery === 'proxy_only') {
    return deny('proxy_required', { ...found, message: 'This credential is delivered in proxy mode only.' });
  }
  if (proxyOnly !== undefined) return deny('proxy_required', { ...found, message: proxyOnly });
  const isReleased = found.secret.credential_type !== 'aws_sigv4' || facts.isPresigned === true;
  if (!facts.key.allow_release && isReleased) {
    return deny('proxy_required', {
      ...found,
      message:
        facts.isPresigned === true
          ? 'This key may not have credentials released, and a presigned URL is one for whoever has it.'
          : 'This key may not have credentials released.',
    });
  }
  return undefined;
}
