/**
 * AssumeRole of AWS STS as a signed request, and its answer read: the temporary credential, or why there is none. Pure: sends
 * nothing. A refusal tells the caller what an operator must correct; what STS said in its own words goes to the log only.
 */
import { Secret } from '../vault/secret.ts';
import { Refusal } from '../refusal.ts';
import { serviceStyle } from './endpoint.ts';
import type { Role } from './role.ts';
import { isSignedByDefault, sign, type AwsCredential } from './sigv4.ts';
import { hash } from 'node:crypto';

const VERSION = '2011-06-15';
const CONTENT_TYPE = 'application/x-www-form-urlencoded; charset=utf-8';

export interface StsTarget {
  readonly scheme: 'https' | 'http';
  readonly authority: string;
}

export interface StsRequest {
  readonly method: 'POST';
  readonly path: '/';
  readonly headers: string[];
  readonly body: Buffer;
}

export interface TemporaryCredential {
  /** `access_key_id`, `secret_access_key`, `session_token`. */
  readonly fields: Map<string, Secret>;
  /** By the clock of STS, milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The regional endpoint of AWS in the partition of the role. A name that is no region of AWS (`auto`) gets the first one. */
export function stsEndpoint(roleArn: string, region: string): { origin: string; region: string } {
  const partition = roleArn.split(':')[1] ?? 'aws';
  const known = /^(?:[a-z]{2}|eusc)(?:-[a-z]+)+-\d{1,2}$/.test(region)
    ? region
    : (FIRST_REGION[partition] ?? 'us-east-1');
  return { origin: `https://sts.${known}.${SUFFIX[partition] ?? 'amazonaws.com'}`, region: known };
}

const SUFFIX: Readonly<Record<string, string>> = { 'aws-cn': 'amazonaws.com.cn', 'aws-eusc': 'amazonaws.eu' };
const FIRST_REGION: Readonly<Record<string, string>> = {
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-eusc': 'eusc-de-east-1',
};

export function assumeRoleRequest(
  role: Role,
  credential: AwsCredential,
  at: { readonly target: StsTarget; readonly region: string; readonly now: Date },
): StsRequest {
  const form = new URLSearchParams({
    Action: 'AssumeRole',
    Version: VERSION,
    RoleArn: role.arn,
    RoleSessionName: role.sessionName,
    DurationSeconds: String(role.durationSeconds),
  });
  if (role.externalId !== undefined) form.set('ExternalId', role.externalId);
  if (role.sessionPolicy !== undefined) form.set('Policy', role.sessionPolicy);
  role.tags.forEach(([key, value], index) => {
    form.set(`Tags.member.${index + 1}.Key`, key);
    form.set(`Tags.member.${index + 1}.Value`, value);
  });
  const body = Buffer.from(form.toString());
  const headers = ['Content-Type', CONTENT_TYPE, 'Accept-Encoding', 'identity'];
  const signed = sign({ method: 'POST', ...at.target, path: '/', query: '', headers }, credential, {
    ...serviceStyle('sts'),
    service: 'sts',
    region: at.region,
    now: at.now,
    payloadHash: hash('sha256', body),
    sessionTokenIsSigned: true,
    isSigned: isSignedByDefault,
  });
  return { method: 'POST', path: '/', headers: [...headers, ...signed.headers.flat()], body };
}

/** @throws Refusal where STS refused, or answered in a form that nobody knows */
export function readAssumeRole(
  answer: { readonly status: number; readonly body: Buffer },
  role: Role,
): TemporaryCredential {
  const xml = answer.body.toString('utf8');
  if (answer.status !== 200) throw refusalOf(answer.status, xml, role);
  const accessKeyId = element(xml, 'AccessKeyId');
  const secretAccessKey = element(xml, 'SecretAccessKey');
  const sessionToken = element(xml, 'SessionToken');
  const expiresAt = Date.parse(element(xml, 'Expiration') ?? '');
  if (!accessKeyId || !secretAccessKey || !sessionToken || Number.isNaN(expiresAt))
    throw new Refusal('role_refused', {
      message: 'AWS STS answered in a form that is not known.',
      hint: CHECK_ENDPOINT,
    });
  const fields = new Map([
    ['access_key_id', Secret.fromText(accessKeyId)],
    ['secret_access_key', Secret.fromText(secretAccessKey)],
    ['session_token', Secret.fromText(sessionToken)],
  ]);
  return { fields, expiresAt };
}

const CHECK_ENDPOINT = 'An operator checks sts_endpoint and region of the credential.';

/** The text of the first such element; its five entities undone. */
function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim();
  return text?.replace(/&(amp|lt|gt|quot|apos|#39);/g, (_, entity: string) => ENTITIES[entity] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  '#39': "'",
};

/** What a 401 is elsewhere: STS does not take the key that asked, whatever it may do. Another key may be taken. */
export class KeyRefused extends Refusal {}

const KEY_REFUSED =
  /^(?:InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClientException|AuthFailure|SignatureDoesNotMatch|ExpiredToken)/;

/** Codes that STS and compatible servers answer with, by what an operator does about them. */
const REASONS: readonly (readonly [RegExp, string, (role: Role) => string])[] = [
  [
    /^AccessDenied/,
    'AWS STS does not let this credential assume its role.',
    ({ externalId }) =>
      externalId === undefined
        ? 'The trust policy of the role must name this user, who needs sts:AssumeRole (and sts:TagSession for tags). If the policy asks for sts:ExternalId, store external_id with the credential.'
        : 'The external_id that is stored must be exactly what the trust policy asks for in sts:ExternalId, the policy must name this user, and the user needs sts:AssumeRole (and sts:TagSession for tags).',
  ],
  [
    /^(?:InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClientException|AuthFailure)$/,
    'AWS STS does not know the access key of this credential.',
    () => 'An operator stores a current access key; a new one takes AWS some seconds to know everywhere.',
  ],
  [
    /^(?:SignatureDoesNotMatch|IncompleteSignature)$/,
    'AWS STS refused the signature: the secret access key of this credential is wrong.',
    () => 'An operator stores the secret access key that belongs to the access key id.',
  ],
  [
    /^ExpiredToken/,
    'The session token of this credential has expired, so its role can not be assumed.',
    () => 'An operator stores a current session token, or the access key of a user.',
  ],
  [
    /^(?:RequestExpired|RequestTimeTooSkewed)$/,
    'AWS STS refused the time of the request.',
    () => 'An operator sets the clock of the database server right: the vault signs by it.',
  ],
  [
    /^RegionDisabled/,
    'AWS STS is not active in the region of this credential.',
    () => 'An operator activates it in the account, or stores another region.',
  ],
  [
    /^(?:NoSuchEntity|NoSuchRole)$/,
    'The role of this credential does not exist.',
    () => 'An operator checks role_arn.',
  ],
  [
    /^(?:MalformedPolicyDocument|PackedPolicyTooLarge)/,
    'AWS STS does not take the session policy or the tags of this credential.',
    () => 'An operator corrects or shortens session_policy and session_tags.',
  ],
  [
    /^(?:ValidationError|InvalidParameter|MalformedInput|InvalidArgument)/,
    'AWS STS does not take one of the role fields of this credential.',
    () =>
      'An operator checks role_arn, session_name and duration_seconds, which the role limits; the log of the vault has the words of STS.',
  ],
];

function refusalOf(status: number, xml: string, role: Role): Refusal {
  const code = /^\w{1,64}$/.exec(element(xml, 'Code') ?? '')?.[0] ?? 'unknown';
  const detail = `STS answered ${status} ${code}: ${(element(xml, 'Message') ?? '').slice(0, 500)}`;
  if (status >= 500 || status === 429 || /^(?:Throttl|RequestLimitExceeded|SlowDown)/.test(code))
    return new Refusal('unavailable', {
      message: 'AWS STS can not assume the role at the moment; nothing was sent to the target.',
      detail,
    });
  const RoleRefused = KEY_REFUSED.test(code) ? KeyRefused : Refusal;
  for (const [pattern, message, hintOf] of REASONS)
    if (pattern.test(code))
      return new RoleRefused('role_refused', { message: `${message} (${code})`, hint: hintOf(role), detail });
  return new Refusal('role_refused', {
    message: `AWS STS did not assume the role of this credential. (${code})`,
    detail,
  });
}
