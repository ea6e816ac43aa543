/**
 * The door `POST /v1/requests`: the injection for one call is released to the client, which makes the call (WIRE §8).
 * For AWS what leaves is a signature for exactly this request, never the secret access key.
 */
import { answerJson } from '../front/answer-json.ts';
import type { CallerRequest } from '../front/caller.ts';
import { inject } from '../injection/inject.ts';
import { headerSlot, HOP_BY_HOP_HEADERS } from '../injection/slots.ts';
import { parseJson } from '../json.ts';
import { Refusal } from '../refusal.ts';
import { askForBody, readBody } from './body.ts';
import { performCall, type AllowedCall, type Door } from './call.ts';
import type { PathParts } from './parts.ts';
import { outgoingRequest } from './outgoing.ts';
import type { Exchange } from './proxy.ts';
import { parseReleaseRequest, type ReleaseRequest } from './request.ts';

/** URL, headers and context have their own limits; this is their sum with room. */
export const RELEASE_BODY_BYTES_MAX = 256 * 1024;
/** How long an outcome is taken (WIRE §7), so how long the answer is good for. */
const RELEASE_MS = 15 * 60 * 1000;
const HOP_BY_HOP: ReadonlySet<string> = new Set(HOP_BY_HOP_HEADERS);

export function releaseCall(path: PathParts, exchange: Exchange): Promise<void> {
  const { request } = exchange;
  const door: Door<ReleaseRequest> = {
    mode: 'request',
    requestId: exchange.requestId,
    authorization: request.headers.authorization,
    ip: exchange.ip,
    parse: async (keyText) => {
      askForBody(request, exchange.response);
      return parseReleaseRequest(await readJson(request, path.settings.deadlines.idleMs), keyText);
    },
    carryOut: (call) => release(path, exchange, call),
    refuse: exchange.refuse,
    isCallerGone: () => exchange.response.destroyed,
    exchange,
  };
  return performCall(path, door);
}

function release(path: PathParts, exchange: Exchange, call: AllowedCall<ReleaseRequest>): void {
  const { request, secret } = call;
  const { presignSeconds } = request;
  if (presignSeconds !== undefined) checkLifetime(path, call, presignSeconds);
  const outgoing = outgoingRequest(call);
  const injected = inject(path.injectionOf(secret), call.credential.fields, outgoing, {
    now: path.clock.now(),
    slots: path.slots,
    defaultHeaders: secret.default_headers,
    bodySha256: request.bodySha256,
    presignSeconds,
  });
  const query = injected.query === '' ? '' : `?${injected.query}`;
  const removed = removedNames(path, call);
  const { requestId } = exchange;
  const body = {
    request_id: requestId,
    inject: {
      headers: injected.injected.headers,
      ...(removed.length === 0 ? {} : { remove_headers: removed }),
      ...(injected.injected.pathChanged
        ? { query: [], url: `${request.target.origin}${injected.path}${query}` }
        : { query: injected.injected.query.map(decodePair) }),
    },
    expires_at: expiryOf(path, call).toISOString(),
  };
  answerJson(exchange.response, { status: 200, reason: 'OK', requestId, body });
  // Whoever has the URL calls it, as often as they like: no outcome will be told.
  if (presignSeconds !== undefined) call.entry.complete(PRESIGNED);
}

/** What a temporary credential signed ends with it. */
function expiryOf(path: PathParts, { request, credential }: AllowedCall<ReleaseRequest>): Date {
  const { presignSeconds } = request;
  const lifeMs = presignSeconds === undefined ? RELEASE_MS : presignSeconds * 1000;
  return new Date(Math.min(path.clock.now() + lifeMs, credential.endsAt ?? Infinity));
}

const PRESIGNED = { code: null, statusCode: null, bytesIn: 0, bytesOut: 0, flags: ['presigned'] };

/** I12: no URL works longer than the grant that it was made with. */
function checkLifetime(path: PathParts, { grant }: AllowedCall<ReleaseRequest>, seconds: number): void {
  if (grant.expires_at === null) return;
  const left = Math.floor((grant.expires_at.getTime() - path.clock.now()) / 1000);
  if (seconds <= left) return;
  const message = `would outlive the grant, which expires in ${left} seconds`;
  throw new Refusal('invalid_request', { issues: [{ path: 'presign.expires_in_seconds', message }] });
}

/**
 * R2: what proxy mode would strip, the client must drop: its headers in a slot of this or any injection, and those with its own
 * key (lesson 3). How the connection is framed is the client's own.
 */
function removedNames(path: PathParts, { request, secret }: AllowedCall<ReleaseRequest>): string[] {
  const { headerSlots } = path.injectionOf(secret);
  return request.headerNames.filter((name) => {
    const slot = headerSlot(name);
    if (request.namesWithKey.has(name) || headerSlots.has(slot)) return true;
    return path.slots.headers.has(slot) && !HOP_BY_HOP.has(slot);
  });
}

/** A client appends them with the encoder of its own URL library, so that what it gets is text; header values are bytes. */
function decodePair([name, value]: readonly [string, string]): [string, string] {
  return [decodeURIComponent(name), decodeURIComponent(value)];
}

/** A JSON body of the data plane. @throws Refusal */
export async function readJson(request: CallerRequest, idleMs: number): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new Refusal('invalid_request', {
      issues: [{ path: 'Content-Type', message: 'must be application/json' }],
    });
  }
  return parseJson(await readBody(request, RELEASE_BODY_BYTES_MAX, idleMs));
}
