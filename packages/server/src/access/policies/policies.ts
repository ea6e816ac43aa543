/**
 * Policies of an app over one call: which apply, and what they say together. Pure: no clock, no I/O.
 *
 * Policies only restrict: all that apply must pass, so that one more never lets more through (lesson 15). One that can't
 * be evaluated denies and says why; a stored rule that is broken does so on every call, and crashes nothing.
 */
import { schemas, type PolicyRule, type QuotaRule, type RateLimitRule } from '@alter-vault/contract';
import type { GrantRow, KeyRow, PolicyRow } from '../../store/deciding.ts';
import type { AppSnapshot } from '../snapshot.ts';
import { JudgedCall } from './conditions.ts';
import { compileRule, ruleIssues, type Judge } from './rules.ts';
import type { ApprovalTerms, Evaluation, LimitTerm, PolicyFacts, Verdict } from './types.ts';

export interface CompiledPolicy {
  readonly row: PolicyRow;
  readonly type: PolicyRule['type'];
  readonly judge: Judge;
  readonly needsBody: boolean;
  readonly limit: LimitTerm | undefined;
  readonly approval: ApprovalTerms | undefined;
}

const compiled = new WeakMap<PolicyRow, CompiledPolicy>();

/** Compiled once per row. */
export function compilePolicy(row: PolicyRow): CompiledPolicy {
  let policy = compiled.get(row);
  if (policy === undefined) {
    policy = compile(row);
    compiled.set(row, policy);
  }
  return policy;
}

function compile(row: PolicyRow): CompiledPolicy {
  const { rule } = row;
  try {
    const issue = schemas.policyRule.safeParse(rule).error?.issues[0] ?? ruleIssues(rule)[0];
    if (issue !== undefined) throw new RangeError(issue.message);
    return {
      row,
      type: rule.type,
      judge: compileRule(rule),
      needsBody:
        (rule.type === 'require_approval' ? rule.when : rule.type === 'request' ? rule : undefined)?.json !==
        undefined,
      limit: rule.type === 'rate_limit' || rule.type === 'quota' ? limitTerm(row, rule) : undefined,
      approval: rule.type === 'require_approval' ? approvalTerms(row, rule) : undefined,
    };
  } catch (thrown) {
    const reason = thrown instanceof RangeError ? `: ${thrown.message}` : '';
    const denial = { verdict: 'deny' as const, why: `its rule can't be evaluated${reason}` };
    return {
      row,
      type: typeOf(rule),
      judge: () => denial,
      needsBody: false,
      limit: undefined,
      approval: undefined,
    };
  }
}

/** Of a stored rule that may be anything. */
const typeOf = (rule: { readonly type: PolicyRule['type'] } | null | undefined): PolicyRule['type'] =>
  rule?.type ?? 'request';

function limitTerm(row: PolicyRow, rule: RateLimitRule | QuotaRule): LimitTerm {
  const { policy_id, name, mode, applies_to_type, applies_to_id } = row;
  return {
    policyId: policy_id,
    name,
    mode,
    kind: rule.type === 'quota' ? 'quota' : 'rate',
    per: rule.per,
    ...(applies_to_type === 'grant' && applies_to_id !== null ? { grantId: applies_to_id } : {}),
    limit: rule.limit,
    window:
      rule.type === 'quota'
        ? { type: 'period', period: rule.period, timezone: rule.timezone }
        : { type: rule.window, seconds: rule.window_seconds },
  };
}

function approvalTerms(
  { policy_id, name }: PolicyRow,
  rule: {
    readonly approvers: readonly string[];
    readonly quorum: number;
    readonly expires_in_seconds: number;
  },
): ApprovalTerms {
  const { approvers, quorum, expires_in_seconds } = rule;
  return { policyId: policy_id, name, approvers, quorum, expiresInSeconds: expires_in_seconds };
}

/** The policies of a snapshot at one epoch, by what they apply to. */
interface Index {
  readonly epoch: bigint;
  readonly bySubject: ReadonlyMap<string, readonly CompiledPolicy[]>;
  /** The lists that calls asked for. */
  readonly lists: Map<string, readonly CompiledPolicy[]>;
}

const NONE: readonly CompiledPolicy[] = [];
/** Of an app with more agents and grants than this in use, lists are put together again now and then. */
const LISTS_MAX = 100_000;
const indexes = new WeakMap<AppSnapshot, Index>();

/**
 * Those of the app, of the secret, of the grant and of every grant it was cloned from (a clone never outranks its
 * source), and of the key's agent.
 */
export function policiesFor(snapshot: AppSnapshot, key: KeyRow, grant: GrantRow): readonly CompiledPolicy[] {
  const index = indexOf(snapshot);
  if (index.bySubject.size === 0) return NONE;
  const about = key.agent_id === null ? grant.grant_id : `${grant.grant_id} ${key.agent_id}`;
  let list = index.lists.get(about);
  if (list === undefined) {
    list = subjectsOf(snapshot, key, grant).flatMap((subject) => index.bySubject.get(subject) ?? NONE);
    if (index.lists.size >= LISTS_MAX) index.lists.clear();
    index.lists.set(about, list);
  }
  return list;
}

/** The same as if a draft were stored, in place of the policy that has its id. */
export function policiesWith(draft: CompiledPolicy): typeof policiesFor {
  const { policy_id: id, applies_to_type: type, applies_to_id: about } = draft.row;
  return (snapshot, key, grant) => {
    const others = policiesFor(snapshot, key, grant).filter(({ row }) => row.policy_id !== id);
    return subjectsOf(snapshot, key, grant).includes(subject(type, about)) ? [...others, draft] : others;
  };
}

