/**
 * What the vault releases for one call (WIRE §8) and how it gets into the request. It is used once, put into
 * nothing that is kept, and never printed.
 */
import { IntegrityError, VaultUnreachableError } from './errors.ts';
import { hidden } from './hidden.ts';
import { Redactor } from './redact.ts';
import { isObject, textOf } from './json.ts';

type Pair = readonly [name: string, value: string];

export interface InjectedRequest {
  readonly url: string;
  readonly headers: Headers;
  readonly redactor: Redactor;
}

/**
 * Slots where vendors' SDKs and people put keys. What the caller sends there is never the credential, and
 * two keys in one request let the upstream choose (R2).
 */
const CREDENTIAL_SLOTS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-amz-security-token',
  'x-amz-date',
];

/**
 * Names of slots whose value is no secret: what templates set beside the credential, and ids. Any other may hold one,
 * as vendors name them freely (`X-Honeycomb-Team`).
 */
const PUBLIC_SLOT =
  /^(?:user-agent|accept|content-type)$|version$|-id$|tenant|organi[sz]ation|project|region|locale/i;
const SECRET_SLOT = /auth|key|token|secret|pass|cookie|credential|session|sig/i;

/** A value of fewer bytes is never looked for in an answer (WIRE §9). */
const SECRET_CHARS_MIN = 8;

/** Removes what the caller has no say in: credential slots, and this client's own key wherever it is. */
export function removeCallersCredentials(headers: Headers, isOwnKeyIn: (value: string) => boolean): void {
  for (const [name, value] of [...headers]) {
    if (CREDENTIAL_SLOTS.includes(slotOf(name)) || isOwnKeyIn(value)) headers.delete(name);
  }
}

export class Release {
  readonly requestId: string;
  readonly #headers: readonly Pair[];
  readonly #query: readonly Pair[];
  readonly #url: string | undefined;
  readonly #removedSlots: ReadonlySet<string>;

  constructor(
    requestId: string,
    headers: readonly Pair[],
    query: readonly Pair[],
    more: { readonly url: string | undefined; readonly removeHeaders: readonly string[] },
  ) {
    this.requestId = requestId;
    this.#headers = headers;
    this.#query = query;
    this.#url = more.url;
    this.#removedSlots = new Set([...headers.map(([name]) => name), ...more.removeHeaders].map(slotOf));
    hidden(this, () => ({ requestId }));
  }

