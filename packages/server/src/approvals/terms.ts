/** Who may approve what, and when it is enough (A3). Pure: terms, members and decisions in, verdicts out. */
import type { Role } from '@alter-vault/contract';
import type { StoredTerm } from '../store/approvals.ts';
import type { KeyRow } from '../store/deciding.ts';

/** Somebody whose account lives, with the role that they have now. */
export interface Approver {
  readonly memberId: string;
  readonly role: Role;
}

type Named = Pick<StoredTerm, 'approvers' | 'quorum'>;

/** By id or by role; owners and admins too must be named. */
export function isNamed({ approvers }: Pick<Named, 'approvers'>, { memberId, role }: Approver): boolean {
  return approvers.includes(memberId) || approvers.includes(role);
}

/** The distinct members, among those who said yes, who count for this policy. */
export function approvedBy(term: Named, saidYes: readonly Approver[]): string[] {
  return [...new Set(saidYes.filter((one) => isNamed(term, one)).map((one) => one.memberId))];
}

/** Every policy has its quorum. */
export function areSatisfied(terms: readonly Named[], saidYes: readonly Approver[]): boolean {
  return terms.length > 0 && terms.every((term) => approvedBy(term, saidYes).length >= term.quorum);
}

/**
 * Whose call it is: the owner of the key, and who made it, unless that was an owner or admin, who makes keys for others.
 * They can't approve it: whoever made a key has seen its text, whomever they named as its owner.
 */
export function membersBehind(
  key: Pick<KeyRow, 'owner_member_id' | 'created_by'>,
  roleOf: (memberId: string) => Role | undefined,
): string[] {
  const { owner_member_id: owner, created_by: creator } = key;
  const role = creator === null ? undefined : roleOf(creator);
  const isForOthers = role === 'owner' || role === 'admin';
  return [owner, isForOthers ? null : creator].filter((id) => id !== null);
}
