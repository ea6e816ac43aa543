/** The members that an approval stands on, as they are in the transaction that decides. */
import type { ApprovalRow, DecisionRow } from '../store/approvals.ts';
import { shareMembers } from '../store/approvals.ts';
import type { Queryable } from '../store/database.ts';
import type { KeyRow } from '../store/deciding.ts';
import { checkSealed } from '../access/people.ts';
import type { ApprovalParts } from './parts.ts';
import { membersBehind, type Approver } from './terms.ts';

/** Those of these members whose accounts live, with their roles; the rows stay as they are until the transaction ends. */
export async function liveApprovers(
  parts: ApprovalParts,
  tx: Queryable,
  orgId: string,
  memberIds: readonly string[],
): Promise<Approver[]> {
  const ids = [...new Set(memberIds)];
  if (ids.length === 0) return [];
  const rows = await shareMembers(tx, orgId, ids);
  for (const row of rows) checkSealed(parts, 'members', row);
  const live = rows.filter((row) => row.removed_at === null);
  // F15: a row of before a change, copied back, is right by itself, and not of the set.
  if (
    !(await parts.organizations.holds(
      orgId,
      live.map((row) => row.mac),
    ))
  )
    return [];
  return live.map((row) => ({ memberId: row.member_id, role: row.role }));
}

/** Who can't approve: whoever owned the key when the call was held, and whoever owns it or made it, as they are now. */
export async function excludedMembers(
  parts: ApprovalParts,
  tx: Queryable,
  orgId: string,
  key: KeyRow | undefined,
  heldFor: string | null,
): Promise<ReadonlySet<string>> {
  const creator = key?.created_by ?? null;
  const known = await liveApprovers(parts, tx, orgId, creator === null ? [] : [creator]);
  const now = key && membersBehind(key, (id) => known.find((one) => one.memberId === id)?.role);
  return new Set([heldFor, ...(now ?? [])].filter((id) => id !== null));
}

/** Those who said yes and still may. */
export async function saidYes(
  parts: ApprovalParts,
  tx: Queryable,
  of: { readonly orgId: string; readonly key: KeyRow | undefined; readonly row: ApprovalRow },
  decisions: readonly DecisionRow[],
): Promise<Approver[]> {
  const ids = decisions.filter((one) => one.decision === 'approve').map((one) => one.member_id);
  const excluded = await excludedMembers(parts, tx, of.orgId, of.key, of.row.excluded_member_id);
  const live = await liveApprovers(parts, tx, of.orgId, ids);
  return live.filter((one) => !excluded.has(one.memberId));
}
