/**
 * R15: a program that calls AWS in request mode never holds the secret access key: neither the heap that V8 shows, nor any byte that
 * the process may write to, nor its environment, nor the key that signatures of a day are made with. The same search finds all of
 * them in the same program when it has a key of its own.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startPathRig, type PathRig } from './path-rig.ts';
import { assertSigV4 } from './sigv4-verifier.ts';
import { startSts, type TestSts } from './sts-server.ts';
import { stopPostgres } from './vault.ts';

const REGION = 'eu-central-1';
const ROLE = { arn: 'arn:aws:iam::123456789012:role/reader' };
/** With what a URL has to encode. */
const keyOf = (): string => `/+${randomBytes(27).toString('base64')}`;
const USER = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secret: keyOf() };
const PROGRAM = fileURLToPath(new URL('fixtures/aws-caller.ts', import.meta.url));
const CHUNK_BYTES = 8 * 1024 * 1024;

let rig: PathRig;
let aws: TestSts;
let home: string;
/** Of each call that arrived: what is wrong with its signature. */
const faults: string[] = [];
const days = new Set<string>();

before(async () => {
  rig = await startPathRig();
  aws = await startSts(USER, ROLE, REGION);
  home = await mkdtemp(join(tmpdir(), 'alter-memory-'));
  rig.upstream.behave((_request, response) => {
    const seen = rig.upstream.requests.at(-1) ?? assert.fail();
    days.add(String(seen.headers['x-amz-date']).slice(0, 8));
    try {
      assertSigV4(seen, { secret: USER.secret, service: 's3', region: REGION });
    } catch (thrown) {
      faults.push(String(thrown));
    }
    response.end();
  });
});
after(async () => {
  await aws?.stop();
  await rig?.stop();
  await stopPostgres();
  await rm(home, { recursive: true, force: true });
});

interface Place {
  readonly name: string;
  /** Those of the needles that are in it. */
  found(needles: readonly Needle[]): Promise<string[]>;
}

interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

/** A secret access key in the forms that a client may have it in, and what signing derives from it. */
function formsOf(secret: string): Needle[] {
  const forms = {
    raw: secret,
    base64: Buffer.from(secret).toString('base64'),
    url: encodeURIComponent(secret),
  };
  const texts = Object.entries(forms).flatMap(([name, text]) => [
    { name, bytes: Buffer.from(text) },
    { name: `${name}, two bytes a character`, bytes: Buffer.from(text, 'utf16le') },
  ]);
  return [...texts, ...[...days].flatMap((day) => derivedOf(secret, day))];
}

function derivedOf(secret: string, day: string): Needle[] {
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  return [day, REGION, 's3', 'aws4_request'].flatMap((part) => {
    key = createHmac('sha256', key).update(part).digest();
    return [
      { name: `key of ${part}`, bytes: key },
      { name: `key of ${part} in hex`, bytes: Buffer.from(key.toString('hex')) },
    ];
  });
}

class Child {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  /** What it made of chance for itself, as text and as bytes. */
  readonly planted: Needle[];

  constructor(asked: object, env: Record<string, string>) {
    const seed = randomBytes(16).toString('hex');
    const digest = createHash('sha256').update(seed).digest();
    this.planted = [
      { name: 'planted text', bytes: Buffer.from(digest.toString('hex')) },
      { name: 'planted bytes', bytes: digest },
    ];
    this.process = spawn(process.execPath, [PROGRAM], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: home,
        ALTER_BASE_URL: rig.vault.url,
        ALTER_API_KEY: rig.key,
        ALTER_TEST_ASKED: JSON.stringify(asked),
        ALTER_TEST_SEED: seed,
        ...env,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const output = createInterface({ input: this.process.stdout ?? assert.fail() });
    this.#lines = output[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    return done === true ? assert.fail('the program ended') : value;
  }

  /** Its heap as V8 writes it down, and where the system shows it, all its memory and its environment as it was started with. */
  async places(): Promise<Place[]> {
    const file = join(home, `${this.process.pid}.heapsnapshot`);
    const memory = existsSync('/proc/self/mem') ? await this.#memory() : [];
    this.process.stdin?.write(`${file}\n`);
    await this.line();
    const snapshot = await readFile(file);
    await rm(file);
    return [{ name: 'heap snapshot', found: async (needles) => inBytes(snapshot, needles) }, ...memory];
  }

  async #memory(): Promise<Place[]> {
    const at = `/proc/${this.process.pid}`;
    const environment = await readFile(`${at}/environ`);
    return [
      { name: 'environment', found: async (needles) => inBytes(environment, needles) },
      { name: 'memory', found: (needles) => inMemory(at, needles) },
    ];
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.stdin?.end();
    assert.equal(await ended, 0);
  }
}

