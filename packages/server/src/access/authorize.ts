/**
 * The decision on a call: pure, no I/O, no clock. The order of the checks is the order of WIRE §3, and the first that
 * fails answers. Absent and forbidden look the same (I9).
 */
import type { CallMode, ErrorCode } from '@alter-vault/contract';
import type { Target } from '../path/target.ts';
import type { GrantRow, KeyRow, SecretRow } from '../store/deciding.ts';
import type { CompiledHosts } from './hosts.ts';
import type { AppSnapshot } from './snapshot.ts';

export interface CallFacts {
  readonly key: KeyRow;
  readonly grantId: string;
  readonly target: Target;
  readonly mode: CallMode;
  /** Milliseconds since the epoch, by the database's clock. */
  readonly now: number;
}

export interface Allowed {
  readonly verdict: 'allow';
  readonly grant: GrantRow;
  readonly secret: SecretRow;
}

export interface Denied {
  readonly verdict: 'deny';
  readonly code: ErrorCode;
  /** What the caller may know of them, for the audit event: absent where the grant is not the caller's. */
  readonly grant?: GrantRow;
  readonly secret?: SecretRow;
  readonly message?: string;
  readonly hint?: string;
}

export type Decision = Allowed | Denied;

export type HostsOf = (secret: SecretRow) => CompiledHosts;

const deny = (code: ErrorCode, rest: Omit<Denied, 'verdict' | 'code'> = {}): Denied => ({
  verdict: 'deny',
  code,
  ...rest,
});

export function authorize(snapshot: AppSnapshot, facts: CallFacts, hostsOf: HostsOf): Decision {
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
  return checkDelivery(facts, found) ?? { verdict: 'allow', grant, secret };
}

/** The grant and its secret, when this key may know of them. */
function findGrant(
  snapshot: AppSnapshot,
  facts: CallFacts,
): { grant: GrantRow; secret: SecretRow } | undefined {
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

/** What may not be released is for proxy mode only. A SigV4 release is a signature, so keys need no `allow_release` for it. */
function checkDelivery(facts: CallFacts, found: { grant: GrantRow; secret: SecretRow }): Denied | undefined {
  if (facts.mode === 'proxy') return undefined;
  if (found.secret.delivery === 'proxy_only') {
    return deny('proxy_required', { ...found, message: 'This credential is delivered in proxy mode only.' });
  }
  if (!facts.key.allow_release && found.secret.credential_type !== 'aws_sigv4') {
    return deny('proxy_required', { ...found, message: 'This key may not have credentials released.' });
  }
  return undefined;
}
