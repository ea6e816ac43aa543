/** The `alter` command against a vault that records what it is asked: answers, exit codes, and where values go. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { run } from '../packages/cli/src/run.ts';

const TOKEN = `alter_pat_${'t'.repeat(40)}`;
const K = 'sk-canary-51Hx0aZbQ7yT9cV2nM4kLpR8aaBBccDD';
const APP = '01990000-0000-7000-8000-000000000001';
const SECRET = '01990000-0000-7000-8000-000000000002';
const GRANT = '01990000-0000-7000-8000-000000000003';
const BIN = fileURLToPath(new URL('../packages/cli/bin/alter.js', import.meta.url));

interface Seen {
  readonly route: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly body: string;
}

type Answer = readonly [status: number, body: unknown, headers?: Record<string, string>];

const refusal = (code: string): unknown => ({
  error: { code, message: `It is ${code}.`, hint: 'Do otherwise.', request_id: GRANT, issues: [] },
});

const page = (...items: unknown[]): Answer => [200, { items, next_cursor: null }];
const secret = {
  secret_id: SECRET,
  name: 'openai-prod',
  credential_type: 'bearer',
  fields: ['token'],
  allowed_hosts: ['api.openai.com'],
  version: 1,
  warnings: [],
};

/** What the vault answers unless a test says otherwise. */
const DEFAULTS: Readonly<Record<string, Answer>> = {
  'GET /v1/apps': page({ app_id: APP, name: 'default' }),
  [`GET /v1/apps/${APP}/secrets`]: page(secret),
  [`POST /v1/apps/${APP}/secrets`]: [201, { ...secret, grant_id: GRANT }],
  [`GET /v1/apps/${APP}/secrets/${SECRET}`]: [200, secret],
  [`PUT /v1/apps/${APP}/secrets/${SECRET}/credential`]: [200, { secret_id: SECRET, version: 2 }],
  [`DELETE /v1/apps/${APP}/secrets/${SECRET}`]: [204, undefined],
  'GET /v1/catalog/openai': [
    200,
    { id: 'openai', fields: [{ name: 'token', label: 'API key', secret: true }] },
  ],
  [`POST /v1/apps/${APP}/keys`]: [201, { key_id: GRANT, api_key: 'alter_key_app_shown-once' }],
  [`POST /v1/grants/${GRANT}/revoke`]: [200, { grant_id: GRANT, clones_revoked: [APP] }],
  'POST /v1/root-key/rotate': [200, { root_key_id: APP, rewrapped: 3 }],
  'GET /healthz': [200, { status: 'ok' }],
  'GET /readyz': [200, { versions: { server: '0.1.0' }, warnings: ['append_only_not_enforced'] }],
  'GET /v1/session': [200, { member_id: APP, email: 'o@example.com', role: 'owner' }],
};

let server: Server;
let baseUrl: string;
let directory: string;
let answers: Record<string, Answer>;
let seen: Seen[];

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://vault');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const route = `${request.method} ${url.pathname}`;
  seen.push({
    route,
    query: url.searchParams,
    authorization: request.headers.authorization,
    body: Buffer.concat(chunks).toString(),
  });
  const asked = `${route}?cursor=${seen.at(-1)?.query.get('cursor') ?? ''}`;
  const [status, body, headers] = answers[asked] ?? answers[route] ?? [404, refusal('not_found')];
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body));
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'alter-cli-'));
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  baseUrl = `http://127.0.0.1:${address.port}`;
});

after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

beforeEach(() => {
  answers = { ...DEFAULTS };
  seen = [];
});

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function alter(
  args: readonly string[],
  given: { stdin?: Readable; env?: NodeJS.ProcessEnv } = {},
): Promise<Run> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const env = { ALTER_TOKEN: TOKEN, ALTER_BASE_URL: baseUrl, ...given.env };
  const code = await run(args, { env, stdin: given.stdin ?? Readable.from([]), stdout, stderr });
  for (const text of [stdout.text, stderr.text]) {
    assert.ok(!text.includes(K), 'I8: no value is printed');
    assert.ok(!text.includes(TOKEN), 'I8: no token is printed');
  }
  return { code, out: stdout.text, err: stderr.text };
}

const credentialSent = (): unknown => JSON.parse(seen.at(-1)?.body ?? '{}').credential;
const store = ['secrets', 'store', '--name', 'openai-prod', '--template', 'openai'];

