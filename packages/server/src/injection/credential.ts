/**
 * Judges a credential when it is stored: whether it has the fields that its type and rules need, and whether each
 * value can go where the rules put it (R6). Pure. Its messages name fields and never hold a value (I8).
 */
import type { CredentialType, ErrorIssue, InjectionRule } from '@alter-vault/contract';
import { Secret } from '../vault/secret.ts';
import { roleIssues } from '../aws/role.ts';
import { compileInjection, credentialFields } from './rules.ts';
import { FIELD_NAME, render } from './format.ts';
import { fieldsOfRules, hasDotSegment, partsOf } from './parse-rules.ts';

/** All values together, UTF-8. Far above any key; a header of more than 16 KiB is refused by most servers anyway. */
export const CREDENTIAL_BYTES_MAX = 64 * 1024;
export const CREDENTIAL_FIELDS_MAX = 32;

export interface CredentialToCheck {
  readonly credentialType: CredentialType;
  readonly credential: Readonly<Record<string, string>>;
  /** Have passed `parseInjection`. */
  readonly rules: readonly InjectionRule[];
  /** Fields that an echo may show. */
  readonly publicFields: readonly string[];
  /** Fields of the template that may be left out. */
  readonly optionalFields: ReadonlySet<string>;
}

/** Nothing when the credential can be stored. Paths begin with `credential` or `public_fields`. */
export function checkCredential(check: CredentialToCheck): readonly ErrorIssue[] {
  const values = new Map(Object.entries(check.credential));
  const issues = [...fieldIssues(check, values), ...publicIssues(check, values)];
  for (const [name, value] of values) {
    const problem = value === '' ? undefined : valueProblem(value);
    if (problem !== undefined) issues.push({ path: `credential.${name}`, message: problem });
  }
  if (check.credentialType === 'aws_sigv4') issues.push(...awsIssues(values));
  return issues.length > 0 ? issues : placeIssues(check, values);
}

/** The optional fields of a credential: those of its type and those of its template. */
export function optionalFieldsOf(
  credentialType: CredentialType,
  ofTemplate: Iterable<string>,
): ReadonlySet<string> {
  const ofType = credentialFields(credentialType).filter(({ isOptional }) => isOptional);
  return new Set([...ofType.map(({ name }) => name), ...ofTemplate]);
}

function fieldIssues(check: CredentialToCheck, values: ReadonlyMap<string, string>): ErrorIssue[] {
  const issues: ErrorIssue[] = [];
  const { credentialType, rules } = check;
  const optional = optionalFieldsOf(credentialType, check.optionalFields);
  const ofType =
    credentialType === 'aws_sigv4' ? credentialFields(credentialType).map(({ name }) => name) : [];
  const needed = new Set([...ofType, ...fieldsOfRules(rules)]);
  for (const name of needed) {
    if (!values.has(name) && !optional.has(name))
      issues.push({ path: `credential.${name}`, message: 'Is required.' });
  }
  for (const [name, value] of values) {
    const path = `credential.${name}`;
    if (!FIELD_NAME.test(name)) {
      issues.push({
        path,
        message: 'A field name is a letter, then letters, digits and underscores, all lower case.',
      });
    } else if (credentialType !== 'api_key' && !needed.has(name) && !optional.has(name)) {
      issues.push({
        path,
        message: `A credential of type ${credentialType} has no such field, and no rule uses it.`,
      });
    } else if (value === '' && !optional.has(name)) {
      issues.push({ path, message: 'Must not be empty.' });
    }
  }
  if (values.size > CREDENTIAL_FIELDS_MAX) {
    issues.push({ path: 'credential', message: `Has more than ${CREDENTIAL_FIELDS_MAX} fields.` });
  }
  const bytes = [...values.values()].reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  if (bytes > CREDENTIAL_BYTES_MAX) {
    issues.push({ path: 'credential', message: `Is larger than ${CREDENTIAL_BYTES_MAX / 1024} KiB.` });
  }
  return issues;
}

/** What is secret in any credential that has it: an echo of it is always redacted (P1). */
const NEVER_PUBLIC = new Set(['token', 'password', 'secret_access_key', 'session_token']);

