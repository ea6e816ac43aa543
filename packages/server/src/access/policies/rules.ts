/**
 * Rules: what makes one that may be saved, and how each judges a call. Pure. A rule that can't be evaluated denies:
 * here it throws when it is compiled, and `policies.ts` turns that into a denial.
 */
import { ROLES, type ErrorIssue, type PolicyRule, type RequestConditions } from '@alter-vault/contract';
import { cidrProblem, wholeFamily } from '@alter-vault/contract/networks';
import { compileAddressList } from '../addresses.ts';
import { compileConditions, hostProblem, type CompiledConditions, type JudgedCall } from './conditions.ts';
import { pathGlobProblem } from './path-glob.ts';
import { patternProblem } from './pattern.ts';
import { compileTimeWindow, isZone } from './time-window.ts';
import type { Verdict } from './types.ts';

export type Judgement = Pick<Verdict, 'verdict' | 'why' | 'passesAt'>;
export type Judge = (call: JudgedCall) => Judgement;

type Issue = ErrorIssue;
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Z]+$/;
const ROLE_NAMES: ReadonlySet<string> = new Set(ROLES);

/** What is wrong with a rule of the right form, each with its path inside the rule. */
export function ruleIssues(rule: PolicyRule): Issue[] {
  switch (rule.type) {
    case 'time_window':
      return [
        ...zoneIssues(rule.timezone),
        ...duplicates(rule.days, 'days'),
        ...(rule.from === rule.to ? [{ path: 'to', message: 'must differ from "from"' }] : []),
      ];
    case 'ip_allowlist':
    case 'ip_denylist':
      return listIssues(rule.cidrs, 'cidrs', cidrProblem);
    case 'request':
      return conditionIssues(rule, '');
    case 'rate_limit':
      return [];
    case 'quota':
      return zoneIssues(rule.timezone);
    case 'require_approval':
      return [
        ...(rule.when === undefined ? [] : conditionIssues(rule.when, 'when.')),
        ...listIssues(
          rule.approvers.map((one) => one.toLowerCase()),
          'approvers',
          () => undefined,
        ),
        ...quorumIssues(rule.approvers, rule.quorum),
      ];
  }
}

function zoneIssues(timezone: string): Issue[] {
  return isZone(timezone)
    ? []
    : [{ path: 'timezone', message: 'is not a zone of the IANA database, such as Europe/Berlin' }];
}

function listIssues(
  items: readonly string[],
  path: string,
  problemOf: (item: string) => string | undefined,
): Issue[] {
  const problems = items.flatMap((item, i) => {
    const message = problemOf(item);
    return message === undefined ? [] : [{ path: `${path}.${i}`, message }];
  });
  return [...problems, ...duplicates(items, path)];
}

function duplicates(items: readonly unknown[], path: string): Issue[] {
  return items.flatMap((item, i) =>
    items.indexOf(item) < i ? [{ path: `${path}.${i}`, message: 'is there twice' }] : [],
  );
}

function conditionIssues(conditions: RequestConditions, at: string): Issue[] {
  const { methods = [], hosts = [], paths = [], query = {}, json = [] } = conditions;
  return [
    ...listIssues(methods, `${at}methods`, (method) =>
      METHOD.test(method) ? undefined : 'must be an HTTP method in upper case',
    ),
    ...listIssues(hosts, `${at}hosts`, hostProblem),
    ...listIssues(paths, `${at}paths`, pathGlobProblem),
    ...Object.entries(query).flatMap(([name, values]) => duplicates(values, `${at}query.${name}`)),
    ...json.flatMap(({ op, value }, i) => {
      const path = `${at}json.${i}.value`;
      if (op === 'in') return [...duplicates(value, path), ...value.flatMap(numberIssues(path))];
      if (op !== 'matches') return [value].flatMap(numberIssues(path));
      const message = patternProblem(value);
      return message === undefined ? [] : [{ path, message }];
    }),
  ];
}

/** The number that came may already be another one than the operator wrote. */
const numberIssues =
  (path: string) =>
  (value: unknown): Issue[] =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
      ? [{ path, message: 'is an integer with more digits than servers agree on' }]
      : [];