describe('values of credentials', () => {
  test('I8: from standard input, without the line end', async () => {
    const { code, out } = await alter([...store, '--field', 'token=-'], { stdin: Readable.from([`${K}\n`]) });
    assert.equal(code, 0);
    assert.match(out, new RegExp(GRANT));
    assert.deepEqual(credentialSent(), { token: K });
  });

  test('I8: a whole credential as JSON', async () => {
    const stdin = Readable.from([JSON.stringify({ username: 'u', password: K })]);
    const { code } = await alter(
      [
        'secrets',
        'store',
        '--name',
        'b',
        '--type',
        'basic',
        '--allowed-host',
        'a.example.com',
        '--allowed-host',
        'b.example.com',
        '--credential-stdin',
      ],
      { stdin },
    );
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(seen.at(-1)?.body ?? ''), {
      name: 'b',
      credential_type: 'basic',
      allowed_hosts: ['a.example.com', 'b.example.com'],
      credential: { username: 'u', password: K },
    });
  });

  test('I8: from a file, with injection rules and variables', async () => {
    const [key, rules] = [join(directory, 'key'), join(directory, 'rules.json')];
    await writeFile(key, `${K}\r\n`);
    await writeFile(rules, '[{"in":"header","name":"X-Key","format":"{token}"}]');
    const { code } = await alter([
      ...store,
      '--field-file',
      `token=${key}`,
      '--injection',
      rules,
      '--variable',
      'subdomain=a=b',
      '--delivery',
      'proxy_only',
    ]);
    assert.equal(code, 0);
    const body = JSON.parse(seen.at(-1)?.body ?? '');
    assert.deepEqual(body.credential, { token: K });
    assert.deepEqual(body.injection, [{ in: 'header', name: 'X-Key', format: '{token}' }]);
    assert.deepEqual([body.variables, body.delivery], [{ subdomain: 'a=b' }, 'proxy_only']);
  });

  test('I8: typed at a prompt, without echo', async () => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    const done = alter(store, { stdin });
    while (!seen.some(({ route }) => route.startsWith('GET /v1/catalog'))) await pause(5);
    await pause(100);
    for (const key of `${K}\r`) stdin.write(key);
    const { code, out, err } = await done;
    assert.equal(code, 0);
    assert.match(out, /^secret /, 'the prompt is not part of the output');
    assert.match(err, /API key/);
    assert.deepEqual(credentialSent(), { token: K });
    assert.ok(!err.includes('sk-c') && !/[▪•*]/.test(err), 'neither characters nor their number are shown');
  });

  test('I8: setup asks for the token and twice for the password, and sends no other token along', async () => {
    answers['POST /v1/setup'] = [201, { member_id: APP, app_id: APP, token: 'alter_pat_shown-once' }];
    for (const [again, code] of [
      ['not the same', 1],
      [K, 0],
    ] as const) {
      const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
      const done = alter(['setup', '--email', 'o@example.com'], { stdin });
      for (const typed of ['alter_setup_x', K, again]) {
        await pause(300);
        for (const key of `${typed}\r`) stdin.write(key);
      }
      const { code: ended, out, err } = await done;
      assert.equal(ended, code, err);
      assert.equal(out.includes('alter_pat_shown-once'), code === 0);
    }
    assert.deepEqual(
      seen.map(({ route, authorization, body }) => [route, authorization, JSON.parse(body)]),
      [['POST /v1/setup', undefined, { setup_token: 'alter_setup_x', password: K, email: 'o@example.com' }]],
    );
  });

  test('I8: never as an argument, and what was typed is not repeated', async () => {
    for (const args of [
      [...store, '--field', `token=${K}`],
      [...store, `--token=${K}`],
      [...store, '--field', K],
      [...store, K],
      ['secrets', K],
      [K],
    ]) {
      assert.equal((await alter(args)).code, 2);
    }
    assert.equal(seen.filter(({ route }) => route.startsWith('POST')).length, 0);
  });

  test('without a terminal nothing is asked', async () => {
    const { code, err } = await alter(store);
    assert.equal(code, 2);
    assert.match(err, /^alter: .*\nhint: .*--field/);
  });

  test('rotation finds the secret by its name and leaves it otherwise alone', async () => {
    const { code, out } = await alter(['secrets', 'rotate', 'openai-prod', '--field', 'token=-', '--json'], {
      stdin: Readable.from([K]),
    });
    assert.equal(code, 0);
    assert.equal(JSON.parse(out).version, 2);
    assert.equal(seen.at(-1)?.route, `PUT /v1/apps/${APP}/secrets/${SECRET}/credential`);
    assert.deepEqual(JSON.parse(seen.at(-1)?.body ?? ''), { credential: { token: K } });
  });
});

