/**
 * What a draft of a policy says of past calls, from what the audit log still tells of them. Pure. Where the log was
 * redacted or erased in what the rule asks for, or the rule asks for the body, the verdict is `undetermined`, unless what is
 * known decides alone: no guess is counted as a verdict.
 */
import type { PolicyRule, RequestConditions } from '@alter-vault/contract';
import { REDACTED } from '../../audit/redact.ts';
import type { CallGroup, CallInputs } from '../../audit/past-calls.ts';
import { parseTarget, type Target } from '../../path/target.ts';
import type { PolicyRow } from '../../store/deciding.ts';
import { compilePolicy, evaluate, type CompiledPolicy } from './policies.ts';
import type { Judgement } from './rules.ts';

/** The draft, as a row that was never stored. */
export type DraftPolicy = Pick<PolicyRow, 'app_id' | 'applies_to_type' | 'applies_to_id' | 'mode' | 'rule'> &
  Partial<Pick<PolicyRow, 'policy_id' | 'name'>>;

const DRAFT_ID = '00000000-0000-0000-0000-000000000000';

export function compileDraft(draft: DraftPolicy): CompiledPolicy {
  return compilePolicy({
    policy_id: DRAFT_ID,
    name: 'draft',
    ...draft,
    created_by: null,
    created_at: new Date(0),
    updated_at: new Date(0),
    deleted_at: null,
    epoch: 0n,
    mac: Buffer.alloc(0),
  });
}

function conditionsOf(rule: PolicyRule): RequestConditions | undefined {
  if (rule.type === 'request') return rule;
  return rule.type === 'require_approval' ? (rule.when ?? {}) : undefined;
}

/** What must differ for two calls to be able to differ in their verdict. Windows open and close on whole minutes. */
export function inputsOf(rule: PolicyRule): CallInputs {
  const { methods, hosts, paths, query } = conditionsOf(rule) ?? {};
  return {
    method: methods !== undefined,
    url: paths !== undefined ? 'url' : hosts !== undefined ? 'origin' : 'none',
    query: query !== undefined,
    ip: rule.type === 'ip_allowlist' || rule.type === 'ip_denylist',
    minute: rule.type === 'time_window',
  };
}

type Hidden = 'path' | 'query';

/** Stands in for what the rule does not ask for. */
const ANY_TARGET = parseTarget('https://unknown.invalid/');
/** A condition that nobody can judge: it leaves the verdict to the others, or else open. */
const UNSEEN = [{ pointer: '', op: 'equals' as const, value: null }];

export class DraftReplay {
  readonly #draft: DraftPolicy;
  readonly #variants = new Map<string, CompiledPolicy>();
  readonly #asksQuery: boolean;
  readonly #asksPath: boolean;
  readonly #asksAddress: boolean;

  constructor(draft: DraftPolicy) {
    const conditions = conditionsOf(draft.rule);
    this.#draft = draft;
    this.#asksQuery = conditions?.query !== undefined;
    this.#asksPath = conditions?.paths !== undefined;
    this.#asksAddress = inputsOf(draft.rule).ip;
  }

  judge(group: CallGroup): Judgement {
    if (this.#asksAddress && group.ip === null) return unknown('the address is not in the audit log');
    const target = targetOf(group);
    if (target === undefined) return unknown('the URL in the audit log is not one that can be judged');
    const hidden = this.#hiddenIn(group);
    const facts = {
      now: group.minute?.getTime() ?? 0,
      ip: group.ip ?? '',
      method: group.method ?? '',
      target,
      body: { kind: 'unread' } as const,
    };
    const [verdict] = evaluate([this.#variant(hidden)], facts).verdicts;
    if (verdict === undefined) return unknown('the rule says nothing');
    if (verdict.verdict === 'undetermined' && hidden.length > 0)
      return unknown(`the ${hidden.join(' and the ')} is redacted or erased in the audit log`);
    return verdict;
  }

  #hiddenIn(group: CallGroup): Hidden[] {
    const hidden: Hidden[] = [];
    if (this.#asksPath && group.url?.includes(REDACTED) === true) hidden.push('path');
    // Whatever stood there could have made the whole query unclear.
    if (this.#asksQuery && (group.is_query_erased || group.query?.includes(REDACTED) === true))
      hidden.push('query');
    return hidden;
  }

  /** The rule with what is hidden taken out and the condition that can't be judged put in. */
  #variant(hidden: readonly Hidden[]): CompiledPolicy {
    const name = hidden.join();
    let compiled = this.#variants.get(name);
    if (compiled === undefined) {
      compiled = compileDraft({ ...this.#draft, rule: withoutHidden(this.#draft.rule, hidden) });
      this.#variants.set(name, compiled);
    }
    return compiled;
  }
}

function withoutHidden(rule: PolicyRule, hidden: readonly Hidden[]): PolicyRule {
  if (hidden.length === 0) return rule;
  const less = (conditions: RequestConditions): RequestConditions => {
    const { paths, query, ...rest } = conditions;
    return {
      ...rest,
      ...(paths === undefined || hidden.includes('path') ? {} : { paths }),
      ...(query === undefined || hidden.includes('query') ? {} : { query }),
      json: UNSEEN,
    };
  };
  if (rule.type === 'request') return { ...less(rule), type: rule.type, effect: rule.effect };
  if (rule.type === 'require_approval') return { ...rule, when: less(rule.when ?? {}) };
  return rule;
}

function targetOf({ url, query }: CallGroup): Target | undefined {
  const search = query === null ? '' : `?${query}`;
  if (url === null && search === '') return ANY_TARGET;
  const base = url ?? ANY_TARGET.origin;
  const whole = /^[a-z]+:\/\/[^/]*$/.test(base) ? `${base}/` : base;
  try {
    const target = parseTarget(whole + search, { allowEmptySegments: true });
    // The log has the path as it was sent, which is what is judged (R8): nothing of it may be normalised once more.
    return { ...target, path: target.rawPath };
  } catch {
    return undefined;
  }
}

const unknown = (why: string): Judgement => ({ verdict: 'undetermined', why });
