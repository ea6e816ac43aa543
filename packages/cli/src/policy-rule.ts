/**
 * Rules of policies from the command line: a JSON file, or options for the common ones. Which rule is meant must be
 * plain: an option that belongs to another rule is refused. What the rule may hold is the vault's to say.
 */
import type { Command } from 'commander';
import { collect, given, type Shared, wholeNumber } from './command.ts';
import { readFileText, readStdin } from './credential-input.ts';
import { usage } from './failure.ts';
import type { Row } from './output.ts';
import type { Io } from './run.ts';
import { isRow } from './vault-api.ts';

export interface RuleOptions extends Shared {
  readonly rule?: string;
  readonly timeWindow?: string;
  readonly timezone?: string;
  readonly ipAllow?: readonly string[];
  readonly ipDeny?: readonly string[];
  readonly rateLimit?: string;
  readonly quota?: string;
  readonly per?: string;
  readonly approvalBy?: readonly string[];
  readonly quorum?: string;
  readonly approvalSeconds?: string;
  readonly allowOnly?: boolean;
  readonly deny?: boolean;
  readonly method?: readonly string[];
  readonly host?: readonly string[];
  readonly path?: readonly string[];
}

type Name = Exclude<keyof RuleOptions, keyof Shared>;

interface Kind {
  readonly name: Name;
  /** The further options that belong to it. */
  readonly takes: readonly Name[];
  readonly make: (options: RuleOptions) => Row;
}

const CONDITIONS = ['method', 'host', 'path'] as const;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

const KINDS: readonly Kind[] = [
  { name: 'timeWindow', takes: ['timezone'], make: timeWindowOf },
  { name: 'ipAllow', takes: [], make: ({ ipAllow }) => ({ type: 'ip_allowlist', cidrs: ipAllow }) },
  { name: 'ipDeny', takes: [], make: ({ ipDeny }) => ({ type: 'ip_denylist', cidrs: ipDeny }) },
  { name: 'rateLimit', takes: ['per'], make: rateLimitOf },
  { name: 'quota', takes: ['per', 'timezone'], make: quotaOf },
  { name: 'approvalBy', takes: ['quorum', 'approvalSeconds', ...CONDITIONS], make: approvalOf },
  { name: 'allowOnly', takes: CONDITIONS, make: (options) => requestOf('allow_only', options) },
  { name: 'deny', takes: CONDITIONS, make: (options) => requestOf('deny', options) },
];

const OTHERS: readonly Name[] = ['timezone', 'per', 'quorum', 'approvalSeconds', ...CONDITIONS];

export function withRule(command: Command): Command {
  return command
    .option('--rule <file|->', 'the rule as JSON, from a file or from standard input; see docs/policies.md')
    .option('--time-window <"days from-to">', 'only then, such as "mon-fri 09:00-17:00"; needs --timezone')
    .option('--timezone <zone>', 'of --time-window, or of --quota (UTC by default), such as Europe/Berlin')
    .option('--ip-allow <cidr>', 'only from this network; repeatable', collect)
    .option('--ip-deny <cidr>', 'not from this network; repeatable', collect)
    .option('--rate-limit <n/window>', 'at most so many calls in any such time, such as 60/1m or 5/10s')
    .option('--quota <n/period>', 'at most so many calls in each hour, day or month, such as 1000/day')
    .option('--per <whom>', 'counted for each grant (by default), agent, key or caller')
    .option('--approval-by <role|member_id>', 'hold calls until they approve; repeatable', collect)
    .option('--quorum <n>', 'how many of them must approve, 1 by default')
    .option('--approval-seconds <n>', 'how long they may take, 3600 by default')
    .option('--allow-only', 'only calls that --method, --host and --path name')
    .option('--deny', 'no calls that --method, --host and --path name')
    .option('--method <method>', 'with --allow-only, --deny, --approval-by: this method; repeatable', collect)
    .option('--host <host>', 'likewise: this host, such as *.example.com; repeatable', collect)
    .option('--path <glob>', 'likewise: this path, such as /v1/payments/**; repeatable', collect);
}