describe('answers and exit codes', () => {
  test('0: a table for people, JSON for machines', async () => {
    const table = await alter(['secrets', 'list']);
    assert.equal(table.code, 0);
    assert.match(table.out, /^NAME +TYPE/);
    assert.ok(!table.out.includes('\u001b'));
    assert.equal(JSON.parse((await alter(['secrets', 'list', '--json'])).out).items[0].name, 'openai-prod');
  });

  test('lists go over all pages', async () => {
    const route = `GET /v1/apps/${APP}/agents`;
    answers[route] = [200, { items: [{ name: 'a' }], next_cursor: 'c2' }];
    answers[`${route}?cursor=c2`] = page({ name: 'b' });
    const listed = alter(['agents', 'list', '--app', APP, '--json']);
    assert.deepEqual(
      JSON.parse((await listed).out).items.map(({ name }: { name: string }) => name),
      ['a', 'b'],
    );
    assert.equal(seen.at(-1)?.query.get('cursor'), 'c2');
  });

  test('A2: what comes from the vault can not steer the terminal', async () => {
    answers['GET /v1/apps'] = page({ app_id: APP, name: 'a\u001b[2Jb\u202ec\u009b1m' });
    assert.doesNotMatch((await alter(['apps', 'list'])).out.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
  });

  test('1: refused, with sentence, hint and request id', async () => {
    answers[`POST /v1/grants/${GRANT}/revoke`] = [403, refusal('insufficient_scope')];
    const { code, err, out } = await alter(['grants', 'revoke', GRANT]);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, new RegExp(`^alter: .+\nhint: .+\nrequest: ${GRANT}\n$`));
    const json = await alter(['grants', 'revoke', GRANT, '--json']);
    assert.equal(JSON.parse(json.err).error.code, 'insufficient_scope');
  });

  test('2: usage', async () => {
    for (const args of [
      [],
      ['nonsense'],
      ['secrets', 'store'],
      ['secrets', 'delete', 'openai-prod'],
      ['grants', 'revoke'],
      [...store, '--type', 'bearer'],
    ]) {
      const { code, err } = await alter(args);
      assert.equal(code, 2, args.join(' '));
      assert.match(err, /alter: .+\nhint: .+\n$/);
    }
    assert.equal(
      (await alter(['apps', 'list'], { env: { ALTER_BASE_URL: 'http://vault.example.com' } })).code,
      2,
    );
    assert.equal(seen.length, 0);
  });

  test('3: not signed in', async () => {
    assert.equal((await alter(['apps', 'list'], { env: { ALTER_TOKEN: '' } })).code, 3);
    answers['GET /v1/apps'] = [401, refusal('unauthenticated')];
    assert.equal((await alter(['apps', 'list'])).code, 3);
    assert.equal((await alter(['request', 'GET', 'https://a.example.com/', '--grant', GRANT])).code, 3);
  });

  test('4: not found, by id and by name', async () => {
    assert.equal((await alter(['keys', 'delete', GRANT])).code, 4);
    assert.equal((await alter(['secrets', 'rotate', 'no-such'])).code, 4);
  });

  test('5: the vault can not be reached, or is none', async () => {
    const env = { ALTER_BASE_URL: 'http://127.0.0.1:1' };
    assert.equal((await alter(['apps', 'list'], { env })).code, 5);
    answers['GET /v1/apps'] = [200, '<html>'];
    assert.equal((await alter(['apps', 'list'])).code, 5);
  });

  test('R1: a redirect is not followed with the token', async () => {
    answers['GET /v1/apps'] = [302, undefined, { location: `${baseUrl}/elsewhere` }];
    assert.equal((await alter(['apps', 'list'])).code, 5);
    assert.deepEqual(
      seen.map(({ route }) => route),
      ['GET /v1/apps'],
    );
  });

  test('the hint after a mistyped command names only commands that there are', async () => {
    for (const [args, command] of [
      ['sekrets list', 'alter --help'],
      ['secrets lst', 'alter secrets --help'],
    ] as const) {
      const { code, err } = await alter(args.split(' '));
      assert.equal(code, 2);
      assert.ok(err.includes(`See ${command}.`), err);
    }
  });

  test('help is no failure, and every command has examples', async () => {
    for (const args of [
      'secrets store',
      'keys create',
      'grants clone',
      'audit tail',
      'audit verify',
      'request',
      'catalog show',
      'root-key rotate',
      'doctor',
    ]) {
      const { code, out } = await alter([...args.split(' '), '--help']);
      assert.equal(code, 0);
      assert.match(out, /Examples:\n {2}alter /);
    }
  });
});

