/** The door `ANY /v1/proxy`: the server makes the call, and the credential never leaves the vault (WIRE §9). */
import { chunkedForm } from '../aws/aws-chunked.ts';
import { serviceStyle } from '../aws/endpoint.ts';
import { UNSIGNED_PAYLOAD } from '../aws/sigv4.ts';
import type { EgressRequest } from '../egress/egress.ts';
import type { CallerRequest, CallerResponse } from '../front/caller.ts';
import { hasBody } from '../front/framing.ts';
import { awsTarget, declaredSha256 } from '../injection/aws.ts';
import { inject, type OutgoingRequest } from '../injection/inject.ts';
import type { CompiledAws } from '../injection/rules.ts';
import { Refusal } from '../refusal.ts';
import { sha256 } from '../vault/hash.ts';
import {
  announcedLength,
  askForBody,
  GATHER_BYTES_MAX,
  holdBody,
  openBody,
  type CallerBody,
} from './body.ts';
import { resignedBody } from './chunked-body.ts';
import { performCall, type AllowedCall, type Door } from './call.ts';
import type { OpenCredential } from './credentials.ts';
import { isInOverlap, sendInOverlap } from './overlap.ts';
import { egressRequest, outgoingRequest, preparedBody, type PreparedBody } from './outgoing.ts';
import type { PathParts } from './parts.ts';
import { Relay } from './relay.ts';
import { parseProxyRequest, type ProxyRequest } from './request.ts';

export interface Exchange {
  readonly request: CallerRequest;
  readonly response: CallerResponse;
  readonly requestId: string;
  readonly ip: string;
  /** Answers with the refusal, unless the answer has begun. */
  readonly refuse: (refusal: Refusal) => void;
  /** The whole body, where it had to be read to decide; null for none. */
  body?: Buffer | null;
}

export function proxyCall(path: PathParts, exchange: Exchange): Promise<void> {
  const { request } = exchange;
  const door: Door<ProxyRequest> = {
    mode: 'proxy',
    requestId: exchange.requestId,
    authorization: request.headers.authorization,
    ip: exchange.ip,
    parse: (keyText) => parseProxyRequest(request, keyText),
    carryOut: (call) => send(path, exchange, call),
    refuse: exchange.refuse,
    isCallerGone: () => exchange.response.destroyed,
    exchange,
  };
  return performCall(path, door);
}

/** Resolves when the request is on its way; the answer follows behind. */
function send(path: PathParts, exchange: Exchange, call: AllowedCall<ProxyRequest>): void | Promise<void> {
  const outgoing = outgoingRequest(call);
  const prepared =
    exchange.body === undefined ? prepareBody(path, exchange, call, outgoing) : preparedBody(exchange.body);
  if (prepared instanceof Promise)
    return prepared.then((whole) => sendBody(path, exchange, call, outgoing, whole));
  sendBody(path, exchange, call, outgoing, prepared);
}

function sendBody(
  path: PathParts,
  exchange: Exchange,
  call: AllowedCall<ProxyRequest>,
  outgoing: OutgoingRequest,
  { body, bodySha256 }: PreparedBody,
): void {
  if (exchange.response.destroyed) throw new Refusal('invalid_request', { message: 'The caller went away.' });
  const { request, secret } = call;
  let sent = body;
  const build = ({ fields, version }: OpenCredential): EgressRequest => {
    const injected = inject(path.injectionOf(secret), fields, outgoing, {
      now: path.clock.now(),
      slots: path.slots,
      defaultHeaders: secret.default_headers,
      bodySha256,
      chunkBytesMax: path.settings.heldBodyBytesMax,
    });
    if (injected.chunks !== undefined) sent = resignedBody(body, injected.chunks);
    return egressRequest(path, { request, secret, version }, injected, sent);
  };
  relay(path, exchange, call, { body, bytesIn: () => sent.bytes(), build });
}

interface Relayed {
  /** The caller's. */
  readonly body: CallerBody;
  /** What of it counts. */
  readonly bytesIn: () => number;
  readonly build: (credential: OpenCredential) => EgressRequest;
}

