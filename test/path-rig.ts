/**
 * Calls over real sockets for the tests of the data path: a client that sees what fetch hides (raw headers, trailers,
 * interim answers, whether an answer was complete), one that sends any bytes at all, and the audit events of a grant.
 */
import assert from 'node:assert/strict';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRaw } from './egress-rig.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, type Json, type TestVault, type VaultOptions } from './vault.ts';

export interface RawAnswer {
  readonly status: number;
  readonly reason: string;
  /** Flat, in wire order. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly text: string;
  readonly json: Json;
  readonly rawTrailers: readonly string[];
  /** Whether the answer came to its end; false where the connection broke within it. */
  readonly isComplete: boolean;
  readonly isContinued: boolean;
  readonly interim: readonly number[];
}

export interface RawCall {
  readonly method?: string;
  readonly path?: string;
  /** Flat; sent as they are, after Host. */
  readonly headers?: readonly string[];
  /** A buffer goes with Content-Length, pieces and streams are chunked unless `headers` give a length. */
  readonly body?: Buffer | string | readonly Buffer[] | Readable;
  readonly trailers?: readonly [string, string][];
  /** Hears the answer as it comes; the call ends with it all the same. */
  readonly onAnswer?: (answer: IncomingMessage) => void;
  readonly onData?: (chunk: Buffer) => void;
  /** Asks before the body is sent. */
  readonly expectsContinue?: boolean;
  readonly agent?: Agent;
}

/** One call on a connection of its own, whatever becomes of it. */
export function send(port: number, call: RawCall): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    // As a string it would be joined to the head, and both be written as UTF-8.
    const body = typeof call.body === 'string' ? Buffer.from(call.body) : call.body;
    const isWhole = Buffer.isBuffer(body);
    const headers = ['Host', `127.0.0.1:${port}`, ...(call.headers ?? [])];
    if (isWhole) headers.push('Content-Length', String(body.length));
    else if (body !== undefined && !hasHeader(headers, 'content-length'))
      headers.push('Transfer-Encoding', 'chunked');
    if (call.expectsContinue === true) headers.push('Expect', '100-continue');
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      method: call.method ?? 'GET',
      path: call.path ?? '/v1/proxy',
      headers,
      agent: call.agent ?? new Agent({ keepAlive: false }),
    });
    const interim: number[] = [];
    let isContinued = false;
    let isAnswered = false;
    request.on('information', ({ statusCode }) => interim.push(statusCode));
    request.on('response', (answer) => {
      isAnswered = true;
      call.onAnswer?.(answer);
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        call.onData?.(chunk);
      });
      answer.on('error', () => undefined);
      answer.on('close', () => resolve(toAnswer(answer, Buffer.concat(chunks), { isContinued, interim })));
    });
    request.on('error', (error) => {
      if (!isAnswered) reject(error);
    });
    const sendBody = (): void => {
      if (call.trailers !== undefined) request.addTrailers(call.trailers);
      if (body === undefined || isWhole) request.end(body);
      else if (Array.isArray(body)) {
        for (const piece of body) request.write(piece);
        request.end();
      } else (body as Readable).pipe(request);
    };
    if (call.expectsContinue === true) {
      request.flushHeaders();
      request.on('continue', () => {
        isContinued = true;
        sendBody();
      });
    } else sendBody();
  });
}

function toAnswer(
  answer: IncomingMessage,
  body: Buffer,
  more: { isContinued: boolean; interim: readonly number[] },
): RawAnswer {
  const text = body.toString('utf8');
  return {
    status: answer.statusCode ?? 0,
    reason: answer.statusMessage ?? '',
    rawHeaders: answer.rawHeaders,
    headers: answer.headers,
    body,
    text,
    json: parsed(text),
    rawTrailers: answer.rawTrailers,
    isComplete: answer.complete,
    ...more,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const hasHeader = (flat: readonly string[], name: string): boolean => headerValues(flat, name).length > 0;

/** The values of a header in a flat list, whatever the case of its name. */
export function headerValues(flat: readonly string[], name: string): string[] {
  return flat.filter((_, i) => i % 2 === 1 && flat[i - 1]?.toLowerCase() === name.toLowerCase());
}

export interface RawReply {
  readonly text: string;
  /** Whether the server closed the connection by itself. */
  readonly isClosed: boolean;
  /** Statuses of the answers, in order. */
  readonly statuses: readonly number[];
}

/** Sends bytes and reads what comes until the server closes, or is silent for `quietMs`. */
export function sendBytes(port: number, bytes: string | Buffer, quietMs = 400): Promise<RawReply> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    let timer: NodeJS.Timeout | undefined;
    const finish = (isClosed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
      resolve({ text, isClosed, statuses });
    };
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => finish(false), quietMs);
    };
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      wait();
    });
    socket.on('error', () => finish(true));
    socket.on('end', () => finish(true));
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    wait();
  });
}

