/**
 * A policy while it is written: the state of the form, whatever kind of rule is chosen, so that nothing typed is lost by looking at
 * another kind. Pure. What a rule may hold is the vault's to say; here is only found what could not even be sent.
 */
import type { Day, JsonCondition, PolicyMode, PolicyRule, RequestConditions } from '@alter-vault/contract';
import type { Answer, Issue } from '../../api/client.ts';
import { policies } from '../../texts/policies.ts';
import { lineOfScalar, linesOf, scalarOfLine, textsOfLines, wholeOf } from './values.ts';

export type Policy = Answer<'getPolicy'>;

export const KINDS = [
  'time_window',
  'networks',
  'request',
  'rate_limit',
  'quota',
  'require_approval',
] as const;
export type Kind = (typeof KINDS)[number];
export const SCOPES = ['app', 'secret', 'grant', 'agent'] as const;
export type ScopeKind = (typeof SCOPES)[number];
export const UNITS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;
export type Unit = keyof typeof UNITS;
export type Per = Extract<PolicyRule, { type: 'quota' }>['per'];
export type Period = Extract<PolicyRule, { type: 'quota' }>['period'];
export const WEEK: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export interface Scope {
  readonly to: ScopeKind;
  readonly id: string;
}

export interface WindowDraft {
  readonly timezone: string;
  readonly days: readonly Day[];
  readonly from: string;
  readonly to: string;
}

export interface QueryDraft {
  readonly name: string;
  readonly values: string;
}

export interface JsonDraft {
  readonly pointer: string;
  readonly op: JsonCondition['op'];
  /** One per line where the operation takes several. */
  readonly value: string;
}

export interface ConditionsDraft {
  readonly methods: readonly string[];
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  readonly query: readonly QueryDraft[];
  readonly json: readonly JsonDraft[];
}

interface Length {
  readonly amount: string;
  readonly unit: Unit;
}

export interface Draft {
  readonly name: string;
  readonly mode: PolicyMode;
  readonly scope: Scope;
  readonly kind: Kind;
  readonly window: WindowDraft;
  readonly networks: { readonly effect: 'ip_allowlist' | 'ip_denylist'; readonly cidrs: readonly string[] };
  readonly request: { readonly effect: 'allow_only' | 'deny'; readonly conditions: ConditionsDraft };
  readonly rate: Length & {
    readonly limit: string;
    readonly window: 'sliding' | 'fixed';
    readonly per: Per;
  };
  readonly quota: {
    readonly limit: string;
    readonly period: Period;
    readonly timezone: string;
    readonly per: Per;
  };
  readonly approval: Length & {
    readonly isEvery: boolean;
    readonly when: ConditionsDraft;
    readonly approvers: readonly string[];
    readonly quorum: string;
  };
}

const NO_CONDITIONS: ConditionsDraft = { methods: [], hosts: [], paths: [], query: [], json: [] };

