/**
 * Rules as operators give them: what needs the database to be checked, and how they are written down in the audit log.
 * Must never let a rule be stored that can't be evaluated, or that names somebody who is not there.
 */
import { ROLES, type ErrorIssue, type PolicyRule } from '@alter-vault/contract';
import { ruleIssues } from '../access/policies/rules.ts';
import { canonicalJson, type Json, type JsonObject } from '../audit/context.ts';
import { looksLikeCredential, REDACTED } from '../audit/redact.ts';
import { isUuid } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import type { Queryable } from '../store/database.ts';
import { findMember } from '../store/people.ts';
import type { FingerprintIndex } from '../vault/fingerprint.ts';
import { sha256 } from '../vault/hash.ts';

const ROLE_NAMES: ReadonlySet<string> = new Set(ROLES);
/** Leaves room for names and ids beside it in a context of 16 KB. */
const RULE_BYTES_MAX = 12_000;

/** A rule that came at `path` of a body. @throws Refusal `invalid_request`, naming each field */
export async function parseRule(
  db: Queryable,
  orgId: string,
  rule: PolicyRule,
  path: string,
): Promise<PolicyRule> {
  const issues = [...ruleIssues(rule), ...(await approverIssues(db, orgId, rule))];
  if (issues.length === 0) return normalised(rule);
  throw new Refusal('invalid_request', {
    issues: issues.map((issue) => ({ ...issue, path: `${path}.${issue.path}` })),
  });
}

/** Ids as the rest of the wire writes them. */
function normalised(rule: PolicyRule): PolicyRule {
  if (rule.type !== 'require_approval') return rule;
  return { ...rule, approvers: rule.approvers.map((one) => one.toLowerCase()) };
}

/** Each must be a role or a live member of the organization. */
async function approverIssues(db: Queryable, orgId: string, rule: PolicyRule): Promise<ErrorIssue[]> {
  if (rule.type !== 'require_approval') return [];
  const issues: ErrorIssue[] = [];
  for (const [index, text] of rule.approvers.entries()) {
    const approver = text.toLowerCase();
    if (ROLE_NAMES.has(approver)) continue;
    const member = isUuid(approver) ? await findMember(db, orgId, approver) : undefined;
    if (member !== undefined && member.removed_at === null) continue;
    const message = `must be the id of a member, or a role: ${ROLES.join(', ')}`;
    issues.push({ path: `approvers.${index}`, message });
  }
  return issues;
}

/**
 * The rule for an audit event (I8): without stored secret values, and without the values that conditions give to
 * parameters and fields with names of credentials. One that is too large is told by its digest.
 */
export function auditedRule(rule: PolicyRule, fingerprints: FingerprintIndex | undefined): JsonObject {
  const shown = redactRule(rule, (text) => fingerprints?.redact(text) ?? text);
  const text = canonicalJson(shown);
  if (Buffer.byteLength(text) <= RULE_BYTES_MAX) return shown;
  return { type: rule.type, bytes: Buffer.byteLength(text), sha256: sha256(text).toString('hex') };
}

function redactRule(rule: PolicyRule, clean: (text: string) => string): JsonObject {
  const copied = cleaned(rule, clean);
  return isObject(copied) ? copied : {};
}

function cleaned(value: unknown, clean: (text: string) => string): Json {
  if (typeof value === 'string') return clean(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((item: unknown) => cleaned(item, clean));
  if (typeof value !== 'object' || value === null) return null;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  const pointer: unknown = 'pointer' in value ? value.pointer : undefined;
  const isCredential = typeof pointer === 'string' && looksLikeCredential(pointer.replace(/^.*\//s, ''));
  return Object.fromEntries(
    entries.map(([name, one]: readonly [string, unknown]): [string, Json] => {
      if (isCredential && name === 'value') return [name, REDACTED];
      if (name === 'query' && typeof one === 'object' && one !== null)
        return [name, cleanedQuery(one, clean)];
      return [clean(name), cleaned(one, clean)];
    }),
  );
}

function cleanedQuery(query: object, clean: (text: string) => string): JsonObject {
  return Object.fromEntries(
    Object.entries(query).map(([name, values]): [string, Json] => [
      clean(name),
      looksLikeCredential(name) ? REDACTED : cleaned(values, clean),
    ]),
  );
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
