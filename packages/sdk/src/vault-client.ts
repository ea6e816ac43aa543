/**
 * Speaks to the vault and to nothing else: holds the API key, follows no redirect with it, tries again only
 * where nothing was sent, and turns refusals into typed errors. Never prints the key.
 */
import type { Deadline } from './deadline.ts';
import { errorOf } from './error-of.ts';
import { AlterError, type ErrorIssue, InvalidRequestError, VaultUnreachableError } from './errors.ts';
import { hidden } from './hidden.ts';
import { isObject, textOf } from './json.ts';
import { parseRateLimits } from './rate-limit.ts';

export interface VaultRequest {
  readonly method: string;
  /** Below the base URL, e.g. `/v1/requests`. */
  readonly path: string;
  readonly headers?: Headers | undefined;
  readonly body?: Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array> | undefined;
  /** Whether the same request may be sent again after the vault said that it did nothing. */
  readonly isRepeatable: boolean;
  /** Whether an answer without `Alter-Error` is the upstream's, whatever its status. */
  readonly isProxied?: boolean;
}

/** With the first back-off of 100 ms: five more attempts within about three seconds, in which a vault restarts. */
const ATTEMPTS_MAX = 6;
const BACKOFF_MS = 100;

/** The vault answered that it sent nothing (WIRE §3). */
const NOTHING_SENT_CODES: ReadonlySet<string> = new Set(['overloaded', 'unavailable', 'audit_unavailable']);

/** Failures to connect: no byte of the request left this process. */
const NOT_CONNECTED_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ConnectionRefused',
]);

/** The connection broke before the answer, as kept-alive ones do when the vault restarts. */
const BROKEN_CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'ConnectionClosed',
]);

export class VaultClient {
  readonly #apiKey: string;
  readonly baseUrl: string;

  constructor(apiKey: string, baseUrl: string) {
    this.#apiKey = parseApiKey(apiKey);
    this.baseUrl = parseBaseUrl(baseUrl);
    hidden(this, () => ({ baseUrl: this.baseUrl }));
  }

  /** Whether a value that the caller sends holds this client's key: it must never go upstream. */
  isInside(value: string): boolean {
    return value.includes(this.#apiKey);
  }

  /** `Authorization` for the reporter that outlives this process's event loop. */
  authorize(headers: Headers): Headers {
    headers.set('authorization', `Bearer ${this.#apiKey}`);
    return headers;
  }

  /** The vault's answer, or a typed error; tried again where that is safe and the deadline allows it. */
  async send(request: VaultRequest, deadline: Deadline): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#sendOnce(request, deadline);
      } catch (error) {
        const delayMs =
          attempt < ATTEMPTS_MAX && request.isRepeatable ? retryDelayMs(error, attempt) : undefined;
        if (delayMs === undefined || delayMs >= deadline.remainingMs) throw error;
        await deadline.sleep(delayMs);
      }
    }
  }

  async #sendOnce(request: VaultRequest, deadline: Deadline): Promise<Response> {
    const { signal } = deadline;
    signal.throwIfAborted();
    const isStream = request.body instanceof ReadableStream;
    const init: RequestInit & { duplex?: 'half' } = {
      method: request.method,
      headers: this.authorize(new Headers(request.headers)),
      redirect: 'manual',
      signal,
    };
    if (request.body !== undefined) init.body = request.body;
    if (isStream) init.duplex = 'half';
    const response = await fetch(`${this.baseUrl}${request.path}`, init).catch((cause: unknown) => {
      throw signal.aborted ? signal.reason : unreachable(cause, request.isProxied === true);
    });
    const refusal = await refusalOf(response, request.isProxied === true);
    if (refusal !== undefined) throw refusal;
    return response;
  }
}

function unreachable(failure: unknown, isProxied: boolean): VaultUnreachableError {
  const code = codeOf(failure);
  const isNotConnected = code !== undefined && NOT_CONNECTED_CODES.has(code);
  // What is not sent on by the vault may reach it twice: at worst its log shows a release that was never used.
  const isRepeatable = isNotConnected || (!isProxied && code !== undefined && BROKEN_CODES.has(code));
  return new VaultUnreachableError({
    message: `The vault can't be reached${code === undefined ? '' : ` (${code})`}.`,
    retryable: isRepeatable,
    mayHaveBeenSent: isProxied && !isNotConnected,
    // The original carries sockets and, in some runtimes, URLs; its code says all that helps.
    cause: new Error(code ?? 'connection failed'),
  });
}

