/** Upstreams and calls for the tests of egress: real sockets on 127.0.0.1, port 0. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ErrorCode } from '@alter-vault/contract';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Egress,
  type EgressHandler,
  type EgressRequest,
  type EgressSettings,
} from '../packages/server/src/egress/egress.ts';
import { parseTarget } from '../packages/server/src/path/target.ts';
import type { Refusal } from '../packages/server/src/refusal.ts';

const pem = (name: string): string => readFileSync(new URL(`tls/${name}`, import.meta.url), 'utf8');
export const caPem = pem('ca.pem');
const tlsOptions = { cert: pem('leaf.pem'), key: pem('leaf.key') };

export interface Upstream {
  readonly port: number;
  /** Connections that were ever accepted. */
  connections: number;
  readonly sockets: Set<Socket>;
}

export const startHttp = (t: TestContext, listener: RequestListener): Promise<Upstream> =>
  start(t, createServer({ keepAliveTimeout: 60_000 }, listener));
export const startHttps = (t: TestContext, listener: RequestListener): Promise<Upstream> =>
  start(t, createTlsServer({ ...tlsOptions, keepAliveTimeout: 60_000 }, listener));
/** Speaks whatever bytes the test wants. */
export const startRaw = (t: TestContext, listener: (socket: Socket) => void): Promise<Upstream> =>
  start(t, createTcpServer(listener));

async function start(t: TestContext, server: Server | TcpServer): Promise<Upstream> {
  const sockets = new Set<Socket>();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstream = { port: addressOf(server).port, connections: 0, sockets };
  server.on('connection', (socket: Socket) => {
    upstream.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return upstream;
}

function addressOf(server: Server | TcpServer): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on TCP');
  return address;
}

export function startEgress(t: TestContext, settings: Partial<EgressSettings> = {}): Egress {
  const egress = new Egress({ allow: ['127.0.0.0/8'], resolve: new Map(), caPem, ...settings });
  t.after(() => egress.close());
  return egress;
}

/** A GET with generous deadlines, to be changed by the test. */
export function requestTo(url: string, changes: Partial<EgressRequest> = {}): EgressRequest {
  const target = parseTarget(url);
  return {
    poolKey: 'app/secret',
    target,
    method: 'GET',
    path: target.path + (target.hasQuery ? `?${target.query}` : ''),
    headers: [],
    body: null,
    contentLength: undefined,
    connectTimeoutMs: 5_000,
    firstByteTimeoutMs: 5_000,
    idleTimeoutMs: 5_000,
    ...changes,
  };
}

export interface Outcome {
  status?: number;
  headers: string[];
  body: Buffer;
  trailers: string[];
  refusal?: Refusal;
  mayHaveBeenSent?: boolean;
}

/** Sends and gathers everything the handler hears; fails when it hears something out of order. */
export function callOut(egress: Egress, request: EgressRequest): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const outcome: Outcome = { headers: [], body: Buffer.alloc(0), trailers: [] };
    const chunks: Buffer[] = [];
    let isOver = false;
    const heard = (end: boolean): void => {
      if (isOver) reject(new Error('the handler heard something after the end'));
      isOver ||= end;
    };
    const finish = (): void => {
      heard(true);
      outcome.body = Buffer.concat(chunks);
      // Late news would come within a turn or two of the event loop.
      setTimeout(resolve, 5, outcome);
    };
    const handler: EgressHandler = {
      onHead: (status, _text, headers) => {
        heard(false);
        Object.assign(outcome, { status, headers });
      },
      onData: (chunk) => {
        heard(false);
        chunks.push(chunk);
        return true;
      },
      onEnd: (trailers) => {
        outcome.trailers = trailers;
        finish();
      },
      onError: (refusal, { mayHaveBeenSent }) => {
        Object.assign(outcome, { refusal, mayHaveBeenSent });
        finish();
      },
    };
    egress.send(request, handler);
  });
}

export function refusedAs(outcome: Outcome, code: ErrorCode, mayHaveBeenSent: boolean): void {
  assert.equal(outcome.refusal?.code, code, String(outcome.refusal?.detail));
  assert.equal(outcome.mayHaveBeenSent, mayHaveBeenSent);
}

/** Runs the reaction at the first bytes of each connection, and counts requests. */
export function onRequest(react: (socket: Socket) => void): {
  listener: (socket: Socket) => void;
  count: () => number;
} {
  let count = 0;
  const listener = (socket: Socket): void => {
    socket.on('data', (chunk: Buffer) => {
      if (!/^[A-Z]+ \//.test(chunk.toString('latin1'))) return;
      count += 1;
      react(socket);
    });
  };
  return { listener, count: () => count };
}

export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    assert.ok(tries < 400, 'it did not come about in 4 s');
    await sleep(10);
  }
}