const inBytes = (bytes: Buffer, needles: readonly Needle[]): string[] =>
  needles.filter((needle) => bytes.includes(needle.bytes)).map(({ name }) => name);

/** In all that the process may write to: heaps, stacks, buffers; read in pieces that overlap. */
async function inMemory(at: string, needles: readonly Needle[]): Promise<string[]> {
  const found = new Set<string>();
  const overlap = Math.max(...needles.map(({ bytes }) => bytes.byteLength));
  const memory = await open(`${at}/mem`);
  const piece = Buffer.alloc(CHUNK_BYTES);
  for (const line of (await readFile(`${at}/maps`, 'utf8')).split('\n')) {
    const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    const end = Number.parseInt(to, 16);
    for (let start = Number.parseInt(from, 16); start < end; start += CHUNK_BYTES - overlap) {
      const length = Math.min(CHUNK_BYTES, end - start);
      // What the kernel does not hand out, as memory of a device, is no memory of the program.
      const { bytesRead } = await memory.read(piece, 0, length, start).catch(() => ({ bytesRead: 0 }));
      for (const name of inBytes(piece.subarray(0, bytesRead), needles)) found.add(name);
    }
  }
  await memory.close();
  return [...found].toSorted();
}

async function searched(child: Child, needles: readonly Needle[]): Promise<Record<string, string[]>> {
  const all = [...needles, ...child.planted];
  const found: Record<string, string[]> = {};
  for (const place of await child.places()) found[place.name] = await place.found(all);
  return found;
}

const isLinux = existsSync('/proc/self/mem');

test('R15: neither heap, memory nor environment of a program in request mode holds a secret access key', async () => {
  const made = (credential: Record<string, string>, more: object = {}) =>
    rig.grant({
      credential: { access_key_id: USER.accessKeyId, secret_access_key: USER.secret, ...credential },
      more: {
        credential_type: 'aws_sigv4',
        injection: [{ in: 'aws_sigv4', service: 's3', region: REGION }],
        ...more,
      },
    });
  const { grantId } = await made({});
  const role = { role_arn: ROLE.arn, sts_endpoint: aws.sts.origin };
  const lent = await made(role, { allowed_hosts: [aws.service.host, aws.sts.host] });
  const child = new Child(
    {
      region: REGION,
      endpoint: rig.upstream.origin,
      grantId,
      roleGrantId: lent.grantId,
      roleUrl: `${aws.service.origin}/b/k`,
    },
    {},
  );
  assert.deepEqual(JSON.parse(await child.line()), [200, 200, 200, 200]);
  assert.deepEqual([faults, aws.faults], [[], []], 'what was called was signed');
  const temporary = aws.assumed.at(-1) ?? assert.fail('no role was assumed');
  const [forms, lentForms] = [formsOf(USER.secret), formsOf(temporary.secret)];
  assert.ok(forms.length >= 14, 'with the derived keys');
  const found = await searched(child, [...forms, ...lentForms]);
  await child.end();
  assert.deepEqual(found, {
    'heap snapshot': ['planted text'],
    ...(isLinux ? { environment: [], memory: ['planted bytes', 'planted text'] } : {}),
  });
});

test('the same search finds the key in a program that has one, and what it derives of it', async () => {
  const env = { AWS_ACCESS_KEY_ID: USER.accessKeyId, AWS_SECRET_ACCESS_KEY: USER.secret };
  const child = new Child({ region: REGION, endpoint: rig.upstream.origin }, env);
  assert.deepEqual(JSON.parse(await child.line()), [200, 200]);
  assert.deepEqual(faults, []);
  const { environment = [], memory = [], ...others } = await searched(child, formsOf(USER.secret));
  await child.end();
  assert.ok(others['heap snapshot']?.includes('raw'));
  if (!isLinux) return;
  assert.ok(environment.includes('raw'));
  for (const name of ['raw', 'key of aws4_request'])
    assert.ok(memory.includes(name), `${name} is not among ${memory.join(', ')}`);
});