function indexOf(snapshot: AppSnapshot): Index {
  let index = indexes.get(snapshot);
  if (index === undefined || index.epoch !== snapshot.epoch) {
    index = { epoch: snapshot.epoch, bySubject: bySubject(snapshot.all('policies')), lists: new Map() };
    indexes.set(snapshot, index);
  }
  return index;
}

function bySubject(rows: Iterable<PolicyRow>): Map<string, readonly CompiledPolicy[]> {
  const found = [...rows].filter((row) => row.deleted_at === null);
  // In the order of their ids, which is that of their making: every server names the same denial first.
  found.sort((a, b) => (a.policy_id < b.policy_id ? -1 : 1));
  return Map.groupBy(found.map(compilePolicy), ({ row }) => subject(row.applies_to_type, row.applies_to_id));
}

const subject = (type: PolicyRow['applies_to_type'], id: string | null): string => `${type} ${id ?? ''}`;

function subjectsOf(snapshot: AppSnapshot, key: KeyRow, grant: GrantRow): string[] {
  const subjects = [subject('app', null), subject('secret', grant.secret_id)];
  const seen = new Set<string>();
  let one: GrantRow | undefined = grant;
  while (one !== undefined && !seen.has(one.grant_id)) {
    seen.add(one.grant_id);
    subjects.push(subject('grant', one.grant_id));
    one = one.cloned_from === null ? undefined : snapshot.grant(one.cloned_from);
  }
  if (key.agent_id !== null) subjects.push(subject('agent', key.agent_id));
  return subjects;
}

/** What every policy says, for whoever wants it explained. */
export function evaluate(policies: readonly CompiledPolicy[], facts: PolicyFacts): Evaluation {
  return judgeAll(policies, facts, true);
}

/** The same without the verdicts of those that pass, which a call does not ask for. */
export function judge(policies: readonly CompiledPolicy[], facts: PolicyFacts): Evaluation {
  return judgeAll(policies, facts, false);
}

function judgeAll(policies: readonly CompiledPolicy[], facts: PolicyFacts, isPassTold: boolean): Evaluation {
  const call = new JudgedCall(facts);
  const verdicts: Verdict[] = [];
  const holds: ApprovalTerms[] = [];
  let denied: Verdict | undefined;
  let isMonitorDenied = false;
  for (const policy of policies) {
    const { row, type, approval } = policy;
    const { verdict, why, passesAt } = policy.judge(call);
    if (verdict === 'pass' && !isPassTold) continue;
    const said = { policyId: row.policy_id, name: row.name, mode: row.mode, type, verdict, why };
    const one: Verdict = passesAt === undefined ? said : { ...said, passesAt };
    verdicts.push(one);
    if (verdict === 'pass') continue;
    if (row.mode === 'monitor') isMonitorDenied ||= verdict === 'deny';
    else if (verdict !== 'hold') denied = denied === undefined || isFirmer(one, denied) ? one : denied;
    else if (approval !== undefined) holds.push(approval);
  }
  return { verdicts, ...(denied === undefined ? undefined : { denied }), holds, isMonitorDenied };
}

/** A denial stands; what is undetermined may still pass once the body was read. */
const isFirmer = (one: Verdict, than: Verdict): boolean =>
  one.verdict === 'deny' && than.verdict === 'undetermined';

/**
 * Why a grant is for proxy mode only, as a whole: an enforced approval or body condition applies to it (WIRE §6).
 * What the vault does not send it can neither hold nor read.
 */
export function proxyOnlyBecause(policies: readonly CompiledPolicy[]): string | undefined {
  const policy = policies.find(
    ({ row, approval, needsBody: hasJson }) => row.mode === 'enforce' && (approval !== undefined || hasJson),
  );
  if (policy === undefined) return undefined;
  const { name } = policy.row;
  return policy.approval === undefined
    ? `The policy ${name} judges the body, which only proxy mode shows.`
    : `The policy ${name} holds calls for approval, which only proxy mode can.`;
}

const limits = new WeakMap<readonly CompiledPolicy[], readonly LimitTerm[]>();

/** The rate limits and quotas, as data for what counts. */
export function limitsOf(policies: readonly CompiledPolicy[]): readonly LimitTerm[] {
  let terms = limits.get(policies);
  if (terms === undefined) {
    terms = policies.flatMap(({ limit }) => limit ?? []);
    limits.set(policies, terms);
  }
  return terms;
}

/** What monitored policies would have done, for the audit event of a call that goes on. */
export function monitorFlags({ verdicts }: Evaluation): readonly string[] {
  if (!verdicts.some(({ mode, verdict }) => mode === 'monitor' && verdict !== 'pass')) return NO_FLAGS;
  const flags = new Set<string>();
  for (const { mode, verdict, policyId } of verdicts) {
    if (mode === 'monitor' && verdict !== 'pass')
      flags.add(MONITOR_FLAGS[verdict]).add(`monitor:${policyId}`);
  }
  return [...flags];
}

const NO_FLAGS: readonly string[] = [];
const MONITOR_FLAGS = {
  deny: 'monitor_denied',
  hold: 'monitor_held',
  undetermined: 'monitor_undetermined',
} as const;

/** For who was denied: which policy, why, and when it may pass. */
export function hintOf({ name, policyId, why, passesAt }: Verdict): string {
  const when =
    passesAt === undefined
      ? 'It passes only when the call or the policy changes; an operator can explain it with policies/evaluate.'
      : `It may pass from ${new Date(passesAt).toISOString()}.`;
  return `Policy ${name} (${policyId}): ${why}. ${when}`;
}
