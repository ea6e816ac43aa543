/**
 * The role of an AWS credential (WIRE §5): its fields judged when they are stored, and read for a call with the session name
 * that the call gets. Pure. Says nothing of how the role is assumed (sts.ts).
 */
import type { ErrorIssue } from '@alter-vault/contract';
import { ROLE_FIELDS, type RoleField } from '@alter-vault/contract/role-fields';
import type { Secret } from '../vault/secret.ts';

/** Limits of AssumeRole. */
const DURATION_SECONDS = { min: 900, max: 43_200, default: 3600 } as const;
const SESSION_NAME_CHARACTERS_MAX = 64;
const SESSION_POLICY_CHARACTERS_MAX = 2048;
const TAGS_MAX = 50;
const TAG_KEY_CHARACTERS_MAX = 128;
const TAG_VALUE_CHARACTERS_MAX = 256;

/** Ceph has roles without an account. */
const ROLE_ARN = /^arn:[a-z0-9-]+:iam::[\w-]*:role\/[\w+=,.@/-]{1,512}$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const ENDPOINT = /^https?:\/\/[^/?#@\\\s]+$/;
const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Who makes the call, for the session name and the tags. */
export interface RoleCaller {
  /** The client's own word. */
  readonly caller: string | null;
  readonly agent: string | null;
  readonly keyPrefix: string | null;
  readonly grantId: string | null;
}

const PLACEHOLDERS = {
  caller: ({ caller, agent }: RoleCaller) => caller ?? agent ?? 'app',
  agent: ({ agent }: RoleCaller) => agent ?? 'app',
  key: ({ keyPrefix }: RoleCaller) => keyPrefix ?? 'vault',
  grant: ({ grantId }: RoleCaller) => grantId ?? 'none',
} as const;
const PLACEHOLDER = /\{([^{}]*)\}/g;
const SESSION_NAME = 'alter-{caller}';

/** All inputs of one AssumeRole, but for the credential that asks. */
export interface Role {
  readonly arn: string;
  readonly externalId: string | undefined;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly sessionPolicy: string | undefined;
  readonly tags: readonly (readonly [string, string])[];
  /** `https://host[:port]`; undefined for the regional endpoint of AWS. */
  readonly endpoint: string | undefined;
}

/** Undefined where the credential assumes none. The fields have passed `roleIssues`. */
export function roleOf(fields: ReadonlyMap<string, Secret>, who: RoleCaller): Role | undefined {
  const read = (name: string): string | undefined => fields.get(name)?.revealText() || undefined;
  const arn = read('role_arn');
  if (arn === undefined) return undefined;
  return {
    arn,
    externalId: read('external_id'),
    sessionName: filled(read('session_name') ?? SESSION_NAME, who, /[^\w+=,.@-]+/g)
      .slice(0, SESSION_NAME_CHARACTERS_MAX)
      .padEnd(2, '-'),
    durationSeconds: Number(read('duration_seconds') ?? DURATION_SECONDS.default),
    sessionPolicy: read('session_policy'),
    tags: tagsOf(read('session_tags') ?? '{}').map(([key, value]): readonly [string, string] => [
      key,
      filled(value, who, /[^\p{L}\p{Z}\p{N}_.:/=+\-@]+/gu).slice(0, TAG_VALUE_CHARACTERS_MAX),
    ]),
    endpoint: read('sts_endpoint'),
  };
}

/** What STS would refuse in a value becomes a dash. */
function filled(template: string, who: RoleCaller, refused: RegExp): string {
  return template.replace(PLACEHOLDER, (whole, name: string) =>
    isPlaceholder(name) ? PLACEHOLDERS[name](who).replace(refused, '-') : whole,
  );
}

const isPlaceholder = (name: string): name is keyof typeof PLACEHOLDERS => Object.hasOwn(PLACEHOLDERS, name);

/** Paths begin with `credential`; the messages hold no value. */
export function roleIssues(values: ReadonlyMap<string, string>): ErrorIssue[] {
  const issues: ErrorIssue[] = [];
  const given = ROLE_FIELDS.filter((name) => (values.get(name) ?? '') !== '');
  if (given.length > 0 && !given.includes('role_arn'))
    issues.push({ path: 'credential.role_arn', message: `Is needed with ${given.join(', ')}.` });
  for (const name of given) {
    const message = ROLE_PROBLEMS[name](values.get(name) ?? '');
    if (message !== undefined) issues.push({ path: `credential.${name}`, message });
  }
  return issues;
}

type Judge = (value: string) => string | undefined;
const unless =
  (pattern: RegExp, message: string): Judge =>
  (value) =>
    pattern.test(value) ? undefined : message;

const ROLE_PROBLEMS: Readonly<Record<RoleField, Judge>> = {
  role_arn: unless(ROLE_ARN, 'Is not the ARN of a role: arn:aws:iam::123456789012:role/name.'),
  external_id: unless(EXTERNAL_ID, 'Is not an external id: 2 to 1224 letters, digits and _+=,.@:/-'),
  session_name: (value) =>
    placeholderProblem(value) ??
    (/^[\w+=,.@-]*$/.test(value.replace(PLACEHOLDER, '')) && value.length <= SESSION_NAME_CHARACTERS_MAX
      ? undefined
      : `Must be at most ${SESSION_NAME_CHARACTERS_MAX} letters, digits, _+=,.@- and placeholders.`),
  duration_seconds: (value) => {
    const seconds = /^\d{1,6}$/.test(value) ? Number(value) : 0;
    const { min, max } = DURATION_SECONDS;
    return seconds >= min && seconds <= max ? undefined : `Must be a whole number from ${min} to ${max}.`;
  },
  session_policy: (value) =>
    value.length > SESSION_POLICY_CHARACTERS_MAX || objectOf(value) === undefined
      ? `Must be a policy in JSON of at most ${SESSION_POLICY_CHARACTERS_MAX} characters.`
      : undefined,
  session_tags: tagsProblem,
  sts_endpoint: unless(
    ENDPOINT,
    'Must be https:// and a host, with a port where it is not 443, and no path.',
  ),
};

function placeholderProblem(template: string): string | undefined {
  for (const [, name = ''] of template.matchAll(PLACEHOLDER)) {
    if (!isPlaceholder(name))
      return `Names {${/^\w{1,40}$/.test(name) ? name : '…'}}; there are {caller}, {agent}, {key} and {grant}.`;
  }
  return undefined;
}

function tagsProblem(value: string): string | undefined {
  const tags = objectOf(value);
  if (tags === undefined) return 'Must be a JSON object of tag names and texts.';
  const entries = Object.entries(tags);
  if (entries.length > TAGS_MAX) return `Has more than ${TAGS_MAX} tags.`;
  for (const [key, text] of entries) {
    if (typeof text !== 'string') return 'Must be a JSON object of tag names and texts.';
    const problem = placeholderProblem(text);
    if (problem !== undefined) return problem;
    const isKey = key !== '' && key.length <= TAG_KEY_CHARACTERS_MAX && TAG.test(key);
    if (!isKey || text.length > TAG_VALUE_CHARACTERS_MAX || !TAG.test(text.replace(PLACEHOLDER, '')))
      return 'Has a tag that AWS does not take: letters, digits, spaces and _.:/=+-@ only.';
  }
  return undefined;
}

const tagsOf = (json: string): [string, string][] =>
  Object.entries(objectOf(json) ?? {}).map(([key, value]) => [key, String(value)]);

function objectOf(json: string): object | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