/** The rule that the options describe; undefined where none of them is there. */
export async function readRule(options: RuleOptions, io: Io): Promise<Row | undefined> {
  const kinds = KINDS.filter(({ name }) => options[name] !== undefined);
  const count = kinds.length + (options.rule === undefined ? 0 : 1);
  if (count > 1)
    throw usage('These options are more than one rule.', 'A policy has one rule: make a policy for each.');
  const [kind] = kinds;
  const stray = OTHERS.find((name) => options[name] !== undefined && !kind?.takes.includes(name));
  if (stray !== undefined) throw usage(`${flagOf(stray)} does nothing here.`, hintFor(stray));
  if (options.rule !== undefined) return readRuleFile(options.rule, io);
  return kind?.make(options);
}

const flagOf = (name: Name): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function hintFor(name: Name): string {
  const owners = KINDS.filter(({ takes }) => takes.includes(name)).map((kind) => flagOf(kind.name));
  return `It goes with ${owners.join(' or ')}; in a --rule file it is a field of the rule.`;
}

async function readRuleFile(path: string, io: Io): Promise<Row> {
  const rule = parseJson(path === '-' ? await readStdin(io) : await readFileText(path));
  if (isRow(rule)) return rule;
  throw usage('--rule holds no JSON object.', 'For example {"type":"quota","limit":1000,"period":"day"}.');
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function timeWindowOf({ timeWindow = '', timezone }: RuleOptions): Row {
  const example = 'For example --time-window "mon-fri 09:00-17:00" --timezone Europe/Berlin.';
  const [, days, from, to] = /^(\S+) +(\d\d:\d\d)-(\d\d:\d\d)$/.exec(timeWindow.trim().toLowerCase()) ?? [];
  if (days === undefined) throw usage('--time-window takes days and hours.', example);
  if (timezone === undefined) throw usage('A time window needs --timezone: whose hours are meant?', example);
  return { type: 'time_window', timezone, days: daysOf(days, example), from, to };
}

/** `mon-fri`, `sat,sun`, `fri-mon`, `daily`. */
function daysOf(text: string, example: string): string[] {
  if (text === 'daily') return DAYS;
  const days = text.split(',').flatMap((part) => {
    const [first = '', last = first, ...more] = part.split('-');
    const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
    if (from === -1 || to === -1 || more.length > 0)
      throw usage('Days are mon, tue, wed, thu, fri, sat, sun, ranges of them, or daily.', example);
    return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, at) => DAYS[(from + at) % 7] ?? first);
  });
  return DAYS.filter((day) => days.includes(day));
}

function rateLimitOf({ rateLimit = '', per }: RuleOptions): Row {
  const [, limit, count = '', unit = ''] = /^(\d+)\/(\d*)([smhd])$/.exec(rateLimit) ?? [];
  const seconds = Number(count || 1) * (UNITS[unit] ?? 0);
  if (limit === undefined || seconds === 0)
    throw usage(
      '--rate-limit takes calls and a time.',
      'For example --rate-limit 60/1m; units are s, m, h, d.',
    );
  return given({ type: 'rate_limit', limit: Number(limit), window_seconds: seconds, per });
}

function quotaOf({ quota = '', per, timezone }: RuleOptions): Row {
  const [, limit, period] = /^(\d+)\/(hour|day|month)$/.exec(quota) ?? [];
  if (limit === undefined)
    throw usage(
      '--quota takes calls and a period.',
      'For example --quota 1000/day; periods are hour, day, month.',
    );
  return given({ type: 'quota', limit: Number(limit), period, timezone, per });
}

function approvalOf({ approvalBy, quorum, approvalSeconds, ...options }: RuleOptions): Row {
  const when = conditionsOf(options);
  return given({
    type: 'require_approval',
    when: Object.keys(when).length === 0 ? undefined : when,
    approvers: approvalBy,
    quorum: quorum === undefined ? undefined : wholeNumber('--quorum', quorum, 1),
    expires_in_seconds:
      approvalSeconds === undefined ? undefined : wholeNumber('--approval-seconds', approvalSeconds, 1),
  });
}

function requestOf(effect: 'allow_only' | 'deny', options: RuleOptions): Row {
  const conditions = conditionsOf(options);
  if (Object.keys(conditions).length === 0)
    throw usage(
      'Which calls? --method, --host or --path is needed.',
      'For example --deny --method DELETE. Conditions on query and body go into a --rule file.',
    );
  return { type: 'request', effect, ...conditions };
}

const conditionsOf = ({ method, host, path }: RuleOptions): Row =>
  given({ methods: method?.map((name) => name.toUpperCase()), hosts: host, paths: path });