describe('commands', () => {
  test('the token goes to the vault, and to the app that was named', async () => {
    answers['POST /v1/apps/billing/keys'] = [201, { key_id: GRANT, api_key: 'alter_key_app_once' }];
    const { out } = await alter([
      'keys',
      'create',
      '--name',
      'ci',
      '--app',
      'billing',
      '--ip',
      '10.0.0.0/8',
      '--requests-per-minute',
      '60',
      '--no-allow-release',
    ]);
    assert.match(out, /alter_key_app_once/);
    assert.equal(seen[0]?.authorization, `Bearer ${TOKEN}`);
    assert.deepEqual(JSON.parse(seen[0]?.body ?? ''), {
      name: 'ci',
      kind: 'app',
      ip_allowlist: ['10.0.0.0/8'],
      requests_per_minute: 60,
      allow_release: false,
    });
  });

  test('a template is shown with its guide, for people and for machines', async () => {
    const guide = {
      checked: 'from_memory',
      key_page: { label: 'API keys', url: 'https://vendor.example/keys' },
      steps: ['Open **API keys**.', 'Copy the key.\u001b[2J'],
      values: { token: { where: 'Shown once.', looks: 'sk-…' } },
      scopes: [{ name: 'Read', why: 'the test call' }],
      expires: null,
      test_call: {
        method: 'GET',
        url: 'https://api.vendor.example/me',
        says: 'Reads you.',
        counts_against_quota: true,
      },
      pitfalls: [],
    };
    const template = { id: 'vendor', fields: [{ name: 'token' }], guide };
    answers['GET /v1/catalog/vendor'] = [200, template];
    const { out } = await alter(['catalog', 'show', 'vendor']);
    const shown = out.slice(out.indexOf('\n\n') + 2);
    assert.equal(
      shown,
      [
        'How to get it',
        '  API keys: https://vendor.example/keys',
        '  1. Open API keys.',
        '  2. Copy the key.\ufffd[2J',
        '',
        'Where its values are',
        '  token: Shown once. (sk-…)',
        '',
        'What to allow it',
        '  Read: the test call',
        '',
        'How it is tried',
        '  GET https://api.vendor.example/me: Reads you. It counts against the quota.',
        '',
        'Where this is from',
        "  Not compared with the vendor's documentation: menus may have other names by now.",
        '',
      ].join('\n'),
    );
    assert.deepEqual(JSON.parse((await alter(['catalog', 'show', 'vendor', '--json'])).out), template);
  });

  test('grants are made, cloned and listed', async () => {
    const grant = { grant_id: GRANT, secret_name: 'openai-prod', cloned_from: null, expires_at: null };
    answers[`POST /v1/apps/${APP}/secrets/${SECRET}/grants`] = [201, grant];
    answers[`POST /v1/grants/${GRANT}/clone`] = [201, { ...grant, cloned_from: GRANT }];
    answers[`GET /v1/apps/${APP}/grants`] = page(grant);
    assert.equal(
      (
        await alter([
          'grants',
          'create',
          '--secret',
          'openai-prod',
          '--principal',
          'agent:a:b',
          '--ttl-seconds',
          '60',
        ])
      ).code,
      0,
    );
    assert.deepEqual(JSON.parse(seen.at(-1)?.body ?? ''), {
      principal: { type: 'agent', id: 'a:b' },
      ttl_seconds: 60,
    });
    assert.equal((await alter(['grants', 'clone', GRANT, '--label', 'x'])).code, 0);
    assert.equal((await alter(['grants', 'list', '--secret', 'openai-prod', '--status', 'active'])).code, 0);
    assert.deepEqual(
      [seen.at(-1)?.query.get('secret_id'), seen.at(-1)?.query.get('status')],
      [SECRET, 'active'],
    );
    assert.match((await alter(['grants', 'revoke', GRANT])).out, /1 of its clones/);
  });

  test('audit: filters, oldest first in a tail, exports byte for byte', async () => {
    const event = (id: string): unknown => ({
      event_id: id,
      at: id,
      kind: 'call.completed',
      actor: { caller: 'bot' },
      url: 'https://a.example.com/',
    });
    answers[`GET /v1/apps/${APP}/audit`] = page(event('2'), event('1'));
    const { out } = await alter([
      'audit',
      'tail',
      '--no-follow',
      '--grant-id',
      GRANT,
      '--context',
      'tool=a=b',
    ]);
    assert.deepEqual(
      out.split('\n').map((line) => line[0]),
      ['1', '2', undefined],
    );
    assert.deepEqual(
      [seen.at(-1)?.query.get('grant_id'), seen.at(-1)?.query.get('context.tool')],
      [GRANT, 'a=b'],
    );
    assert.match((await alter(['audit', 'search', '--host', 'a.example.com'])).out, /call\.completed/);
    answers[`GET /v1/apps/${APP}/audit/export`] = [200, '{"leaf_index":0}\n'];
    const path = join(directory, 'audit.ndjson');
    assert.equal((await alter(['audit', 'export', '--output', path])).code, 0);
    assert.equal(await readFile(path, 'utf8'), '{"leaf_index":0}\n');
    assert.equal(
      (await alter(['audit', 'export', '--output', path])).code,
      2,
      'an existing file is left alone',
    );
    assert.equal((await alter(['audit', 'export'])).out, '{"leaf_index":0}\n');
  });

  test('I13: an export that does not fit its checkpoint is refused', async () => {
    const [file, note, key] = ['export', 'note', 'key'].map((name) => join(directory, name));
    assert.ok(file && note && key);
    for (const path of [file, note, key]) await writeFile(path, 'nothing\n');
    const { code } = await alter(['audit', 'verify', file, '--checkpoint', note, '--public-key', key], {
      env: { ALTER_TOKEN: '' },
    });
    assert.equal(code, 1);
    assert.equal(seen.length, 0, 'offline');
    assert.equal(
      (await alter(['audit', 'verify', join(directory, 'none'), '--checkpoint', note, '--public-key', key]))
        .code,
      2,
    );
  });

  test('root-key rotate', async () => {
    assert.match((await alter(['root-key', 'rotate'])).out, /3 keys/);
  });

  test('request: proxied with the API key, the body as it is', async () => {
    answers['POST /v1/proxy'] = [200, 'pong', { 'content-type': 'text/plain', 'alter-request-id': GRANT }];
    const path = join(directory, 'body');
    await writeFile(path, '{"n":12345678901234567890}');
    const env = { ALTER_API_KEY: 'alter_key_app_test' };
    const { code, out } = await alter(
      [
        'request',
        'POST',
        'https://a.example.com/x',
        '--grant',
        GRANT,
        '--proxy',
        '--header',
        'x-a: 1:2',
        '--data',
        `@${path}`,
      ],
      { env },
    );
    assert.deepEqual([code, out], [0, 'pong']);
    assert.equal(seen[0]?.authorization, 'Bearer alter_key_app_test');
    assert.equal(seen[0]?.body, '{"n":12345678901234567890}');
  });

  test('request: a refusal of the vault keeps its code', async () => {
    answers['POST /v1/proxy'] = [
      403,
      refusal('host_not_allowed'),
      { 'alter-error': 'host_not_allowed', 'alter-request-id': GRANT },
    ];
    const env = { ALTER_API_KEY: 'alter_key_app_test' };
    const { code, err } = await alter(
      ['request', 'POST', 'https://a.example.com/x', '--grant', GRANT, '--proxy', '--json'],
      { env },
    );
    assert.equal(code, 1);
    assert.equal(JSON.parse(err).error.code, 'host_not_allowed');
  });

  test('doctor: in order, clock skew, no token, no vault', async () => {
    const good = await alter(['doctor', '--json']);
    assert.equal(good.code, 0);
    assert.deepEqual(
      JSON.parse(good.out).findings.map(({ check }: { check: string }) => check),
      ['node', 'reach', 'clock', 'ready', 'versions', 'warning', 'token'],
    );
    answers['GET /healthz'] = [200, {}, { date: new Date(Date.now() + 60_000).toUTCString() }];
    const skewed = await alter(['doctor']);
    assert.equal(skewed.code, 1);
    assert.match(skewed.out, /BAD {2}The clock of the vault is (59|60) s ahead/);
    answers['GET /healthz'] = [200, {}];
    assert.equal((await alter(['doctor'], { env: { ALTER_TOKEN: '' } })).code, 3);
    assert.equal((await alter(['doctor'], { env: { ALTER_BASE_URL: 'http://127.0.0.1:1' } })).code, 5);
  });
});

test('the launcher: streams, environment and exit code go through', async () => {
  const env = { ...process.env, ALTER_TOKEN: TOKEN, ALTER_BASE_URL: baseUrl };
  const child = spawn(process.execPath, [BIN, ...store, '--field', 'token=-', '--json'], { env });
  child.stdin.end(K);
  let out = '';
  for await (const chunk of child.stdout) out += String(chunk);
  assert.equal(JSON.parse(out).grant_id, GRANT);
  assert.ok(!out.includes(K) && !child.spawnargs.join(' ').includes(K));
  assert.deepEqual(credentialSent(), { token: K });
  const failing = spawn(process.execPath, [BIN, 'nonsense'], { env });
  assert.equal(await new Promise((resolve) => failing.on('exit', resolve)), 2);
});
