/**
 * A front for tools that speak S3 and can't be given a signer: it takes what they send with made-up keys, drops their signature, and
 * has the vault sign the request (request mode) or make it (proxy mode), byte for byte.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { send, type RawAnswer } from './path-rig.ts';
import type { TestVault } from './vault.ts';

export interface Front {
  readonly origin: string;
  /** How many requests came through. */
  count(): number;
  /** How many of them had a body in signed chunks. */
  chunked(): number;
  stop(): Promise<void>;
}

interface Through {
  readonly vault: TestVault;
  readonly apiKey: string;
  readonly grantId: string;
  readonly mode: 'request' | 'proxy';
  /** Of the store itself. */
  readonly origin: string;
}

const DROPPED =
  /^(?:host|connection|expect|content-length|transfer-encoding|authorization|x-amz-date|x-amz-security-token|x-amz-content-sha256)$/i;
/** Says how the body is framed; the vault signs its chunks anew. */
const CHUNKED = /^STREAMING-AWS4-HMAC-SHA256-PAYLOAD/;

export async function startFront(through: Through): Promise<Front> {
  let count = 0;
  let chunked = 0;
  const server = createServer((request, response) => {
    count += 1;
    if (isChunked(request)) chunked += 1;
    forward(request, response, through).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    chunked: () => chunked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const isChunked = ({ headers }: IncomingMessage): boolean =>
  CHUNKED.test(String(headers['x-amz-content-sha256']));

async function forward(request: IncomingMessage, response: ServerResponse, through: Through): Promise<void> {
  const body = await buffer(request);
  const isDropped = (name: string): boolean =>
    DROPPED.test(name) && !(/^x-amz-content-sha256$/i.test(name) && isChunked(request));
  const headers = request.rawHeaders.filter((_, at, all) => !isDropped(all[at - (at % 2)] ?? ''));
  const call = { method: request.method ?? '', path: request.url ?? '', headers, body };
  const answer = through.mode === 'proxy' ? await proxied(call, through) : await signed(call, through);
  const kept = answer.rawHeaders.filter(
    (_, at, all) => !/^(?:connection|keep-alive|transfer-encoding)$/i.test(all[at - (at % 2)] ?? ''),
  );
  response.writeHead(answer.status, kept);
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: string[];
  readonly body: Buffer;
}

/** A body only where there is one: a GET with a length of 0 is another request to some servers. */
const bodyOf = ({ method, body }: Call) =>
  body.length > 0 || method === 'PUT' || method === 'POST' ? { body } : {};

function proxied(call: Call, { vault, apiKey, grantId, origin }: Through): Promise<RawAnswer> {
  const alter = [
    'Authorization',
    `Bearer ${apiKey}`,
    'Alter-Grant',
    grantId,
    'Alter-Url',
    origin + call.path,
  ];
  return send(vault.server.port, {
    method: call.method,
    headers: [...alter, ...call.headers],
    ...bodyOf(call),
  });
}

async function signed(call: Call, { vault, apiKey, grantId, origin }: Through): Promise<RawAnswer> {
  const { method, path, headers, body } = call;
  const named = headers.flatMap((name, at): [string, string][] =>
    at % 2 === 0 && /^(?:x-amz-|content-type$|content-md5$)/i.test(name)
      ? [[name, headers[at + 1] ?? '']]
      : [],
  );
  const released = await vault.release(apiKey, {
    grant_id: grantId,
    method,
    url: origin + path,
    headers: Object.fromEntries(named),
    ...(body.length === 0 ? {} : { body_sha256: createHash('sha256').update(body).digest('hex') }),
  });
  if (released.status !== 200) throw new Error(released.text);
  const { inject } = released.json;
  const target = inject.url === undefined ? path : inject.url.slice(origin.length);
  const port = Number(new URL(origin).port);
  return send(port, {
    method,
    path: target,
    headers: [...headers, ...inject.headers.flat()],
    ...bodyOf(call),
  });
}