/** The system's word for a network failure, from wherever the runtime keeps it. */
export function codeOf(failure: unknown): string | undefined {
  for (let at = failure, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string' && /^\w{3,40}$/.test(at.code)) return at.code;
  }
  return undefined;
}

function retryDelayMs(error: unknown, attempt: number): number | undefined {
  if (!(error instanceof AlterError)) return undefined;
  const isSafe =
    NOTHING_SENT_CODES.has(error.code) || (error instanceof VaultUnreachableError && error.retryable);
  if (!isSafe) return undefined;
  const backoffMs = BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
  return Math.max(backoffMs, retryAfterOf(error) ?? 0);
}

const retryAfters = new WeakMap<AlterError, number>();
const retryAfterOf = (error: AlterError): number | undefined => retryAfters.get(error);

/** What the vault refused, or undefined where the answer is a good one. */
async function refusalOf(response: Response, isProxied: boolean): Promise<AlterError | undefined> {
  const code = response.headers.get('alter-error') ?? undefined;
  if (code === undefined) {
    if (isProxied && response.headers.has('alter-request-id')) return undefined;
    if (!isProxied && response.ok) return undefined;
  }
  const body = await readErrorBody(response);
  if (code === undefined && (isProxied || body.code === undefined)) return notAVault(response, isProxied);
  const retryAfterMs = parseRetryAfterMs(response.headers.get('retry-after'));
  const error = errorOf({
    code: code ?? body.code ?? 'internal',
    message: body.message,
    hint: body.hint,
    issues: body.issues,
    policyId: body.policyId,
    passesAt: body.passesAt,
    rateLimits: parseRateLimits(response.headers),
    status: response.status,
    requestId: body.requestId ?? response.headers.get('alter-request-id') ?? undefined,
    retryAfterMs,
  });
  if (retryAfterMs !== undefined) retryAfters.set(error, retryAfterMs);
  return error;
}

function notAVault(response: Response, isProxied: boolean): VaultUnreachableError {
  const isRedirect = response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400);
  return new VaultUnreachableError({
    message: isRedirect
      ? 'What answers at baseUrl redirects; no key is sent along.'
      : `What answers at baseUrl is not a vault (status ${response.status}).`,
    status: response.status,
    mayHaveBeenSent: isProxied && !isRedirect,
  });
}

interface ErrorFields {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
  readonly requestId?: string | undefined;
  readonly policyId?: string | undefined;
  readonly passesAt?: string | undefined;
  readonly issues?: readonly ErrorIssue[] | undefined;
}

async function readErrorBody(response: Response): Promise<ErrorFields> {
  const body: unknown = await response.json().catch(() => undefined);
  const error = isObject(body) ? body['error'] : undefined;
  if (!isObject(error)) return {};
  return {
    code: textOf(error['code']),
    message: textOf(error['message']),
    hint: textOf(error['hint']),
    requestId: textOf(error['request_id']),
    policyId: textOf(error['policy_id']),
    passesAt: textOf(error['passes_at']),
    issues: Array.isArray(error['issues']) ? error['issues'].filter(isIssue) : undefined,
  };
}

const isIssue = (value: unknown): value is ErrorIssue =>
  isObject(value) && typeof value['path'] === 'string' && typeof value['message'] === 'string';

/** RFC 9110 section 10.2.3: seconds or a date. */
export function parseRetryAfterMs(value: string | null, now: number = Date.now()): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** The text never quotes what it was given: it may be another secret, pasted by mistake. */
function parseApiKey(apiKey: string): string {
  if (/^alter_key_(?:app|agent)_[\x21-\x7e]+$/.test(apiKey)) return apiKey;
  throw new InvalidRequestError({
    code: 'invalid_request',
    message: apiKey === '' ? 'No API key was given.' : 'apiKey: this is no API key of a vault.',
    hint: 'Pass apiKey, or set ALTER_API_KEY, with a key that begins with alter_key_app_ or alter_key_agent_.',
    issues: [{ path: 'apiKey', message: 'an API key is needed.' }],
  });
}

/** The key travels in a header: without TLS only to this machine. */
function parseBaseUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const isPlain =
    url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url !== undefined && isPlain && isSafe) return url.href.replace(/\/+$/, '');
  throw new InvalidRequestError({
    code: 'invalid_request',
    message:
      'baseUrl: an https URL is needed, or http to a loopback address, without user, query or fragment.',
    hint: 'Pass baseUrl, or set ALTER_BASE_URL, e.g. https://vault.example.com.',
    issues: [{ path: 'baseUrl', message: 'an https or loopback URL is needed.' }],
  });
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