function relay(
  path: PathParts,
  exchange: Exchange,
  call: AllowedCall<ProxyRequest>,
  { body, bytesIn, build }: Relayed,
): void {
  const request = build(call.credential);
  const { appId, keyId } = { appId: call.caller.key.app_id, keyId: call.caller.key.key_id };
  const credential = call.credential.hold();
  const matcher = credential.echoesOf(call.secret);
  const relayed = new Relay({
    response: exchange.response,
    matcher,
    isHeadRequest: request.method === 'HEAD',
    requestId: exchange.requestId,
    stallMs: path.settings.deadlines.idleMs,
    onEnd: (end) => {
      path.openCalls.delete(seat);
      matcher.destroy();
      credential.release();
      if (end.flags.includes('secret_echoed')) path.echoWatch.note(keyId, path.clock.now());
      const flags = overlapped === undefined ? end.flags : [...end.flags, ...overlapped.flags];
      call.entry.complete({ ...end, flags, code: end.refusal?.code ?? null, bytesIn: bytesIn() });
      if (end.refusal === undefined) return;
      if (end.refusal.detail !== undefined) {
        path.log.info(
          { request_id: exchange.requestId, code: end.refusal.code, detail: end.refusal.detail },
          'a call failed upstream',
        );
      }
      exchange.refuse(end.refusal);
    },
  });
  const seat = path.openCalls.add({
    appId,
    keyId,
    grantId: call.grant.grant_id,
    startedAt: performance.now(),
    end: (refusal) => relayed.end(refusal),
  });
  const overlapped = isInOverlap(call, body, path.clock)
    ? sendInOverlap(path, { call, request, matcher, build }, relayed)
    : undefined;
  relayed.attach(overlapped ?? path.egress.send(request, relayed));
}

function prepareBody(
  path: PathParts,
  { request, response }: Exchange,
  call: AllowedCall<ProxyRequest>,
  outgoing: OutgoingRequest,
): PreparedBody | Promise<PreparedBody> {
  // Only now is the caller asked for the body: a refusal before costs no upload.
  askForBody(request, response);
  const { aws } = path.injectionOf(call.secret);
  if (aws !== null && hasBody(request)) return prepareSigned(path, request, call, aws, outgoing);
  const opened = openBody(request, path.settings.deadlines.idleMs);
  return opened instanceof Promise ? opened.then(unhashed) : unhashed(opened);
}

const unhashed = (body: CallerBody): PreparedBody => ({ body, bodySha256: undefined });

/**
 * For AWS the signature covers the body. A large one streams where the caller says what its hash is, which AWS then checks, or
 * where S3 takes it unsigned over TLS, or where its chunks are signed each by itself; any other is held whole and hashed.
 */
async function prepareSigned(
  path: PathParts,
  request: CallerRequest,
  call: AllowedCall<ProxyRequest>,
  aws: CompiledAws,
  outgoing: OutgoingRequest,
): Promise<PreparedBody> {
  const { idleMs } = path.settings.deadlines;
  if (chunkedForm(outgoing.headers)?.isSigned === true)
    return { body: await openBody(request, idleMs), bodySha256: undefined };
  const isSmall = (announcedLength(request) ?? Infinity) <= GATHER_BYTES_MAX;
  if (!isSmall) {
    const declared = declaredSha256(outgoing.headers);
    if (declared !== undefined) return { body: await openBody(request, idleMs), bodySha256: declared };
    const { service } = awsTarget(aws, call.credential.fields, outgoing.authority);
    if (outgoing.scheme === 'https' && serviceStyle(service).allowsUnsignedPayload)
      return { body: await openBody(request, idleMs), bodySha256: UNSIGNED_PAYLOAD };
  }
  const body = await holdBody(request, path.settings.heldBodyBytesMax, idleMs);
  return { body, bodySha256: Buffer.isBuffer(body.body) ? sha256(body.body).toString('hex') : undefined };
}
