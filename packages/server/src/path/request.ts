/**
 * Parses what callers send on the data plane into a CallRequest, and refuses what two parsers could read in two ways
 * (R6, R9, WIRE §9). Neither judges nor does anything.
 */
import { schemas } from '@alter-vault/contract';
import { parseContext, parseContextText } from '../audit/context.ts';
import type { CallerRequest } from '../front/caller.ts';
import { perName } from '../header-names.ts';
import { isUuid } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import { carriesKey, forwardedHeaders } from './headers.ts';
import type { CallRequest } from './parts.ts';
import { parseTarget } from './target.ts';

const REASON_CHARS_MAX = 2048;
const CALLER_CHARS_MAX = 256;
const TIMEOUT_MS_MAX = 24 * 3600 * 1000;

const ALTER_HEADERS = [
  'alter-grant',
  'alter-url',
  'alter-reason',
  'alter-context',
  'alter-caller',
  'alter-timeout-ms',
] as const;
/** Where each stands in `ALTER_HEADERS`, and in what was collected of them. */
const [GRANT, URL_OF_TARGET, REASON, CONTEXT, CALLER, TIMEOUT_MS] = [0, 1, 2, 3, 4, 5] as const;
const [NO_ALTER_HEADER, UNKNOWN_ALTER_HEADER] = [-1, -2] as const;
const placeOf = perName((name): number => {
  const lower = name.toLowerCase();
  if (!lower.startsWith('alter-')) return NO_ALTER_HEADER;
  const place = ALTER_HEADERS.findIndex((known) => known === lower);
  return place < 0 ? UNKNOWN_ALTER_HEADER : place;
});
/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** CONNECT makes a tunnel and TRACE echoes credentials: neither is a call (R9). */
const METHODS_REFUSED = new Set(['CONNECT', 'TRACE', 'TRACK']);
/** RFC 9110 §5.5 less obs-text, which passes as it is. */
// oxlint-disable-next-line no-control-regex -- the control characters are the point
const BAD_VALUE = /[\0-\x08\x0a-\x1f\x7f]/;
// oxlint-disable-next-line no-control-regex -- the control characters are the point
const CONTROL = /[\0-\x1f\x7f]/;

export interface ProxyRequest extends CallRequest {
  readonly timeoutMs: number | undefined;
}

const refuse = (path: string, message: string): Refusal =>
  new Refusal('invalid_request', { issues: [{ path, message }] });

export function parseProxyRequest(request: CallerRequest, callerKey: string): ProxyRequest {
  const alter = collectAlterHeaders(request.rawHeaders);
  const method = request.method ?? '';
  checkMethod(method);
  return {
    mode: 'proxy',
    grantId: parseGrantId(alter[GRANT], 'Alter-Grant'),
    method,
    target: parseTarget(required(alter[URL_OF_TARGET], 'Alter-Url'), { allowEmptySegments: true }),
    headers: forwardedHeaders(request.rawHeaders, callerKey),
    reason: parseText(alter[REASON], 'Alter-Reason', REASON_CHARS_MAX),
    context: parseAlterContext(alter[CONTEXT]),
    caller: parseText(alter[CALLER], 'Alter-Caller', CALLER_CHARS_MAX),
    timeoutMs: parseTimeout(alter[TIMEOUT_MS]),
  };
}

export interface ReleaseRequest extends CallRequest {
  readonly bodySha256: string | undefined;
  /** As the client named them, whether they are forwarded or not. */
  readonly headerNames: readonly string[];
  /** Those whose value is the caller's own key, or holds it. */
  readonly namesWithKey: ReadonlySet<string>;
}

/** `body` is the parsed JSON of POST /v1/requests. */
export function parseReleaseRequest(body: unknown, callerKey: string): ReleaseRequest {
  const parsed = schemas.releaseRequest.safeParse(body);
  if (!parsed.success) {
    throw new Refusal('invalid_request', {
      issues: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    });
  }
  const fields = parsed.data;
  checkMethod(fields.method);
  const named = Object.entries(fields.headers ?? {});
  return {
    mode: 'request',
    grantId: fields.grant_id,
    method: fields.method,
    target: parseTarget(fields.url, { field: 'url', allowEmptySegments: true }),
    headers: forwardedHeaders(parseHeaderObject(fields.headers ?? {}), callerKey),
    reason: checkText(fields.reason, 'reason'),
    context: fields.context === undefined ? null : parseContext(fields.context),
    caller: checkText(fields.caller, 'caller'),
    bodySha256: parseBodySha256(fields.body_sha256),
    presignSeconds: fields.presign?.expires_in_seconds,
    headerNames: named.map(([name]) => name),
    namesWithKey: new Set(named.flatMap(([name, value]) => (carriesKey(value, callerKey) ? [name] : []))),
  };
}

