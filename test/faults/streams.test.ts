/** F9: a gigabyte each way, and a reader that stalls: the vault's memory stays flat. Nothing of it touches a disk. */
import assert from 'node:assert/strict';
import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import { chunkedCall, CHUNKS } from '../aws-chunks.ts';
import { canary } from '../vault.ts';
import { residentBytes, startVaultProcess, until, type VaultProcess } from '../vault-process.ts';

const GIB = 1_073_741_824;
const GROWTH_BYTES_MAX = 96 * 1024 * 1024;
const WARM_UP_BYTES = 128 * 1024 * 1024;
const CHUNK = Buffer.alloc(65_536, 'alter vault ');

let vault: VaultProcess;
let origin: string;
let received = 0;
let written = 0;
let key: string;
let grantId: string;

const serve: RequestListener = (incoming, response) => {
  if (incoming.method === 'POST') {
    incoming.on('data', (chunk: Buffer) => (received += chunk.length));
    incoming.on('end', () => response.end(String(received)));
    return;
  }
  const announced = incoming.url === '/known' ? { 'Content-Length': String(GIB) } : {};
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', ...announced });
  const total = incoming.url === '/warm' ? WARM_UP_BYTES : GIB;
  chunks(total, (bytes) => (written += bytes)).pipe(response);
};
const upstream = createServer(serve);

function chunks(total: number, onChunk: (bytes: number) => void = () => undefined): Readable {
  let left = total;
  return new Readable({
    highWaterMark: CHUNK.length,
    read() {
      if (left === 0) return void this.push(null);
      const bytes = Math.min(left, CHUNK.length);
      left -= bytes;
      onChunk(bytes);
      this.push(CHUNK.subarray(0, bytes));
    },
  });
}

before(async () => {
  vault = await startVaultProcess();
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  origin = `http://${host}`;
  ({ api_key: key } = await vault.key());
  ({ grant_id: grantId } = await vault.secret(host));
  // What is allocated once is not growth.
  for (let n = 0; n < 50; n += 1)
    await vault.proxy(key, grantId, `${origin}/warm`, { method: 'POST', body: 'x' });
  await finished((await download('/warm')).resume());
  received = 0;
});
after(async () => {
  upstream.closeAllConnections();
  upstream.close();
  await vault?.end();
});

/** The largest growth of the vault's memory while `work` runs. */
async function growthDuring(work: () => Promise<void>): Promise<number> {
  const start = residentBytes(vault.pid);
  let peak = start;
  const sampler = setInterval(() => (peak = Math.max(peak, residentBytes(vault.pid))), 20);
  try {
    await work();
  } finally {
    clearInterval(sampler);
  }
  return peak - start;
}

function open(method: string, path: string, headers: Record<string, string> = {}) {
  const call = request(`${vault.url}/v1/proxy`, {
    method,
    headers: {
      Authorization: `Bearer ${key}`,
      'Alter-Grant': grantId,
      'Alter-Url': origin + path,
      ...headers,
    },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    call.once('response', resolve);
    call.once('error', reject);
  });
  return { call, answered };
}

async function download(path: string): Promise<IncomingMessage> {
  const { call, answered } = open('GET', path);
  call.end();
  const response = await answered;
  assert.equal(response.statusCode, 200);
  return response;
}

for (const path of ['/known', '/chunked']) {
  test(`F9: 1 GiB down, ${path.slice(1)} length`, { timeout: 60_000 }, async (t) => {
    let bytes = 0;
    const growth = await growthDuring(async () => {
      const response = await download(path);
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      await finished(response);
    });
    assert.equal(bytes, GIB);
    t.diagnostic(`memory grew by ${Math.round(growth / 1048576)} MiB`);
    assert.ok(growth <= GROWTH_BYTES_MAX, `memory grew by ${growth}`);
  });
}

test('F9: 1 GiB up', { timeout: 60_000 }, async (t) => {
  const growth = await growthDuring(async () => {
    const { call, answered } = open('POST', '/up', { 'Content-Length': String(GIB) });
    chunks(GIB).pipe(call);
    const response = await answered;
    assert.equal(response.statusCode, 200);
    await finished(response.resume());
  });
  assert.equal(received, GIB);
  t.diagnostic(`memory grew by ${Math.round(growth / 1048576)} MiB`);
  assert.ok(growth <= GROWTH_BYTES_MAX, `memory grew by ${growth}`);
});

test('F9: 1 GiB up in signed chunks, each signed anew', { timeout: 90_000 }, async (t) => {
  const credential = { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: canary() };
  const { grant_id } = await vault.secret(origin.slice('http://'.length), credential, {
    credential_type: 'aws_sigv4',
    injection: [{ in: 'aws_sigv4', service: 's3', region: 'us-east-1' }],
  });
  const { body: chunk } = chunkedCall(CHUNK);
  const end = chunk.lastIndexOf('0;');
  const count = GIB / CHUNK.length;
  const length = count * end + chunk.length - end;
  received = 0;
  const growth = await growthDuring(async () => {
    const { call, answered } = open('POST', '/chunks', {
      'Alter-Grant': grant_id,
      'Content-Length': String(length),
      'X-Amz-Content-Sha256': CHUNKS,
      'X-Amz-Decoded-Content-Length': String(GIB),
    });
    Readable.from(repeated(chunk.subarray(0, end), count, chunk.subarray(end))).pipe(call);
    const response = await answered;
    assert.equal(response.statusCode, 200);
    await finished(response.resume());
  });
  assert.equal(received, length);
  t.diagnostic(`memory grew by ${Math.round(growth / 1048576)} MiB`);
  assert.ok(growth <= GROWTH_BYTES_MAX, `memory grew by ${growth}`);
});

function* repeated(piece: Buffer, count: number, last: Buffer): Generator<Buffer> {
  for (let n = 0; n < count; n += 1) yield piece;
  yield last;
}

test('F9: a reader that stalls holds the upstream back, not the memory', { timeout: 30_000 }, async (t) => {
  written = 0;
  const growth = await growthDuring(async () => {
    const { call, answered } = open('GET', '/stall');
    call.end();
    const response = await answered;
    response.pause();
    let before = -1;
    await until('the upstream stands still', async () => {
      const isStill = written === before;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return isStill;
    });
    assert.ok(written < GROWTH_BYTES_MAX, `${written} bytes were taken from the upstream`);
    response.destroy();
  });
  t.diagnostic(`memory grew by ${Math.round(growth / 1048576)} MiB`);
  assert.ok(growth <= GROWTH_BYTES_MAX, `memory grew by ${growth}`);
});
