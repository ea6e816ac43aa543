/**
 * The front of the vault's one port: sends the data plane to the data path and everything else to the control plane.
 * No framework is on the way of a call. Owns the framing of refusals and nothing of their content.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AddressList } from '../access/addresses.ts';
import { clientAddress } from '../access/addresses.ts';
import { newRequestId } from '../ids.ts';
import type { Log } from '../log.ts';
import { reportOutcomes } from '../path/outcomes.ts';
import type { PathParts } from '../path/parts.ts';
import { proxyCall, type Exchange } from '../path/proxy.ts';
import { releaseCall } from '../path/release.ts';
import { Refusal, refusalBody, toRefusal } from '../refusal.ts';
import { answerJson } from './answer-json.ts';
import type { CallerRequest, CallerResponse } from './caller.ts';
import { checkFraming } from './framing.ts';
import { PlainConnections, type PlainDeadlines } from './plain-connection.ts';
import { PlainRequest } from './plain-request.ts';

type Carry = (path: PathParts, exchange: Exchange) => Promise<void>;

/** How long what is left of a refused upload is read, so that the caller gets to read the answer. */
const LINGER_MS = 1_000;
const LINGER_MS_MAX = 20_000;

const DOORS: Readonly<Record<string, Carry>> = {
  '/v1/proxy': proxyCall,
  '/v1/requests': releaseCall,
  '/v1/requests/outcomes': reportOutcomes,
};
const POST_ONLY = new Set(['/v1/requests', '/v1/requests/outcomes']);

export interface FrontOptions {
  readonly path: PathParts;
  readonly trustedProxies: AddressList | undefined;
  readonly callsMax: number;
  readonly deadlines: PlainDeadlines;
  readonly log: Log;
}

/**
 * Serves `server`; what is not of the data plane is emitted as `vault:api`. A connection begins as one of plain calls, and is
 * handed to node:http when something else comes.
 */
export function serveFront(server: Server, options: FrontOptions): PlainConnections {
  let calls = 0;
  const leave = (): void => void (calls -= 1);

  const serveCall = (carry: Carry, request: CallerRequest, response: CallerResponse): void => {
    const requestId = newRequestId();
    const exchange: Exchange = {
      request,
      response,
      requestId,
      ip: clientIp(request, options.trustedProxies),
      refuse: (refusal) => answerRefusal(request, response, refusal, requestId),
    };
    if (calls >= options.callsMax) {
      exchange.refuse(new Refusal('overloaded', { headers: { 'Retry-After': '1' } }));
      return;
    }
    calls += 1;
    response.once('close', leave);
    carry(options.path, exchange).catch((thrown: unknown) => {
      options.log.error({ request_id: requestId, err: thrown }, 'a call ended outside its path');
      exchange.refuse(toRefusal(thrown));
    });
  };

  /** The latest response of each connection, and the connections that are being closed. */
  const latest = new WeakMap<Duplex, ServerResponse>();
  const closing = new WeakSet<Duplex>();

  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    // What came behind a request that was refused for its framing may be part of it (R11).
    if (closing.has(request.socket)) return;
    latest.set(request.socket, response);
    try {
      checkFraming(request);
    } catch (thrown) {
      closing.add(request.socket);
      answerRefusal(request, response, toRefusal(thrown), newRequestId());
      return;
    }
    const url = request.url ?? '';
    const end = url.indexOf('?');
    const door = end < 0 ? url : url.slice(0, end);
    const carry = Object.hasOwn(DOORS, door) ? DOORS[door] : undefined;
    if (carry === undefined || !isDoor(request.method ?? '', door)) {
      if (request.headers.expect !== undefined) response.writeContinue();
      server.emit('vault:api', request, response);
    } else if (end >= 0) {
      const requestId = newRequestId();
      const issues = [{ path: 'query', message: `${door} takes no query; the target goes into Alter-Url` }];
      answerRefusal(request, response, new Refusal('invalid_request', { issues }), requestId);
    } else {
      serveCall(carry, request, response);
    }
  };

  const isDoor = (method: string, target: string): boolean =>
    Object.hasOwn(DOORS, target) && (method === 'POST' || !POST_ONLY.has(target));
  // How node:http takes a connection is a listener like any other, and may be given one that somebody began to read.
  const takers = server.listeners('connection');
  const plain = new PlainConnections(
    {
      isDoor,
      serve: (request, response) => {
        const carry = DOORS[request.url];
        if (carry !== undefined) serveCall(carry, request, response);
      },
      handOver: (socket) => {
        for (const take of takers) take.call(server, socket);
      },
    },
    options.deadlines,
  );
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => plain.accept(socket));

  server.on('request', serve);
  // 100 Continue is given by whoever wants the body, once the call may go on.
  server.on('checkContinue', serve);
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    closing.add(request.socket);
    const issues = [{ path: 'Expect', message: 'must be 100-continue' }];
    const headers = { Connection: 'close' };
    answerRefusal(request, response, new Refusal('invalid_request', { issues, headers }), newRequestId());
  });
  // Without this a tunnel would be closed without a word.
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    answerOnSocket(socket, new Refusal('invalid_request', { message: 'CONNECT is not served.' }));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const response = latest.get(socket);
    if (error.code === 'ECONNRESET' || !socket.writable || (response && isAnswering(response)))
      socket.destroy();
    else answerOnSocket(socket, clientErrorRefusal(error));
  });
  return plain;
}