/** An open connection for tests that talk in steps. */
export function openSocket(port: number): { socket: Socket; read: () => string; isClosed: () => boolean } {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  return { socket, read: () => text, isClosed: () => isClosed };
}

export interface PathRig {
  readonly vault: TestVault;
  readonly port: number;
  /** Records and echoes. */
  readonly upstream: Upstream;
  /** The canary: no call must ever reach it. */
  readonly other: Upstream;
  readonly key: string;
  /** The headers of a call with this grant to this URL, before those of the test. */
  alter(grantId: string, url: string, key?: string): string[];
  /** A call in proxy mode; `path` is appended to the upstream's origin. */
  call(grantId: string, url: string, call?: RawCall): Promise<RawAnswer>;
  /** A stored credential for the upstream, bearer unless said otherwise. */
  grant(options?: {
    credential?: Record<string, string>;
    host?: string;
    more?: Record<string, unknown>;
  }): Promise<{ grantId: string; secretId: string; token: string }>;
  /** The events of a grant, oldest first, once there are as many as said. */
  events(grantId: string, count: number): Promise<Json[]>;
  stop(): Promise<void>;
}

export async function startPathRig(options: VaultOptions = {}): Promise<PathRig> {
  const vault = await startVault(options);
  const [upstream, other] = await Promise.all([startUpstream(), startUpstream()]);
  const { api_key: key } = await vault.key();
  const port = vault.server.port;
  const alter = (grantId: string, url: string, as = key): string[] => [
    'Authorization',
    `Bearer ${as}`,
    'Alter-Grant',
    grantId,
    'Alter-Url',
    url,
  ];
  return {
    vault,
    port,
    upstream,
    other,
    key,
    alter,
    call: (grantId, url, call = {}) =>
      send(port, { ...call, headers: [...alter(grantId, url), ...(call.headers ?? [])] }),
    grant: async ({ credential, host = upstream.host, more = {} } = {}) => {
      const token = canary();
      const made = await vault.secret(host, credential ?? { token }, more);
      return { grantId: made.grant_id, secretId: made.secret_id, token };
    },
    events: async (grantId, count) => {
      for (let tries = 0; ; tries += 1) {
        const events = (await vault.audit({ grant_id: grantId })).filter(({ kind }) =>
          kind.startsWith('call.'),
        );
        if (events.length >= count || tries > 150) {
          assert.equal(events.length, count, JSON.stringify(events));
          return events.reverse();
        }
        await sleep(20);
      }
    },
    stop: async () => {
      await Promise.all([upstream.stop(), other.stop()]);
      await vault.stop();
    },
  };
}

/** A grant for an upstream that answers with these bytes, piece by piece, and then does as it is told. */
export async function rawUpstream(
  rig: PathRig,
  t: TestContext,
  pieces: readonly (string | Buffer)[],
  then: (socket: Socket) => void = (socket) => void socket.end(),
): Promise<{ grantId: string; url: string; token: string; count: () => number }> {
  let count = 0;
  const upstream = await startRaw(t, (socket) => {
    socket.once('data', async () => {
      count += 1;
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
        await sleep(3);
      }
      then(socket);
    });
  });
  const made = await rig.grant({ host: `127.0.0.1:${upstream.port}` });
  return { ...made, url: `http://127.0.0.1:${upstream.port}/`, count: () => count };
}

/** The code of a refusal that the vault made itself, with all that each one must have (WIRE §3). */
export function refusalCode(answer: RawAnswer): string {
  const code = answer.json?.error?.code;
  assert.equal(typeof code, 'string', `not a refusal: ${answer.status} ${answer.text.slice(0, 300)}`);
  assert.equal(answer.headers['alter-error'], code);
  assert.match(String(answer.headers['alter-request-id']), /^[0-9a-f-]{36}$/);
  assert.equal(answer.json.error.request_id, answer.headers['alter-request-id']);
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.match(String(answer.headers['content-type']), /^application\/json/);
  assert.equal(answer.headers['cache-control'], 'no-store');
  return code;
}
