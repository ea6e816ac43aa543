/**
 * Judges injection rules when they are stored (WIRE §5), so that `compileInjection` can take them as they are. Knows no
 * credential value. Pure; reports every problem with the path of the field instead of stopping at the first.
 */
import {
  PRESIGN_SECONDS_MAX,
  type CredentialType,
  type ErrorIssue,
  type InjectionRule,
} from '@alter-vault/contract';
import { credentialFields } from './rules.ts';
import { fieldsOf, parseFormat, type FormatPart } from './format.ts';
import { headerSlot, querySlot } from './slots.ts';

/** More than any known API asks for (three). */
export const RULES_MAX = 16;
/** Longer than any real prefix of a token, short enough to read in an approval. */
export const FORMAT_CHARACTERS_MAX = 1024;
export const NAME_CHARACTERS_MAX = 128;

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const AWS_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
// oxlint-disable-next-line no-control-regex -- the point of it
const CONTROL = /[\0-\x1f\x7f-\x9f]/;

/**
 * Never injected: they frame the message or belong to one connection (RFC 9110 section 7.6.1), decide how the answer
 * can be read, or make an upstream act on another method, address or origin than policy has judged (R4).
 */
const FORBIDDEN_HEADERS = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-url',
  'x-rewrite-url',
]);
const FORBIDDEN_PREFIXES = ['alter-', 'proxy-', 'x-forwarded-'];

/** Filled by an aws_sigv4 rule. */
const AWS_HEADER_SLOTS = ['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'];

export interface RuleContext {
  readonly credentialType: CredentialType;
  /** The fields of the template; without one, those of the credential type, and any for `api_key`. */
  readonly fields?: ReadonlySet<string> | undefined;
}

export interface ParsedInjection {
  /** Empty where there is an issue. */
  readonly rules: readonly InjectionRule[];
  readonly issues: readonly ErrorIssue[];
}

/** `value`: the `injection` of a request body or of a template whose variables are filled in. */
export function parseInjection(value: unknown, context: RuleContext): ParsedInjection {
  const issues: ErrorIssue[] = [];
  const report = (path: string, message: string): void => void issues.push({ path, message });
  if (!Array.isArray(value) || value.length === 0 || value.length > RULES_MAX) {
    report('injection', `Must be a list of 1 to ${RULES_MAX} rules.`);
    return { rules: [], issues };
  }
  const rules: InjectionRule[] = [];
  value.forEach((item: unknown, at) => {
    const rule = new RuleReader(item, `injection[${at}]`, report).read(context);
    if (rule !== undefined) rules.push(rule);
  });
  if (issues.length === 0) judgeTogether(rules, context, report);
  return issues.length === 0 ? { rules, issues } : { rules: [], issues };
}

/** The fields that rules name, each once. `rules` have passed `parseInjection`. */
export function fieldsOfRules(rules: readonly InjectionRule[]): ReadonlySet<string> {
  return new Set(rules.flatMap(formatsOf).flatMap((format) => fieldsOf(partsOf(format))));
}

export function partsOf(format: string): readonly FormatPart[] {
  const parsed = parseFormat(format);
  return parsed.ok ? parsed.parts : [];
}

function formatsOf(rule: InjectionRule): readonly string[] {
  if (rule.in === 'aws_sigv4') return [];
  return rule.in === 'basic' ? [rule.username, rule.password] : [rule.format];
}

type Report = (path: string, message: string) => void;

/** What no rule shows by itself: slots used twice, order, and whether the credential is used at all. */
function judgeTogether(rules: readonly InjectionRule[], context: RuleContext, report: Report): void {
  const taken = new Set<string>();
  rules.forEach((rule, at) => {
    const slots = slotsOf(rule);
    if (slots.some((slot) => taken.has(slot)))
      report(`injection[${at}]`, 'Fills a slot that an earlier rule fills.');
    for (const slot of slots) taken.add(slot);
    if (rule.in === 'aws_sigv4' && at !== rules.length - 1) {
      report(`injection[${at}]`, 'Must come last: it signs what the other rules have made.');
    }
  });
  const hasAws = rules.some((rule) => rule.in === 'aws_sigv4');
  if (hasAws !== (context.credentialType === 'aws_sigv4')) {
    report('injection', 'An aws_sigv4 rule goes with the credential type aws_sigv4, and only with it.');
  } else if (!hasAws && fieldsOfRules(rules).size === 0) {
    report('injection', 'No rule puts a field of the credential into the request.');
  }
}

