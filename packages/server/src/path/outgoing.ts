/** What goes out for a call: the canonical request before injection, and the request that egress is given after it. */
import type { EgressRequest } from '../egress/egress.ts';
import type { Injected, OutgoingRequest } from '../injection/inject.ts';
import { oncePerRow } from '../once-per-row.ts';
import type { SecretRow } from '../store/deciding.ts';
import { sha256 } from '../vault/hash.ts';
import type { CallerBody } from './body.ts';
import { hasHeader } from './headers.ts';
import type { CallRequest, PathParts } from './parts.ts';
import type { ProxyRequest } from './request.ts';

interface Outgoing<R extends CallRequest> {
  readonly request: R;
  readonly secret: SecretRow;
}

/** The canonical request before injection. S3 names objects by the bytes of the path, so they stay as the caller wrote them. */
export function outgoingRequest(call: Outgoing<CallRequest>): OutgoingRequest {
  const { request, secret } = call;
  const { target } = request;
  return {
    method: request.method,
    scheme: target.scheme,
    authority: target.authority,
    path: secret.credential_type === 'aws_sigv4' ? target.rawPath : target.path,
    query: target.query,
    headers: request.headers,
  };
}

/** The caller's body, with its hash where a signature covers it. */
export interface PreparedBody {
  readonly body: CallerBody;
  readonly bodySha256: string | undefined;
}

/** A body that was read whole to decide on the call. */
export function preparedBody(bytes: Buffer | null): PreparedBody {
  const length = bytes?.length ?? 0;
  return {
    body: { body: bytes, contentLength: bytes === null ? undefined : length, bytes: () => length },
    bodySha256: bytes === null ? undefined : sha256(bytes).toString('hex'),
  };
}

/** Sockets are shared by the calls of one version of one secret only (S8). */
const poolKeyOf = (secret: SecretRow, version: number): string =>
  `${secret.app_id}/${secret.secret_id}/${version}`;
const currentPoolKey = oncePerRow((secret) => poolKeyOf(secret, secret.version));

export function egressRequest(
  path: PathParts,
  call: Outgoing<ProxyRequest> & { readonly version: number },
  injected: Injected,
  body: CallerBody,
): EgressRequest {
  const { request, secret, version } = call;
  const { deadlines, responseBytesMax } = path.settings;
  const query =
    injected.query === ''
      ? request.target.hasQuery && request.target.query === ''
        ? '?'
        : ''
      : `?${injected.query}`;
  return {
    poolKey: version === secret.version ? currentPoolKey(secret) : poolKeyOf(secret, version),
    target: request.target,
    method: request.method,
    path: injected.path + query,
    allowEmptySegments: secret.credential_type === 'aws_sigv4',
    headers: withIdentityCoding(injected.headers),
    body: body.body,
    contentLength: body.contentLength,
    connectTimeoutMs: deadlines.connectMs,
    firstByteTimeoutMs: deadlines.firstByteMs,
    idleTimeoutMs: deadlines.idleMs,
    totalTimeoutMs: request.timeoutMs,
    maxResponseBytes: responseBytesMax,
  };
}

/** Asks for a body that can be inspected, where the caller did not insist on another (P2). */
export function withIdentityCoding(headers: readonly string[]): string[] {
  const asked = headers.slice();
  if (!hasHeader(headers, 'accept-encoding')) asked.push('Accept-Encoding', 'identity');
  return asked;
}