export function emptyDraft(timezone: string): Draft {
  return {
    name: '',
    mode: 'monitor',
    scope: { to: 'app', id: '' },
    kind: 'time_window',
    window: { timezone, days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' },
    networks: { effect: 'ip_allowlist', cidrs: [] },
    request: { effect: 'deny', conditions: NO_CONDITIONS },
    rate: { limit: '60', amount: '1', unit: 'minute', window: 'sliding', per: 'grant' },
    quota: { limit: '1000', period: 'day', timezone: 'UTC', per: 'grant' },
    approval: {
      isEvery: true,
      when: NO_CONDITIONS,
      approvers: ['approver'],
      quorum: '1',
      amount: '1',
      unit: 'hour',
    },
  };
}

/** The draft of a rule, and of what stands around it. */
export function draftOf(
  { name, mode, applies_to: to, rule }: Pick<Policy, 'name' | 'mode' | 'applies_to' | 'rule'>,
  timezone: string,
): Draft {
  return { ...emptyDraft(timezone), name, mode, scope: scopeOf(to), ...ruleDraft(rule) };
}

export function scopeOf(to: Policy['applies_to']): Scope {
  if ('secret_id' in to) return { to: 'secret', id: to.secret_id };
  if ('grant_id' in to) return { to: 'grant', id: to.grant_id };
  return 'agent_id' in to ? { to: 'agent', id: to.agent_id } : { to: 'app', id: '' };
}

function ruleDraft(rule: PolicyRule): Partial<Draft> {
  switch (rule.type) {
    case 'time_window': {
      const { timezone, days, from, to } = rule;
      return { kind: 'time_window', window: { timezone, days, from, to } };
    }
    case 'ip_allowlist':
    case 'ip_denylist':
      return { kind: 'networks', networks: { effect: rule.type, cidrs: rule.cidrs } };
    case 'request':
      return { kind: 'request', request: { effect: rule.effect, conditions: conditionsDraft(rule) } };
    case 'rate_limit': {
      const { limit, window_seconds: seconds, window, per } = rule;
      return { kind: 'rate_limit', rate: { limit: String(limit), ...lengthOf(seconds), window, per } };
    }
    case 'quota': {
      const { limit, period, timezone, per } = rule;
      return { kind: 'quota', quota: { limit: String(limit), period, timezone, per } };
    }
    case 'require_approval': {
      const { when, approvers, quorum, expires_in_seconds: seconds } = rule;
      return {
        kind: 'require_approval',
        approval: {
          isEvery: when === undefined,
          when: conditionsDraft(when ?? {}),
          approvers,
          quorum: String(quorum),
          ...lengthOf(seconds),
        },
      };
    }
  }
}

function conditionsDraft({
  methods = [],
  hosts = [],
  paths = [],
  query = {},
  json = [],
}: RequestConditions): ConditionsDraft {
  return {
    methods,
    hosts,
    paths,
    query: Object.entries(query).map(([name, values]) => ({ name, values: linesOf(values) })),
    json: json.map(({ pointer, op, value }) => ({
      pointer,
      op,
      value: op === 'matches' ? value : [value].flat().map(lineOfScalar).join('\n'),
    })),
  };
}

function lengthOf(seconds: number): Length {
  const unit = (['day', 'hour', 'minute'] as const).find((one) => seconds % UNITS[one] === 0) ?? 'second';
  return { amount: String(seconds / UNITS[unit]), unit };
}

/** A part of a draft as it would be sent, or what is still to be mended. */
export type Read<T> =
  | { readonly value: T; readonly problems: readonly [] }
  | { readonly problems: readonly Issue[] };

const read = <T>(value: T, problems: readonly Issue[]): Read<T> =>
  problems.length === 0 ? { value, problems: [] } : { problems };
const missing = (path: string, isMissing: boolean): Issue[] =>
  isMissing ? [{ path, message: policies.needed }] : [];
const notWhole = (path: string, text: string): Issue[] =>
  wholeOf(text) === undefined ? [{ path, message: policies.wholeNumber }] : [];

export function readRule(draft: Draft): Read<PolicyRule> {
  switch (draft.kind) {
    case 'time_window': {
      const { timezone, days, from, to } = draft.window;
      return read(
        { type: 'time_window', timezone, days: WEEK.filter((day) => days.includes(day)), from, to },
        [...missing('rule.days', days.length === 0), ...missing('rule.timezone', timezone === '')],
      );
    }
    case 'networks': {
      const { effect, cidrs } = draft.networks;
      return read({ type: effect, cidrs: [...cidrs] }, missing('rule.cidrs', cidrs.length === 0));
    }
    case 'request': {
      const { effect, conditions } = draft.request;
      const found = readConditions(conditions, 'rule');
      return 'value' in found ? read({ type: 'request', effect, ...found.value }, []) : found;
    }
    case 'rate_limit': {
      const { limit, amount, unit, window, per } = draft.rate;
      const seconds = (wholeOf(amount) ?? 0) * UNITS[unit];
      return read({ type: 'rate_limit', limit: wholeOf(limit) ?? 0, window_seconds: seconds, window, per }, [
        ...notWhole('rule.limit', limit),
        ...notWhole('rule.window_seconds', amount),
      ]);
    }
    case 'quota': {
      const { limit, period, timezone, per } = draft.quota;
      return read({ type: 'quota', limit: wholeOf(limit) ?? 0, period, timezone, per }, [
        ...notWhole('rule.limit', limit),
        ...missing('rule.timezone', timezone === ''),
      ]);
    }
    case 'require_approval':
      return readApproval(draft.approval);
  }
}

function readApproval(draft: Draft['approval']): Read<PolicyRule> {
  const { isEvery, approvers, quorum, amount, unit } = draft;
  const when = isEvery ? undefined : readConditions(draft.when, 'rule.when');
  return read(
    {
      type: 'require_approval',
      ...(when !== undefined && 'value' in when ? { when: when.value } : {}),
      approvers: [...approvers],
      quorum: wholeOf(quorum) ?? 0,
      expires_in_seconds: (wholeOf(amount) ?? 0) * UNITS[unit],
    },
    [
      ...(when?.problems ?? []),
      ...missing('rule.approvers', approvers.length === 0),
      ...notWhole('rule.quorum', quorum),
      ...notWhole('rule.expires_in_seconds', amount),
    ],
  );
}

function readConditions(draft: ConditionsDraft, at: string): Read<RequestConditions> {
  const { methods, hosts, paths, query, json } = draft;
  const isEmpty = [methods, hosts, paths, query, json].every((list) => list.length === 0);
  const names = query.map(({ name }) => name.trim());
  const values = json.map(readJson);
  const problems: Issue[] = [
    ...(isEmpty ? [{ path: at, message: policies.noCondition }] : []),
    ...query.flatMap((one, index) => [
      ...missing(`${at}.query.#${index}.name`, names[index] === ''),
      ...(names.indexOf(names[index] ?? '') < index
        ? [{ path: `${at}.query.#${index}.name`, message: policies.namedTwice }]
        : []),
      ...missing(`${at}.query.#${index}.values`, textsOfLines(one.values).length === 0),
    ]),
    ...values.flatMap((one, index) =>
      typeof one === 'string' ? [{ path: `${at}.json.${index}.value`, message: one }] : [],
    ),
  ];
  return read(
    {
      ...(methods.length === 0 ? {} : { methods: [...methods] }),
      ...(hosts.length === 0 ? {} : { hosts: [...hosts] }),
      ...(paths.length === 0 ? {} : { paths: [...paths] }),
      ...(query.length === 0
        ? {}
        : {
            query: Object.fromEntries(
              query.map((one, index) => [names[index] ?? '', textsOfLines(one.values)]),
            ),
          }),
      ...(json.length === 0 ? {} : { json: values.filter((one) => typeof one !== 'string') }),
    },
    problems,
  );
}

/** The condition, or what is wrong with its value. */
function readJson({ pointer, op, value }: JsonDraft): JsonCondition | string {
  if (value.trim() === '') return policies.needed;
  if (op === 'matches') return { pointer, op, value };
  const lines = value.split('\n').filter((line) => line.trim() !== '');
  if (op === 'in') return { pointer, op, value: lines.map(scalarOfLine) };
  const scalar = scalarOfLine(value.trim());
  if (op === 'equals') return { pointer, op, value: scalar };
  return typeof scalar === 'number' ? { pointer, op, value: scalar } : policies.number;
}

/** Whom it applies to, as it is sent; undefined while nothing is chosen. */
export function appliesTo({ to, id }: Scope): Policy['applies_to'] | undefined {
  if (to === 'app') return { app: true };
  if (id === '') return undefined;
  if (to === 'secret') return { secret_id: id };
  return to === 'grant' ? { grant_id: id } : { agent_id: id };
}

export type NewPolicy = Pick<Policy, 'name' | 'mode' | 'applies_to' | 'rule'>;

export function readDraft(draft: Draft): Read<NewPolicy> {
  const rule = readRule(draft);
  const to = appliesTo(draft.scope);
  const name = draft.name.trim();
  const problems = [
    ...missing('name', name === ''),
    ...missing(`applies_to.${draft.scope.to}_id`, to === undefined),
    ...rule.problems,
  ];
  return 'value' in rule && to !== undefined
    ? read({ name, mode: draft.mode, applies_to: to, rule: rule.value }, problems)
    : { problems };
}