  /** The request as it goes out. Injected values win, exactly one of each. */
  inject(target: URL, callersHeaders: Headers): InjectedRequest {
    const headers = new Headers(callersHeaders);
    for (const name of [...headers.keys()]) if (this.#removedSlots.has(slotOf(name))) headers.delete(name);
    for (const [name, value] of this.#headers) headers.append(name, value);
    const url = this.#injectedUrl(target);
    for (const [name] of this.#query) removeParameter(url, name);
    for (const [name, value] of this.#query) appendParameter(url, name, value);
    return { url: url.href, headers, redactor: new Redactor(this.#secrets(target, url)) };
  }

  /** The headers alone, for a client that builds the rest of the request itself. */
  signatureFor(target: URL): readonly Pair[] {
    // A URL of another form than the one that was asked for would be signed, and this one sent.
    if (this.#url !== undefined || this.#query.length > 0) throw this.#misfit(target);
    return this.#headers;
  }

  #misfit(target: URL): IntegrityError {
    return new IntegrityError({
      code: 'integrity_error',
      message: `The vault signed another form of the request to ${target.host}; nothing was sent.`,
      hint: 'Is the secret of this grant an AWS credential, and nothing more is injected?',
      requestId: this.requestId,
    });
  }

  /** I7: whatever the vault answers, the credential goes to the origin that was judged. */
  #injectedUrl(target: URL): URL {
    if (this.#url === undefined) return new URL(target);
    const url = URL.canParse(this.#url) ? new URL(this.#url) : undefined;
    if (url !== undefined && url.origin === target.origin && url.username === '' && url.password === '')
      return url;
    throw new IntegrityError({
      code: 'integrity_error',
      message: 'The vault answered with another origin than that of the call; nothing was sent.',
      requestId: this.requestId,
    });
  }

  *#secrets(target: URL, injected: URL): Iterable<string> {
    const isSigned = this.#headers.some(([, value]) => value.startsWith('AWS4-'));
    for (const [name, value] of this.#headers) {
      // A signature is for one request and stands in error texts that people need; a session token is a secret.
      if (isSigned ? slotOf(name) === 'x-amz-security-token' : isSecretSlot(name))
        yield* secretsOfHeader(value);
    }
    for (const [name, value] of this.#query) if (isSecretSlot(name)) yield value;
    const callersSegments = new Set(target.pathname.split('/'));
    for (const segment of injected.pathname.split('/')) {
      if (callersSegments.has(segment)) continue;
      yield* secretsOfSegment(segment);
      yield* secretsOfSegment(decodeSegment(segment));
    }
  }
}

const isSecretSlot = (name: string): boolean => SECRET_SLOT.test(name) || !PUBLIC_SLOT.test(name);

/** The value and what may stand before it in the format: `bot123:x` → `123:x`. An echo of it is as often the one as the other. */
function* secretsOfSegment(segment: string): Iterable<string> {
  yield* [segment, segment.replace(/^[a-z]+/i, '')];
}

/** `Bearer x`, `Token token=x` → x; `Basic b64` → b64 and what it encodes; all also as a whole, as bytes and as the text that they are. */
function* secretsOfHeader(value: string): Iterable<string> {
  yield* [value, textOfBytes(value)];
  const payload = /^[\w-]+ +(\S.*)$/.exec(value)?.[1];
  if (payload === undefined) return;
  yield* [payload, textOfBytes(payload), payload.replace(/^[\w-]*[=:]"?/, '')];
  if (/^basic /i.test(value)) yield* secretsOfPair(decodeBase64(payload));
}

/** The password; where there is none to speak of, the user name is the secret (`key:`, `key:X`). */
function* secretsOfPair(pair: string): Iterable<string> {
  const colon = pair.indexOf(':');
  const password = pair.slice(colon + 1);
  yield* [pair, password];
  if (password.length < SECRET_CHARS_MIN) yield pair.slice(0, Math.max(colon, 0));
}

/** A header's value is one character for each byte; an upstream that echoes it in a body writes the text. */
function textOfBytes(value: string): string {
  return new TextDecoder().decode(Uint8Array.from(value, (char) => char.charCodeAt(0)));
}

function decodeBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
  } catch {
    return '';
  }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** R2: upstreams that map `_` to `-` see both spellings as one header. */
const slotOf = (name: string): string => name.toLowerCase().replaceAll('_', '-');

/** Removes a parameter however its name is written, and leaves all others byte for byte as they are. */
function removeParameter(url: URL, name: string): void {
  const kept = url.search
    .slice(1)
    .split('&')
    .filter((part) => {
      const written = nameOf(part);
      return written !== name.toLowerCase() && written !== `${name.toLowerCase()}[]`;
    });
  url.search = kept.join('&');
}

function nameOf(part: string): string {
  return ([...new URLSearchParams(part)][0]?.[0] ?? '').toLowerCase();
}

function appendParameter(url: URL, name: string, value: string): void {
  const added = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  url.search = url.search === '' ? added : `${url.search}&${added}`;
}

/** The answer of POST /v1/requests, or an error that quotes nothing of it. */
export function parseRelease(answer: unknown): Release {
  const inject = isObject(answer) ? answer['inject'] : undefined;
  const requestId = isObject(answer) ? textOf(answer['request_id']) : undefined;
  if (requestId === undefined || !isObject(inject)) throw unexpected();
  const url = inject['url'];
  if (url !== undefined && url !== null && typeof url !== 'string') throw unexpected();
  return new Release(requestId, parsePairs(inject['headers']), parsePairs(inject['query']), {
    url: url ?? undefined,
    removeHeaders: parseNames(inject['remove_headers']),
  });
}

/** The answer to a presigned one. I7: the URL is on the origin that was asked for. */
export function parsePresigned(
  answer: unknown,
  target: URL,
): { url: string; headers: Record<string, string>; expiresAt: Date; requestId: string } {
  const inject = isObject(answer) ? answer['inject'] : undefined;
  const requestId = isObject(answer) ? textOf(answer['request_id']) : undefined;
  const expiresAt = new Date(isObject(answer) ? (textOf(answer['expires_at']) ?? '') : '');
  const url = isObject(inject) ? textOf(inject['url']) : undefined;
  if (requestId === undefined || url === undefined || !isObject(inject) || Number.isNaN(expiresAt.getTime()))
    throw unexpected();
  if (!url.startsWith(`${target.origin}/`)) throw unexpected();
  return { url, headers: Object.fromEntries(parsePairs(inject['headers'])), expiresAt, requestId };
}

function parseNames(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw unexpected();
  return value.map((name: unknown) => {
    if (typeof name !== 'string') throw unexpected();
    return name;
  });
}

function parsePairs(value: unknown): readonly Pair[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw unexpected();
  return value.map((pair: unknown): Pair => {
    if (!Array.isArray(pair) || pair.length !== 2) throw unexpected();
    const name: unknown = pair[0];
    const text: unknown = pair[1];
    if (typeof name !== 'string' || typeof text !== 'string') throw unexpected();
    return [name, text];
  });
}

const unexpected = (): VaultUnreachableError =>
  new VaultUnreachableError({
    message: 'The vault answered in a form that this SDK does not know.',
    hint: 'Use an SDK and a vault of versions that fit together.',
  });