function slotsOf(rule: InjectionRule): readonly string[] {
  if (rule.in === 'aws_sigv4') return AWS_HEADER_SLOTS.map((name) => `header ${name}`);
  if (rule.in === 'basic') return ['header authorization'];
  if (rule.in === 'path') return ['path'];
  return [rule.in === 'header' ? `header ${headerSlot(rule.name)}` : `query ${querySlot(rule.name)}`];
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  header: ['in', 'name', 'format'],
  query: ['in', 'name', 'format'],
  path: ['in', 'mode', 'format'],
  basic: ['in', 'username', 'password'],
  aws_sigv4: ['in', 'service', 'region', 'services', 'regions', 'presign_seconds_max'],
};

/** Reads one rule; each of its methods reports what is wrong with its part. */
class RuleReader {
  readonly #source: ReadonlyMap<string, unknown>;
  readonly #path: string;
  readonly #report: Report;

  constructor(item: unknown, path: string, report: Report) {
    this.#source = new Map(item !== null && typeof item === 'object' ? Object.entries(item) : []);
    this.#path = path;
    this.#report = report;
  }

  read(context: RuleContext): InjectionRule | undefined {
    const kind = this.#source.get('in');
    const keys = typeof kind === 'string' && Object.hasOwn(KEYS, kind) ? KEYS[kind] : undefined;
    if (keys === undefined) {
      this.#report(`${this.#path}.in`, 'Must be header, query, path, basic or aws_sigv4.');
      return undefined;
    }
    for (const key of this.#source.keys()) {
      if (!keys.includes(key)) this.#report(`${this.#path}.${key}`, 'Unknown field.');
    }
    if (kind === 'header') return { in: kind, name: this.#headerName(), format: this.#headerFormat(context) };
    if (kind === 'query')
      return { in: kind, name: this.#queryName(), format: this.#format('format', context) };
    if (kind === 'path') return { in: kind, mode: this.#mode(), format: this.#pathFormat(context) };
    if (kind === 'basic') return this.#basic(context);
    // What was not given is absent, not undefined: the rule becomes canonical JSON under the row's MAC.
    return {
      in: 'aws_sigv4',
      ...this.#awsName('service'),
      ...this.#awsName('region'),
      ...this.#awsNames('services', 'service'),
      ...this.#awsNames('regions', 'region'),
      ...this.#presignSecondsMax(),
    };
  }

  #text(key: string): string {
    const value = this.#source.get(key);
    if (typeof value === 'string') return value;
    this.#report(`${this.#path}.${key}`, 'Must be a text.');
    return '';
  }

  #name(): string {
    const name = this.#text('name');
    if (name.length > NAME_CHARACTERS_MAX) {
      this.#report(`${this.#path}.name`, `Is longer than ${NAME_CHARACTERS_MAX} characters.`);
    }
    return name;
  }

  #headerName(): string {
    const name = this.#name();
    const slot = headerSlot(name);
    if (!TOKEN.test(name)) this.#report(`${this.#path}.name`, 'Is not a header name (a token of RFC 9110).');
    else if (FORBIDDEN_HEADERS.has(slot) || FORBIDDEN_PREFIXES.some((prefix) => slot.startsWith(prefix))) {
      this.#report(
        `${this.#path}.name`,
        'This header belongs to the connection or to the vault and is never injected.',
      );
    }
    return name;
  }

  #queryName(): string {
    const name = this.#name();
    if (
      name === '' ||
      CONTROL.test(name) ||
      /\s/.test(name) ||
      !name.isWellFormed() ||
      querySlot(name) === ''
    ) {
      this.#report(`${this.#path}.name`, 'Must be the name of a query parameter, not yet percent-encoded.');
    }
    return name;
  }

  #mode(): 'prefix' | 'replace' {
    const mode = this.#source.get('mode');
    if (mode === 'prefix' || mode === 'replace') return mode;
    this.#report(`${this.#path}.mode`, 'Must be prefix or replace.');
    return 'prefix';
  }

  #format(key: string, context: RuleContext): string {
    const format = this.#text(key);
    const path = `${this.#path}.${key}`;
    const parsed = parseFormat(format);
    if (format.length > FORMAT_CHARACTERS_MAX)
      this.#report(path, `Is longer than ${FORMAT_CHARACTERS_MAX} characters.`);
    else if (CONTROL.test(format)) this.#report(path, 'Holds a control character.');
    else if (!parsed.ok) this.#report(path, `The format ${parsed.problem}.`);
    else for (const name of fieldsOf(parsed.parts)) this.#judgeField(name, path, context);
    return format;
  }

  #judgeField(name: string, path: string, { credentialType, fields }: RuleContext): void {
    // What leaves for AWS is a signature: even a key that may not have credentials released gets it (WIRE §8).
    if (credentialType === 'aws_sigv4') {
      this.#report(
        path,
        'An AWS credential is only ever signed with; no field of it may be put into a request.',
      );
    } else if (fields === undefined && credentialType === 'api_key') {
      return; // checkCredential finds out whether the credential has it.
    } else if (!(fields ?? namesOf(credentialType)).has(name)) {
      this.#report(path, `Names the field ${name}, which this credential does not have.`);
    }
  }

  #headerFormat(context: RuleContext): string {
    const format = this.#format('format', context);
    if (format.trim() === '' || format.trim() !== format) {
      this.#report(`${this.#path}.format`, 'Must not be empty, nor begin or end with white space.');
    }
    return format;
  }

  #pathFormat(context: RuleContext): string {
    const format = this.#format('format', context);
    const literals = partsOf(format).map((part) => (part.kind === 'literal' ? part.text : 'x'));
    const sample = literals.join('');
    const isPath = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/.test(sample);
    if (
      !isPath ||
      sample.includes('//') ||
      /%(?:2f|5c|25|[01][0-9a-f]|7f)/i.test(sample) ||
      hasDotSegment(sample)
    ) {
      this.#report(
        `${this.#path}.format`,
        'Must be an absolute path, percent-encoded, without query, empty or dot segments or encoded slashes.',
      );
    }
    return format;
  }

  #basic(context: RuleContext): InjectionRule {
    const username = this.#format('username', context);
    const password = this.#format('password', context);
    if (username === '') this.#report(`${this.#path}.username`, 'Must not be empty.');
    if (partsOf(username).some((part) => part.kind === 'literal' && part.text.includes(':'))) {
      this.#report(`${this.#path}.username`, 'A Basic user name can not hold a colon (RFC 7617).');
    }
    return { in: 'basic', username, password };
  }

  #awsName(key: 'service' | 'region'): Readonly<Record<string, string>> {
    const value = this.#source.get(key);
    if (value === undefined) return {};
    if (typeof value === 'string' && AWS_NAME.test(value)) return { [key]: value };
    this.#report(`${this.#path}.${key}`, `Is not the name of an AWS ${key}.`);
    return {};
  }

  #awsNames(key: 'services' | 'regions', single: 'service' | 'region'): Readonly<Record<string, string[]>> {
    const value = this.#source.get(key);
    if (value === undefined) return {};
    const names = Array.isArray(value)
      ? value.filter((name: unknown): name is string => typeof name === 'string' && AWS_NAME.test(name))
      : [];
    if (!Array.isArray(value) || names.length === 0 || names.length !== value.length) {
      this.#report(`${this.#path}.${key}`, `Must be a list of names of AWS ${key}.`);
      return {};
    }
    const pinned = this.#source.get(single);
    if (typeof pinned === 'string' && !names.includes(pinned))
      this.#report(`${this.#path}.${key}`, `Does not hold the ${single} that the rule signs for.`);
    return { [key]: [...new Set(names)] };
  }

  #presignSecondsMax(): { readonly presign_seconds_max?: number } {
    const value = this.#source.get('presign_seconds_max');
    if (value === undefined) return {};
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= PRESIGN_SECONDS_MAX)
      return { presign_seconds_max: value };
    this.#report(
      `${this.#path}.presign_seconds_max`,
      `Must be a whole number of seconds from 0 to ${PRESIGN_SECONDS_MAX}.`,
    );
    return {};
  }
}

function namesOf(credentialType: CredentialType): ReadonlySet<string> {
  return new Set(credentialFields(credentialType).map(({ name }) => name));
}

/** Dots may be written `%2e`; URL parsers collapse such segments all the same. */
export function hasDotSegment(path: string): boolean {
  return path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}
