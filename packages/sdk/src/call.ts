/**
 * One call as the caller meant it: options checked and snapshotted before anything is sent, the same for
 * request mode and proxy mode. Knows nothing of credentials and sends nothing.
 */
import { type Body, formatJson, isReplayable, prepareBody, type PreparedBody } from './body.ts';
import { parseTimeoutMs } from './deadline.ts';
import { invalid } from './error-of.ts';
import { parseTarget, type Query } from './target.ts';

/** Header fields as `Headers` takes them. */
export type HeaderFields = Headers | Readonly<Record<string, string>> | Iterable<readonly [string, string]>;

/** JSON that says why or for whom the call is made; kept beside the audit event, at most 16 KB. */
export type Context = Readonly<Record<string, unknown>>;

export interface CallOptions {
  /** Which credential, under which policies: the id that the operator gave. */
  readonly grantId: string;
  /** Sent as JSON, with its content type; not together with `body`. */
  readonly json?: unknown;
  /** Sent as it is; a stream is sent while it is read. */
  readonly body?: Body | null | undefined;
  readonly headers?: HeaderFields | undefined;
  /** Appended to the query of the URL. */
  readonly query?: Query | undefined;
  /** Why the call is made, for the audit log. */
  readonly reason?: string | undefined;
  readonly context?: Context | undefined;
  /** Which code path makes the call; overrides that of the client. */
  readonly caller?: string | undefined;
  /** Ends the call, also while the answer streams; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | null | undefined;
  /** Milliseconds until the answer must have begun; overrides that of the client. */
  readonly timeoutMs?: number | undefined;
}

export interface CallDefaults {
  readonly caller: string | undefined;
  readonly timeoutMs: number;
}

export interface Call {
  readonly method: string;
  readonly target: URL;
  /** As the vault is told it: the target's, unless somebody needs it byte for byte. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: PreparedBody;
  readonly isReplayable: boolean;
  /** Of a stream, where the caller knows it. */
  readonly contentLength?: number | undefined;
  readonly grantId: string;
  readonly reason: string | undefined;
  /** JSON text. */
  readonly context: string | undefined;
  readonly caller: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** RFC 9110 section 7.6.1, and what the runtime derives from the URL and the body. */
const NOT_THE_CALLERS = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'host',
  'content-length',
];

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Everything that is checked is checked here, so that a refused call leaves no trace anywhere. */
export async function prepareCall(
  method: string,
  url: string | URL,
  options: CallOptions,
  defaults: CallDefaults,
): Promise<Call> {
  const { grantId, reason, context, caller = defaults.caller, timeoutMs = defaults.timeoutMs } = options;
  if (typeof grantId !== 'string' || grantId === '') throw invalid('grantId', 'a grant id is needed.');
  const target = parseTarget(url, options.query);
  const headers = prepareHeaders(options.headers);
  const contextText = context === undefined ? undefined : formatJson('context', context);
  const body = await prepareBody(options.json, options.body);
  if (body.contentType !== undefined && !headers.has('content-type'))
    headers.set('content-type', body.contentType);
  return {
    method: parseMethod(method, body),
    target,
    url: target.href,
    headers,
    body,
    isReplayable: isReplayable(body),
    grantId,
    reason,
    context: contextText,
    caller,
    signal: options.signal ?? undefined,
    timeoutMs: parseTimeoutMs(timeoutMs),
  };
}

function parseMethod(method: string, body: PreparedBody): string {
  if (typeof method !== 'string' || !TOKEN.test(method)) throw invalid('method', 'this is no HTTP method.');
  const upper = method.toUpperCase();
  if (upper === 'CONNECT' || upper === 'TRACE' || upper === 'TRACK')
    throw invalid('method', `${upper} can not be sent.`);
  if (body.content !== undefined && (upper === 'GET' || upper === 'HEAD'))
    throw invalid('body', `${upper} has no body.`);
  return upper;
}

function prepareHeaders(fields: HeaderFields | undefined): Headers {
  const headers = copyHeaders(fields);
  for (const name of (headers.get('connection') ?? '').split(',')) {
    if (TOKEN.test(name.trim())) headers.delete(name.trim());
  }
  for (const name of NOT_THE_CALLERS) headers.delete(name);
  for (const name of headers.keys()) {
    if (name.startsWith('alter-'))
      throw invalid(`headers.${name}`, "headers that begin with Alter- are the vault's own.");
  }
  return headers;
}

function copyHeaders(fields: HeaderFields | undefined): Headers {
  const headers = new Headers();
  if (fields === undefined) return headers;
  const pairs = Symbol.iterator in fields ? fields : Object.entries(fields);
  for (const [name, value] of pairs) {
    try {
      headers.append(name, value);
    } catch {
      // The runtime's message quotes the value, which may be a secret that the caller put there.
      throw invalid('headers', 'a name is no token, or a value holds characters that no header may hold.');
    }
  }
  return headers;
}