/** The client's address: of the connection, or through trusted proxies (A7). */
export function clientIp(request: CallerRequest, trusted: AddressList | undefined): string {
  const forwarded = request.headers['x-forwarded-for'];
  return clientAddress(
    request.socket.remoteAddress ?? '',
    Array.isArray(forwarded) ? forwarded.join(',') : forwarded,
    trusted,
  );
}

function answerRefusal(
  request: CallerRequest,
  response: CallerResponse,
  refusal: Refusal,
  requestId: string,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // What is left of a plain call's body is little, and read by its connection.
  const lingering = request.complete || request instanceof PlainRequest ? undefined : request;
  if (lingering !== undefined) response.shouldKeepAlive = false;
  const headers = ['Alter-Error', refusal.code, ...Object.entries(refusal.headers).flat()];
  const body = refusalBody(refusal, requestId);
  answerJson(response, { status: refusal.status, reason: refusal.code, requestId, headers, body });
  if (lingering !== undefined) linger(lingering);
}

/** Reads on while something comes, but not for long: a connection that is reset under an upload loses the answer. */
function linger(request: IncomingMessage): void {
  const until = performance.now() + LINGER_MS_MAX;
  const timer = setTimeout(() => {
    if (!request.complete) request.socket?.destroy();
  }, LINGER_MS).unref();
  request.on('error', () => undefined);
  request.on('data', () => {
    if (performance.now() < until) timer.refresh();
  });
  request.resume();
}

/** Whether other words on this connection would be taken for a part of an answer, or for the answer to another request. */
function isAnswering(response: ServerResponse): boolean {
  if (response.writableFinished) return false;
  return response.headersSent || response.req.complete || response.socket === null;
}

function clientErrorRefusal(error: NodeJS.ErrnoException): Refusal {
  return error.code === 'HPE_HEADER_OVERFLOW'
    ? new Refusal('payload_too_large', { message: 'The header is too large.' })
    : new Refusal('invalid_request', { message: 'The request is not HTTP/1.1 as RFC 9112 has it.' });
}

/** What is no HTTP gets an answer in our words and a closed connection (R11). */
function answerOnSocket(socket: Duplex, refusal: Refusal): void {
  const requestId = newRequestId();
  const body = JSON.stringify(refusalBody(refusal, requestId));
  socket.on('error', () => undefined);
  socket.end(
    `HTTP/1.1 ${refusal.status} ${refusal.code}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n` +
      `Alter-Error: ${refusal.code}\r\nAlter-Request-Id: ${requestId}\r\nConnection: close\r\n\r\n${body}`,
  );
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