/** Who holds a role may change; members are counted when each is named. */
function quorumIssues(approvers: readonly string[], quorum: number): Issue[] {
  const isKnown = !approvers.some((one) => ROLE_NAMES.has(one.toLowerCase()));
  return isKnown && quorum > approvers.length
    ? [{ path: 'quorum', message: `can't be reached: only ${approvers.length} approvers are named` }]
    : [];
}

/** What is allowed and rarely meant (A8), for who saves the rule. */
export function ruleWarnings(rule: PolicyRule): string[] {
  if (rule.type !== 'ip_allowlist' && rule.type !== 'ip_denylist') return [];
  return rule.cidrs.flatMap((cidr) => {
    const family = wholeFamily(cidr);
    if (family === undefined) return [];
    return [`${cidr} ${rule.type === 'ip_allowlist' ? 'allows' : 'denies'} every ${family} address.`];
  });
}

const pass = (why: string): Judgement => ({ verdict: 'pass', why });
const deny = (why: string): Judgement => ({ verdict: 'deny', why });

/** @throws when the rule can't be evaluated */
export function compileRule(rule: PolicyRule): Judge {
  switch (rule.type) {
    case 'time_window':
      return timeWindowJudge(rule);
    case 'ip_allowlist':
    case 'ip_denylist':
      return addressJudge(rule);
    case 'request':
      return requestJudge(rule);
    case 'rate_limit':
    case 'quota': {
      const counted = pass('calls are counted once nothing else denies them');
      return () => counted;
    }
    case 'require_approval':
      return approvalJudge(rule.when);
  }
}

function timeWindowJudge(rule: Extract<PolicyRule, { type: 'time_window' }>): Judge {
  const window = compileTimeWindow(rule);
  const text = `${rule.days.join(', ')} ${rule.from}–${rule.to} ${rule.timezone}`;
  const inside = pass(`the time is within ${text}`);
  return ({ facts: { now } }) => {
    if (window.isOpen(now)) return inside;
    const passesAt = window.nextOpening(now);
    return { ...deny(`the time is outside ${text}`), ...(passesAt === undefined ? {} : { passesAt }) };
  };
}

/** An address that can't be read is on no list, and passes neither kind of rule. */
function addressJudge(rule: Extract<PolicyRule, { type: 'ip_allowlist' | 'ip_denylist' }>): Judge {
  const listed = compileAddressList(rule.cidrs);
  if (rule.type === 'ip_allowlist') {
    const passed = pass('the address is on the list');
    const denied = deny("the client's address is not on the list");
    return ({ facts: { ip } }) => (listed.has(ip) ? passed : denied);
  }
  const passed = pass('the address is not on the list');
  const denied = deny("the client's address is on the list, or is none");
  return ({ facts: { ip } }) => (!listed.has(ip) && ANY_ADDRESS.has(ip) ? passed : denied);
}

const ANY_ADDRESS = compileAddressList(['0.0.0.0/0', '::/0']);

function requestJudge(rule: Extract<PolicyRule, { type: 'request' }>): Judge {
  const isNarrow = rule.effect === 'allow_only';
  const conditions = compileConditions(rule, isNarrow);
  const passed = pass(
    isNarrow ? 'the request is one that the policy allows' : 'the policy does not deny this request',
  );
  const denied = deny('the request is one that the policy denies');
  return (call) => {
    const match = conditions.match(call);
    if (typeof match !== 'boolean') return match;
    if (match === isNarrow) return passed;
    return isNarrow ? deny(conditions.whyNot(call)) : denied;
  };
}

function approvalJudge(when: RequestConditions | undefined): Judge {
  const held: Judgement = { verdict: 'hold', why: 'the request needs an approval' };
  if (when === undefined) return () => held;
  const conditions: CompiledConditions = compileConditions(when, false);
  const passed = pass('the request needs no approval');
  return (call) => {
    const match = conditions.match(call);
    if (typeof match !== 'boolean') return match;
    return match ? held : passed;
  };
}
