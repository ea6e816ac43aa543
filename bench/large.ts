/** One large body through the vault, each way, and how much memory it took: streamed means flat. */
import { once } from 'node:events';
import { createServer, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { text as textOf } from 'node:stream/consumers';
import { LARGE_PATH } from './nginx.ts';
import { peakBytes, resetPeak } from './processes.ts';
import type { Vault } from './vault.ts';

export interface LargeResult {
  readonly direction: 'download' | 'upload';
  readonly seconds: number;
  readonly growthBytes: number;
}

const LARGE_MS_MAX = 300_000;
const PIECE = Buffer.alloc(64 * 1024, 'x');

export async function sendLarge(
  vault: Vault,
  upstreamPort: number,
  direction: LargeResult['direction'],
  bytes: number,
): Promise<LargeResult> {
  const before = resetPeak(vault.pid);
  const startedAt = performance.now();
  const moved = direction === 'download' ? await download(vault, upstreamPort) : await upload(vault, bytes);
  if (moved !== bytes) throw new Error(`${direction}: ${moved} of ${bytes} bytes arrived`);
  const seconds = (performance.now() - startedAt) / 1000;
  return { direction, seconds, growthBytes: peakBytes(vault.pid) - before };
}

async function download(vault: Vault, upstreamPort: number): Promise<number> {
  const request = open(vault, `http://127.0.0.1:${upstreamPort}${LARGE_PATH}`, { method: 'GET' });
  request.end();
  return lengthOf(await answerOf(request));
}

/** To an upstream of its own, that reads to the end and answers how much there was: nginx would answer before. */
async function upload(vault: Vault, bytes: number): Promise<number> {
  const sink = createServer((request, response) => {
    void lengthOf(request).then((length) => response.end(String(length)));
  });
  sink.listen(vault.sinkPort, '127.0.0.1');
  await once(sink, 'listening');
  try {
    const request = open(vault, `http://127.0.0.1:${vault.sinkPort}/upload`, {
      method: 'POST',
      headers: { 'Content-Length': String(bytes) },
    });
    const answered = answerOf(request);
    // Where sending fails, that is what is told.
    answered.catch(() => undefined);
    await pipeline(pieces(bytes), request);
    return Number(await textOf(await answered));
  } finally {
    sink.closeAllConnections();
    sink.close();
  }
}

function* pieces(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= PIECE.length)
    yield PIECE.subarray(0, Math.min(PIECE.length, left));
}

function open(
  vault: Vault,
  url: string,
  options: { method: string; headers?: Record<string, string> },
): ClientRequest {
  return httpRequest({
    signal: AbortSignal.timeout(LARGE_MS_MAX),
    host: '127.0.0.1',
    port: vault.port,
    path: '/v1/proxy',
    agent: false,
    method: options.method,
    headers: {
      Authorization: `Bearer ${vault.apiKey}`,
      'Alter-Grant': vault.grantId,
      'Alter-Url': url,
      ...options.headers,
    },
  });
}

function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      if (response.statusCode === 200) resolve(response);
      else reject(new Error(`the vault answered ${response.statusCode}`));
    });
  });
}

async function lengthOf(response: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of response) bytes += Buffer.from(chunk).length;
  return bytes;
}
