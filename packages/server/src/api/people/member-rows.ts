/** A member's row for whoever changes it: locked, checked, and still there. */
import { checkSealed } from '../../access/people.ts';
import { Refusal } from '../../refusal.ts';
import type { Queryable } from '../../store/database.ts';
import { lockMember, type MemberRow } from '../../store/people.ts';
import type { ApiParts } from '../parts.ts';

/** In the transaction of a change. @throws Refusal `not_found`, `integrity_error` */
export async function getMemberIn(
  parts: ApiParts,
  tx: Queryable,
  of: { readonly orgId: string; readonly memberId: string },
): Promise<MemberRow> {
  const member = await lockMember(tx, of.orgId, of.memberId);
  if (member === undefined || member.removed_at !== null) throw new Refusal('not_found');
  checkSealed(parts, 'members', member);
  return member;
}
