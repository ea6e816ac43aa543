/**
 * Rules of policies in words: the one way in which the command and the portal say what a rule does. Pure. Imports types only,
 * so that a client in the browser can load it alone.
 */
import type { Day, JsonCondition, PolicyRule, RequestConditions } from './policies.ts';

/** How an approver is called: a role, or a member by its id. */
export type ApproverName = (approver: string) => string;

const DAY_NAMES: Readonly<Record<Day, string>> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
};
const WEEK: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const UNITS = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;
const OPS: Readonly<Record<JsonCondition['op'], string>> = {
  equals: 'is',
  in: 'is one of',
  lte: 'is at most',
  gte: 'is at least',
  matches: 'matches',
};

/** What a rule does, as one sentence. */
export function ruleWords(rule: PolicyRule, nameOf: ApproverName = (approver) => approver): string {
  switch (rule.type) {
    case 'time_window':
      return `Calls pass only ${dayWords(rule.days)} ${hourWords(rule.from, rule.to)}, ${rule.timezone} time.`;
    case 'ip_allowlist':
      return `Calls pass only from ${either(rule.cidrs)}.`;
    case 'ip_denylist':
      return `Calls from ${either(rule.cidrs)} are denied.`;
    case 'request':
      return `Calls ${rule.effect === 'deny' ? 'are denied' : 'pass only'} if ${conditionWords(rule)}.`;
    case 'rate_limit': {
      const span = rule.window === 'fixed' ? 'each fixed' : 'any';
      return `At most ${calls(rule.limit)} in ${span} ${spanWords(rule.window_seconds)}, for each ${rule.per}.`;
    }
    case 'quota':
      return `At most ${calls(rule.limit)} in each ${rule.period}, ${rule.timezone} time, for each ${rule.per}.`;
    case 'require_approval': {
      const { when, approvers, quorum, expires_in_seconds: seconds } = rule;
      const held = when === undefined ? 'Every call is held' : `Calls are held if ${conditionWords(when)},`;
      const people = `${quorum === 1 ? 'one' : quorum} of ${list(approvers.map(nameOf), 'and')}`;
      return `${held} until ${people} ${quorum === 1 ? 'agrees' : 'agree'}; after ${spanWords(seconds, true)} without that they expire.`;
    }
  }
}

/** What follows from a rule and is easily missed, a sentence each. */
export function ruleNotes(rule: PolicyRule): string[] {
  const conditions =
    rule.type === 'request' ? rule : rule.type === 'require_approval' ? (rule.when ?? {}) : {};
  const notes: string[] = [];
  if (rule.type === 'time_window' && rule.to < rule.from)
    notes.push('A window past midnight belongs to the day on which it begins.');
  if ((rule.type === 'rate_limit' || rule.type === 'quota') && rule.per === 'caller')
    notes.push('The caller is the client’s own word: that is fairness within a key, and never a bound.');
  if (rule.type === 'require_approval') {
    notes.push(
      'While it is enforced, the grants it applies to work in proxy mode only.',
      'Whoever owns the key that called never counts among those who agree.',
    );
  } else if (conditions.json !== undefined)
    notes.push('It judges the body: while it is enforced, the grants it applies to work in proxy mode only.');
  if (conditions.paths !== undefined)
    notes.push('A path that servers may read in different ways, such as one with %2f, is denied.');
  return notes;
}

/** “Mon–Fri”, “Mon, Wed and Fri”, “daily”. */
function dayWords(days: readonly Day[]): string {
  if (WEEK.every((day) => days.includes(day))) return 'daily';
  const runs: Day[][] = [];
  for (const [index, day] of WEEK.entries()) {
    if (!days.includes(day)) continue;
    const before = WEEK[index - 1];
    const run = runs.at(-1);
    if (run !== undefined && before !== undefined && days.includes(before)) run.push(day);
    else runs.push([day]);
  }
  return list(
    runs.flatMap((run) => {
      const names = run.map((day) => DAY_NAMES[day]);
      return names.length > 2 ? [`${names[0]}–${names.at(-1)}`] : names;
    }),
    'and',
  );
}

function hourWords(from: string, to: string): string {
  if (from === '00:00' && to === '24:00') return 'at any hour';
  return `from ${from} to ${to}${to < from ? ' of the next day' : ''}`;
}

/** All of these hold. */
function conditionWords({ methods, hosts, paths, query, json }: RequestConditions): string {
  const parts = [
    ...(methods === undefined ? [] : [`the method is ${either(methods)}`]),
    ...(hosts === undefined ? [] : [`the host is ${either(hosts)}`]),
    ...(paths === undefined ? [] : [`the path is ${either(paths)}`]),
    ...Object.entries(query ?? {}).map(([name, values]) => `the parameter ${name} is ${either(values)}`),
    ...(json ?? []).map(jsonWords),
  ];
  return list(parts, 'and');
}

function jsonWords({ pointer, op, value }: JsonCondition): string {
  const what = pointer === '' ? 'the body' : `${pointer} of the body`;
  const values = Array.isArray(value) ? value : [value];
  const shown = op === 'matches' ? `/${value}/` : list(values.map(shownValue), 'or');
  return `${what} ${OPS[op]} ${shown}`;
}

const shownValue = (value: unknown): string => JSON.stringify(value);
const calls = (limit: number): string => `${limit.toLocaleString('en')} ${limit === 1 ? 'call' : 'calls'}`;
const either = (items: readonly string[]): string => list(items, 'or');

function list(items: readonly string[], last: 'and' | 'or'): string {
  if (items.length < 2) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}

/** “minute”, “10 seconds”; counted even where it is one: “1 hour”. */
function spanWords(seconds: number, isCounted = false): string {
  const [size, unit] = UNITS.find(([length]) => seconds % length === 0) ?? UNITS[3];
  const count = seconds / size;
  if (count === 1) return isCounted ? `1 ${unit}` : unit;
  return `${count.toLocaleString('en')} ${unit}s`;
}
