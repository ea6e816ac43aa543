/** Policies over calls, without a server: rows, facts and verdicts in few words. */
import { type PolicyRule, type PolicyRuleInput, schemas } from '@alter-vault/contract';
import { compilePolicy, evaluate } from '../../packages/server/src/access/policies/policies.ts';
import { ruleIssues } from '../../packages/server/src/access/policies/rules.ts';
import type { BodyFacts, PolicyFacts, Verdict } from '../../packages/server/src/access/policies/types.ts';
import { parseTarget } from '../../packages/server/src/path/target.ts';
import type { PolicyRow } from '../../packages/server/src/store/deciding.ts';

export const APP_ID = '01900000-0000-7000-8000-000000000001';
let made = 0;

export function policyRow(rule: PolicyRule, over: Partial<PolicyRow> = {}): PolicyRow {
  made += 1;
  return {
    app_id: APP_ID,
    epoch: 1n,
    mac: Buffer.alloc(0),
    policy_id: `01900000-0000-7000-9000-${made.toString(16).padStart(12, '0')}`,
    name: `policy-${made}`,
    applies_to_type: 'app',
    applies_to_id: null,
    mode: 'enforce',
    rule,
    created_by: null,
    created_at: new Date(0),
    updated_at: new Date(0),
    deleted_at: null,
    ...over,
  };
}

/** A rule as it would be stored. */
export const parsed = (rule: PolicyRuleInput): PolicyRule => schemas.policyRule.parse(rule);

export interface CallOptions {
  readonly at?: string;
  readonly ip?: string;
  readonly method?: string;
  readonly url?: string;
  /** Null: not read. */
  readonly body?: string | Buffer | null;
  /** In place of the URL's path, as AWS is sent it. */
  readonly rawPath?: string;
}

function bodyFacts(body: CallOptions['body']): BodyFacts {
  if (body === undefined) return { kind: 'none' };
  if (body === null) return { kind: 'unread' };
  return { kind: 'bytes', bytes: Buffer.from(body) };
}

export function facts(call: CallOptions = {}): PolicyFacts {
  const target = parseTarget(call.url ?? 'https://api.example.com/v1/x');
  return {
    now: Date.parse(call.at ?? '2026-11-18T12:00:00Z'),
    ip: call.ip ?? '203.0.113.7',
    method: call.method ?? 'GET',
    target: call.rawPath === undefined ? target : { ...target, path: call.rawPath },
    body: bodyFacts(call.body),
  };
}

/** What one rule says of a call. */
export function judge(rule: PolicyRuleInput, call: CallOptions = {}): Verdict {
  const [verdict] = evaluate([compilePolicy(policyRow(parsed(rule)))], facts(call)).verdicts;
  if (verdict === undefined) throw new Error('no verdict');
  return verdict;
}

/** The paths of what is wrong with a rule, by its form or its content. */
export function issuePaths(rule: unknown): string[] {
  const form = schemas.policyRule.safeParse(rule);
  if (!form.success) return form.error.issues.map((issue) => issue.path.join('.'));
  return ruleIssues(form.data).map((issue) => issue.path);
}