function publicIssues(check: CredentialToCheck, values: ReadonlyMap<string, string>): ErrorIssue[] {
  const issues: ErrorIssue[] = [];
  check.publicFields.forEach((name, at) => {
    const path = `public_fields[${at}]`;
    if (NEVER_PUBLIC.has(name)) issues.push({ path, message: `The field ${name} is always secret.` });
    else if (!values.has(name) && !check.optionalFields.has(name)) {
      issues.push({ path, message: 'The credential has no such field.' });
    }
  });
  if (values.size > 0 && [...values.keys()].every((name) => check.publicFields.includes(name))) {
    issues.push({ path: 'public_fields', message: 'At least one field must be secret.' });
  }
  return issues;
}

// oxlint-disable-next-line no-control-regex -- the point of it
const CONTROL = /[\0-\x1f\x7f-\x9f]/;
const MASK = /^[*•●…]+$|[*•●…]{4,}|^[[<(]?(?:secret|redacted|masked|hidden)[\])>]$/iu;

function valueProblem(value: string): string | undefined {
  if (!value.isWellFormed()) return 'Is not well-formed Unicode (a lone surrogate).';
  if (/[\r\n]$/.test(value)) {
    return 'Ends with a line break, as a value read from a file often does. Store it without the line break.';
  }
  if (value.trim() !== value)
    return 'Begins or ends with white space, probably from copying. Store it without.';
  if (CONTROL.test(value)) return 'Holds a line break, a NUL or another control character.';
  if (MASK.test(value))
    return 'Looks like a masked value, not the credential. To leave it as it is, do not send it.';
  return undefined;
}

/** It stands before the first `/` of the credential scope, in a list that commas separate. */
const ACCESS_KEY_ID = /^[!-+\-.0-<>-~]{3,128}$/;
const AWS_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
const PRINTABLE = /^[!-~]+$/;

function awsIssues(values: ReadonlyMap<string, string>): ErrorIssue[] {
  const issues: ErrorIssue[] = [];
  const judge = (name: string, pattern: RegExp, message: string): void => {
    const value = values.get(name) ?? '';
    if (value !== '' && !pattern.test(value)) issues.push({ path: `credential.${name}`, message });
  };
  judge(
    'access_key_id',
    ACCESS_KEY_ID,
    'Is not an access key id: 3 to 128 printable characters without / , = or spaces.',
  );
  judge(
    'secret_access_key',
    /^(?!A[KS]IA[A-Z0-9]{16}$)[!-~]+$/,
    'Is not a secret access key. Is it the access key id?',
  );
  judge('session_token', PRINTABLE, 'Is not a session token: printable ASCII without spaces.');
  judge('region', AWS_NAME, 'Is not the name of an AWS region.');
  judge('service', AWS_NAME, 'Is not the signing name of an AWS service.');
  issues.push(...roleIssues(values));
  return issues;
}

/** What only shows in the place that a value goes to. The values are sound by themselves. */
function placeIssues(check: CredentialToCheck, values: ReadonlyMap<string, string>): ErrorIssue[] {
  const issues: ErrorIssue[] = [];
  const colon = 'A Basic user name can not hold a colon (RFC 7617).';
  for (const name of usernameFields(check.rules)) {
    if (values.get(name)?.includes(':')) issues.push({ path: `credential.${name}`, message: colon });
  }
  const optional = optionalFieldsOf(check.credentialType, check.optionalFields);
  const secrets = new Map([...values].map(([name, value]) => [name, Secret.fromText(value)]));
  const { path } = compileInjection(check.rules, optional);
  const rendered = path === null ? null : render(path.format, secrets);
  if (rendered !== null && (hasDotSegment(rendered) || rendered.includes('//'))) {
    issues.push({
      path: 'credential',
      message: 'A value would make an empty, "." or ".." segment of the path.',
    });
  }
  for (const secret of secrets.values()) secret.destroy();
  return issues;
}

/** Fields that stand before the colon of user name and password. */
function usernameFields(rules: readonly InjectionRule[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const rule of rules) {
    if (rule.in === 'basic') for (const name of fieldsOfRules([{ ...rule, password: '' }])) names.add(name);
    if (rule.in !== 'header') continue;
    for (const part of partsOf(rule.format)) if (part.kind === 'base64') names.add(part.first);
  }
  return names;
}