function collectAlterHeaders(rawHeaders: readonly string[]): readonly (string | undefined)[] {
  const found = ALTER_HEADERS.map((): string | undefined => undefined);
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const place = placeOf(name);
    if (place === NO_ALTER_HEADER) continue;
    if (place === UNKNOWN_ALTER_HEADER)
      throw refuse(name, `is not known; the headers are ${ALTER_HEADERS.join(', ')}`);
    if (found[place] !== undefined) throw refuse(name, 'must be sent at most once');
    found[place] = rawHeaders[i + 1] ?? '';
  }
  return found;
}

function required(value: string | undefined, shown: string): string {
  if (value === undefined || value === '') throw refuse(shown, 'is missing');
  return value;
}

function parseGrantId(text: string | undefined, shown: string): string {
  const given = required(text, shown);
  if (isUuid(given)) return given;
  const grantId = given.toLowerCase();
  if (!isUuid(grantId)) throw refuse(shown, 'must be a grant id (UUID)');
  return grantId;
}

function checkMethod(method: string): void {
  if (!TOKEN.test(method) || method !== method.toUpperCase())
    throw refuse('method', 'must be an HTTP method in upper case');
  if (METHODS_REFUSED.has(method)) throw refuse('method', `${method} is not forwarded`);
}

/** Percent-encoded UTF-8, decoded once; a `%` that is no escape is refused. */
function decodeOnce(text: string, shown: string): string {
  if (BAD_VALUE.test(text)) throw refuse(shown, 'must not hold control characters');
  // oxlint-disable-next-line no-control-regex -- ASCII is the point
  if (!/^[\x09\x20-\x7e]*$/.test(text))
    throw refuse(shown, 'must be ASCII, with everything else percent-encoded as UTF-8');
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse(shown, 'must be percent-encoded UTF-8');
  }
}

function parseText(text: string | undefined, shown: string, charsMax: number): string | null {
  if (text === undefined) return null;
  const decoded = decodeOnce(text, shown);
  if (decoded.length > charsMax) throw refuse(shown, `must be at most ${charsMax} characters`);
  return checkText(decoded, shown);
}

/** Free text for the audit log: any language, no control characters that could forge lines or fail the insert. */
function checkText(text: string | undefined, shown: string): string | null {
  if (text === undefined) return null;
  if (CONTROL.test(text.replaceAll(/[\t\n]/g, ' '))) throw refuse(shown, 'must not hold control characters');
  if (!text.isWellFormed()) throw refuse(shown, 'must be well-formed Unicode');
  return text;
}

function parseAlterContext(text: string | undefined): CallRequest['context'] {
  return text === undefined ? null : parseContextText(decodeOnce(text, 'Alter-Context'), 'Alter-Context');
}

function parseTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const timeoutMs = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0;
  if (timeoutMs < 1 || timeoutMs > TIMEOUT_MS_MAX) {
    throw refuse('Alter-Timeout-Ms', `must be a whole number of milliseconds from 1 to ${TIMEOUT_MS_MAX}`);
  }
  return timeoutMs;
}

function parseHeaderObject(headers: Readonly<Record<string, string>>): string[] {
  const flat: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name)) throw refuse(`headers.${name}`, 'is no header name');
    if (BAD_VALUE.test(value) || !/^[\0-\xff]*$/.test(value))
      throw refuse(`headers.${name}`, 'must not hold control characters or characters above U+00FF');
    flat.push(name, value);
  }
  return flat;
}

function parseBodySha256(text: string | undefined): string | undefined {
  if (text === undefined || text === 'UNSIGNED-PAYLOAD') return text;
  if (!/^[0-9a-f]{64}$/i.test(text))
    throw refuse('body_sha256', 'must be 64 hexadecimal digits, or UNSIGNED-PAYLOAD');
  return text.toLowerCase();
}
