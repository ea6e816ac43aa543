/**
 * Held calls as the control plane shows them: who asks, what is unlike before, who has agreed, and whether whoever looks may
 * decide. Reads for a whole page at once.
 */
import type { Role } from '@alter-vault/contract';
import type { Actor } from '../access/people.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import { hintsOf, type Hint } from '../approvals/hints.ts';
import { isNamed, membersBehind } from '../approvals/terms.ts';
import { detailView } from '../approvals/views.ts';
import {
  selectDecisionsOf,
  selectHeldFacts,
  selectPastCalls,
  type HeldFacts,
} from '../store/approval-facts.ts';
import { shareMembers, type ApprovalRow, type DecisionRow } from '../store/approvals.ts';
import type { ApiParts } from './parts.ts';

/** Hints of calls that still wait: what was before does not change. */
const KEPT_MAX = 1000;

export class ApprovalDetails {
  readonly #parts: ApiParts;
  readonly #hints = new Map<string, readonly Hint[]>();

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  async one(actor: Actor, row: ApprovalRow) {
    const [view] = await this.page(actor, row.app_id, [row]);
    if (view === undefined) throw new Error('One row has one view.');
    return view;
  }

  /** All of one app, in their order. */
  async page(actor: Actor, appId: string, rows: readonly ApprovalRow[]) {
    if (rows.length === 0) return [];
    const { db, boundaries, clock } = this.#parts;
    const ids = rows.map((row) => row.approval_id);
    const [decided, snapshot, facts] = await Promise.all([
      selectDecisionsOf(db, appId, ids),
      boundaries.find(appId),
      selectHeldFacts(db, appId, rows),
    ]);
    const people = await this.#people(actor, snapshot, rows, decided);
    const decisions = Map.groupBy(decided, (one) => one.approval_id);
    const heldFacts = new Map(facts.map((one) => [one.approvalId, one]));
    const hints = await this.#hintsOf(appId, rows, heldFacts);
    return rows.map((row) => {
      const key = snapshot?.key(row.key_id);
      const mine = decisions.get(row.approval_id) ?? [];
      const agent = key?.agent_id == null ? undefined : snapshot?.agent(key.agent_id);
      const cannot = cannotDecide(actor, row, mine, {
        behind: key === undefined ? [] : membersBehind(key, (id) => people.get(id)),
      });
      return {
        ...detailView(row, {
          url: this.#parts.approvalUrl(row.approval_id),
          now: clock.now(),
          secretName: snapshot?.secret(row.secret_id)?.name ?? '',
          decisions: mine,
          people: [...people].map(([memberId, role]) => ({ memberId, role })),
        }),
        key_name: key?.name ?? '',
        agent_id: agent?.agent_id ?? null,
        agent_name: agent?.name ?? null,
        caller: heldFacts.get(row.approval_id)?.caller ?? null,
        hints: [...(hints.get(row.approval_id) ?? [])],
        may_decide: cannot === null,
        cannot_decide_because: cannot,
      };
    });
  }

  /** Those who decided and those who made the keys, whose accounts live, with their roles. */
  async #people(
    actor: Actor,
    snapshot: AppSnapshot | undefined,
    rows: readonly ApprovalRow[],
    decided: readonly DecisionRow[],
  ): Promise<ReadonlyMap<string, Role>> {
    const makers = rows.map((row) => snapshot?.key(row.key_id)?.created_by);
    const ids = new Set([...decided.map((one) => one.member_id), ...makers].filter((id) => id != null));
    if (ids.size === 0) return new Map();
    const members = await shareMembers(this.#parts.db, actor.orgId, [...ids]);
    return new Map(members.filter((one) => one.removed_at === null).map((one) => [one.member_id, one.role]));
  }

  async #hintsOf(
    appId: string,
    rows: readonly ApprovalRow[],
    facts: ReadonlyMap<string, HeldFacts>,
  ): Promise<ReadonlyMap<string, readonly Hint[]>> {
    const waiting = rows.filter(({ status }) => status === 'pending');
    const unknown = waiting.filter((row) => !this.#hints.has(row.approval_id));
    if (unknown.length > 0) {
      const asked = unknown.map((row) => ({ row, url: facts.get(row.approval_id)?.url ?? null }));
      const past = await selectPastCalls(this.#parts.reports, appId, asked);
      const byId = new Map(past.map((one) => [one.approvalId, one]));
      for (const row of unknown) {
        const id = row.approval_id;
        this.#hints.set(id, hintsOf(row.method, facts.get(id), byId.get(id)));
      }
    }
    const found = new Map(waiting.map((row) => [row.approval_id, this.#hints.get(row.approval_id) ?? []]));
    for (const id of this.#hints.keys()) {
      if (this.#hints.size <= KEPT_MAX) break;
      this.#hints.delete(id);
    }
    return found;
  }
}

type Cannot = 'ended' | 'scope' | 'not_named' | 'own_call' | 'decided';

/** As the decision itself would be judged (A3); that one counts. */
function cannotDecide(
  actor: Actor,
  row: ApprovalRow,
  decisions: readonly DecisionRow[],
  { behind }: { readonly behind: readonly string[] },
): Cannot | null {
  const { memberId, role } = actor;
  if (row.status !== 'pending') return 'ended';
  if (actor.via === 'token' && !actor.scopes.includes('approvals:decide')) return 'scope';
  if (!row.terms.some((term) => isNamed(term, { memberId, role }))) return 'not_named';
  if (row.excluded_member_id === memberId || behind.includes(memberId)) return 'own_call';
  return decisions.some((one) => one.member_id === memberId) ? 'decided' : null;
}
