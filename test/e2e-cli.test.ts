/** Every command of `alter`, as a process of its own, against the real vault; no value of a credential shows anywhere. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, testPostgres, type Json, type TestVault } from './vault.ts';

const BIN = fileURLToPath(new URL('../packages/cli/bin/alter.js', import.meta.url));
const SERVER = fileURLToPath(new URL('../packages/server/bin/alter-vault.js', import.meta.url));
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
/** In every credential that is stored here. */
const K = canary();

let vault: TestVault;
let upstream: Upstream;
let directory: string;
let apiKey: string;

before(async () => {
  vault = await startVault();
  upstream = await startUpstream();
  directory = await mkdtemp(join(tmpdir(), 'alter-e2e-cli-'));
  apiKey = (await vault.key()).api_key;
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await rm(directory, { recursive: true, force: true });
  await stopPostgres();
});

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Given {
  readonly stdin?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

async function alter(args: readonly string[], { stdin = '', env = {} }: Given = {}): Promise<Run> {
  assert.ok(!args.join(' ').includes(K), 'I8: no value is ever an argument');
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { PATH: '', ALTER_TOKEN: vault.token, ALTER_API_KEY: apiKey, ALTER_BASE_URL: vault.url, ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdin.on('error', () => undefined).end(stdin);
  await once(child, 'close');
  for (const text of [out, err]) assert.ok(!text.includes(K), `I8: a value was printed by ${args.join(' ')}`);
  return { code: child.exitCode ?? -1, out, err };
}

/** It must succeed; its answer as JSON. */
async function json(args: readonly string[], given?: Given): Promise<Json> {
  const { code, out, err } = await alter([...args, '--json'], given);
  assert.equal(code, 0, `${args.join(' ')}: ${err}`);
  return JSON.parse(out);
}

/** It must fail so, with a sentence and a hint. */
async function fails(code: number, args: readonly string[], given?: Given): Promise<string> {
  const run = await alter(args, given);
  assert.equal(run.code, code, `${args.join(' ')}: ${run.out}${run.err}`);
  assert.match(run.err, /^alter: .+\nhint: .+\n/m, args.join(' '));
  return run.err;
}

let count = 0;
const storeArgs = (...more: string[]): string[] => [
  'secrets',
  'store',
  '--name',
  `s-${(count += 1)}`,
  ...more,
];

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

async function stored(): Promise<{ secret_id: string; grant_id: string; name: string }> {
  return json(storeArgs('--type', 'bearer', '--allowed-host', upstream.host, '--field', 'token=-'), {
    stdin: K,
  });
}

describe('alter secrets', () => {
  test('I8: each type is stored, from standard input and from files, and is what calls go out with', async () => {
    const rules = await fileOf('rules.json', '[{"in":"header","name":"X-Key","format":"Token {token}"}]');
    const host = ['--allowed-host', upstream.host];
    const file = await fileOf('token', `${K}\n`);
    const cases: [string[], string | undefined, string, string][] = [
      [['--type', 'bearer', '--field', 'token=-'], `${K}\n`, 'authorization', `Bearer ${K}`],
      [['--type', 'bearer', '--field-file', `token=${file}`], undefined, 'authorization', `Bearer ${K}`],
      [['--type', 'api_key', '--field', 'token=-'], K, 'x-api-key', K],
      [['--type', 'api_key', '--field', 'token=-', '--injection', rules], K, 'x-key', `Token ${K}`],
      [
        ['--type', 'basic', '--credential-stdin'],
        JSON.stringify({ username: 'u', password: K }),
        'authorization',
        `Basic ${Buffer.from(`u:${K}`).toString('base64')}`,
      ],
    ];
    for (const [args, stdin, header, value] of cases) {
      const { grant_id } = await json(storeArgs(...args, ...host), { stdin });
      for (const mode of [[], ['--proxy']]) {
        const { code, out, err } = await alter([
          'request',
          'GET',
          upstream.origin,
          '--grant',
          grant_id,
          ...mode,
        ]);
        assert.equal(code, 0, err);
        assert.equal(JSON.parse(out).method, 'GET');
        assert.equal(upstream.requests.at(-1)?.headers[header], value);
      }
    }
    const aws = JSON.stringify({ access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: K });
    const sigv4 = await fileOf('sigv4.json', '[{"in":"aws_sigv4","service":"s3","region":"eu-west-1"}]');
    const signed = await json(
      storeArgs('--type', 'aws_sigv4', '--credential-stdin', '--injection', sigv4, ...host),
      { stdin: aws },
    );
    await alter(['request', 'PUT', `${upstream.origin}/k`, '--grant', signed.grant_id, '--data', 'x']);
    assert.match(
      String(upstream.requests.at(-1)?.headers['authorization']),
      /^AWS4-HMAC-SHA256 Credential=AKIA/,
    );
  });

  test('templates: their fields, variables and hosts', async () => {
    const cases: [string, Record<string, string>, string[], string[]][] = [
      ['openai', { token: K }, [], ['api.openai.com']],
      ['zendesk', { email: 'a@example.com', token: K }, ['subdomain=acme'], ['acme.zendesk.com']],
      ['datadog', { api_key: K }, [], ['api.datadoghq.com']],
      ['custom_header', { token: K }, ['host=api.example.com', 'prefix=Token '], ['api.example.com']],
      ['algolia', { app_id: 'B1G2GM9NG0', api_key: K }, [], ['b1g2gm9ng0.algolia.net']],
      [
        's3_compatible',
        { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: K },
        ['host=minio.example.com'],
        ['minio.example.com', '**.minio.example.com'],
      ],
    ];
    for (const [template, credential, variables, hosts] of cases) {
      const given = variables.flatMap((variable) => ['--variable', variable]);
      const args = storeArgs('--template', template, '--credential-stdin', ...given);
      const secret = await json(args, { stdin: JSON.stringify(credential) });
      assert.deepEqual(secret.allowed_hosts.slice(0, hosts.length), hosts);
    }
    const err = await fails(1, storeArgs('--template', 'zendesk', '--credential-stdin'), {
      stdin: JSON.stringify({ email: 'a@example.com', token: K }),
    });
    assert.match(err, /variables\.subdomain/);
  });

  test('list, rotate by name and by id, delete', async () => {
    const { name, secret_id, grant_id } = await stored();
    const { items } = await json(['secrets', 'list']);
    assert.ok(
      items.some((item: { name: string; version: number }) => item.name === name && item.version === 1),
    );
    assert.match((await alter(['secrets', 'list'])).out, new RegExp(`^NAME .*\n[^]*${name} .*${secret_id}`));
    const next = `${K}-2`;
    assert.equal((await json(['secrets', 'rotate', name, '--field', 'token=-'], { stdin: next })).version, 2);
    await alter(['request', 'GET', upstream.origin, '--grant', grant_id, '--proxy']);
    assert.equal(upstream.requests.at(-1)?.headers['authorization'], `Bearer ${next}`);
    assert.equal(
      (await json(['secrets', 'rotate', secret_id, '--field', 'token=-'], { stdin: K })).version,
      3,
    );
    await fails(2, ['secrets', 'delete', name]);
    assert.equal((await alter(['secrets', 'delete', name, '--yes'])).code, 0);
    await fails(4, ['secrets', 'rotate', name, '--field', 'token=-'], { stdin: K });
    await fails(4, ['request', 'GET', upstream.origin, '--grant', grant_id]);
  });
});

describe('alter apps, agents, keys, grants', () => {
  test('a key of an agent reaches the grants of the agent, until it is deleted', async () => {
    const agent = await json(['agents', 'create', '--name', 'mail-bot', '--display-name', 'Mail bot']);
    assert.match((await alter(['agents', 'list'])).out, /mail-bot +Mail bot/);
    const key = await json(['keys', 'create', '--name', 'bot', '--agent', 'mail-bot', '--ip', '127.0.0.0/8']);
    assert.match(key.api_key, /^alter_key_agent_/);
    const secret = await stored();
    const grant = await json([
      ...['grants', 'create', '--secret', secret.name, '--principal', `agent:${agent.agent_id}`],
      ...['--label', 'for the bot', '--ttl-seconds', '600'],
    ]);
    const env = { ALTER_API_KEY: key.api_key };
    const request = ['request', 'POST', `${upstream.origin}/x`, '--grant', grant.grant_id, '--proxy'];
    const body = await fileOf('body', 'from a file');
    const answer = await json([...request, '--data', `@${body}`, '--header', 'X-A: b', '--reason', 'mail'], {
      env,
    });
    assert.equal(answer.status_code, 200);
    assert.equal(JSON.parse(answer.body).body, 'from a file');
    assert.equal(upstream.requests.at(-1)?.headers['x-a'], 'b');
    assert.equal(
      JSON.parse((await alter([...request, '--data', '@-'], { env, stdin: 'piped' })).out).body,
      'piped',
    );
    await fails(1, ['request', 'GET', upstream.origin, '--grant', grant.grant_id], { env });
    await fails(4, ['request', 'GET', upstream.origin, '--grant', secret.grant_id, '--proxy'], { env });
    const { items } = await json(['keys', 'list']);
    assert.ok(!JSON.stringify(items).includes(key.api_key), 'W7: a key is shown once');
    assert.equal((await alter(['keys', 'delete', key.key_id])).code, 0);
    await fails(3, [...request, '--data', 'x'], { env });
  });

  test('grants are cloned, listed and revoked with their clones', async () => {
    const { name, grant_id } = await stored();
    const clone = await json(['grants', 'clone', grant_id, '--ttl-seconds', '60', '--label', 'one job']);
    assert.equal(clone.cloned_from, grant_id);
    const list = ['grants', 'list', '--secret', name, '--status'];
    assert.equal((await json([...list, 'active'])).items.length, 2);
    const { out } = await alter(['grants', 'revoke', grant_id, '--reason', 'over']);
    assert.match(out, /revoked, and 1 of its clones/);
    assert.equal((await json([...list, 'revoked'])).items.length, 2);
    await fails(1, ['request', 'GET', upstream.origin, '--grant', clone.grant_id]);
    await fails(1, ['grants', 'create', '--secret', name, '--principal', 'nobody']);
  });

  test('I9: what is in another app is not there', async () => {
    const made = await json(['apps', 'create', '--name', 'billing']);
    assert.match(
      (await alter(['apps', 'list'])).out,
      new RegExp(`billing.*${made.app_id}|${made.app_id}.*billing`),
    );
    const { name, grant_id } = await stored();
    const inBilling = ['--app', 'billing'];
    assert.deepEqual((await json(['secrets', 'list', ...inBilling])).items, []);
    await fails(4, ['secrets', 'rotate', name, '--field', 'token=-', ...inBilling], { stdin: K });
    const { api_key } = await json(['keys', 'create', '--name', 'k', ...inBilling]);
    await fails(4, ['request', 'GET', upstream.origin, '--grant', grant_id], {
      env: { ALTER_API_KEY: api_key },
    });
    await fails(4, ['secrets', 'list', '--app', 'no-such-app']);
  });
});

describe('alter audit', () => {
  /** An export whose checkpoint covers it. */
  async function exported(
    name: string,
  ): Promise<{ file: string; checkpoint: string; key: string; offline: string[] }> {
    await pause(1500);
    const file = join(directory, name);
    assert.equal((await alter(['audit', 'export', '--output', file])).code, 0);
    const checkpoint = await fileOf(
      `${name}.checkpoint`,
      (await vault.api('GET', '/v1/audit/checkpoint')).text,
    );
    const key = await fileOf(`${name}.key`, (await vault.api('GET', '/v1/audit/public-key')).text);
    return { file, checkpoint, key, offline: ['--checkpoint', checkpoint, '--public-key', key] };
  }

  test('tail and search show what happened, filtered', async () => {
    const { grant_id } = await stored();
    const url = `${upstream.origin}/audited?x=1`;
    const named = ['--reason', 'because', '--caller', 'e2e'];
    await alter(['request', 'GET', url, '--grant', grant_id, '--proxy', ...named]);
    await fails(1, ['request', 'GET', 'https://evil.example/', '--grant', grant_id]);
    const denied = await json([
      'audit',
      'search',
      '--grant-id',
      grant_id,
      '--decision',
      'deny',
      '--limit',
      '5',
    ]);
    assert.deepEqual(
      denied.items.map(({ code, url: at }: { code: string; url: string }) => [code, at]),
      [['host_not_allowed', 'https://evil.example/']],
    );
    const { out } = await alter([
      'audit',
      'tail',
      '--no-follow',
      '--grant-id',
      grant_id,
      '--kind',
      'call.authorized',
    ]);
    assert.match(out, /call\.authorized +allow +GET .*\/audited\?x=1 +e2e +because\n$/);
    const lines = await alter(['audit', 'tail', '--no-follow', '--lines', '2', '--json']);
    assert.equal(
      lines.out
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line)).length,
      2,
    );
    await fails(1, ['audit', 'search', '--decision', 'perhaps']);
  });

  test('tail waits for new events', async () => {
    const { grant_id } = await stored();
    const child = spawn(process.execPath, [BIN, 'audit', 'tail', '--grant-id', grant_id], {
      env: { PATH: '', ALTER_TOKEN: vault.token, ALTER_BASE_URL: vault.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let seen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
    await pause(700);
    await vault.proxy(apiKey, grant_id, `${upstream.origin}/later`);
    for (let i = 0; i < 60 && !seen.includes('/later'); i += 1) await pause(100);
    child.kill();
    await once(child, 'exit');
    assert.match(seen, /call\.authorized .*\/later/);
  });

  test('I13, F16: an export verifies offline, and a changed, removed or moved event is named', async () => {
    const { grant_id } = await stored();
    for (let i = 0; i < 3; i += 1) await vault.proxy(apiKey, grant_id, `${upstream.origin}/${i}`);
    const { file, offline } = await exported('audit.ndjson');
    const nowhere = { env: { ALTER_BASE_URL: 'http://127.0.0.1:1', ALTER_TOKEN: '' } };
    const intact = await alter(['audit', 'verify', file, ...offline], nowhere);
    assert.deepEqual([intact.code, intact.err], [0, '']);
    assert.match(intact.out, /intact/);
    assert.equal((await json(['audit', 'verify', file])).ok, true, 'with what the vault says');

    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const at = lines.findLastIndex((line) => line.includes('call.authorized'));
    const event: { event_id: string; leaf_index: number; canonical: string } = JSON.parse(lines[at] ?? '');
    const canonical = Buffer.from(event.canonical, 'base64').toString().replace('"GET"', '"PUT"');
    const tampered: [string, readonly string[], RegExp][] = [
      ['shown', lines.with(at, (lines[at] ?? '').replace('"allow"', '"deny"')), new RegExp(event.event_id)],
      [
        'hashed',
        lines.with(
          at,
          JSON.stringify({ ...event, method: 'PUT', canonical: Buffer.from(canonical).toString('base64') }),
        ),
        new RegExp(event.event_id),
      ],
      ['removed', lines.toSpliced(at, 1), new RegExp(`leaf ${event.leaf_index}\\b`)],
      ['moved', lines.with(at, lines[at - 1] ?? '').with(at - 1, lines[at] ?? ''), /leaf \d+/],
      ['cut', lines.slice(0, at), /cut at|leaf \d+/],
    ];
    for (const [name, changed, names] of tampered) {
      const path = await fileOf(`tampered-${name}.ndjson`, `${changed.join('\n')}\n`);
      assert.match(await fails(1, ['audit', 'verify', path, ...offline], nowhere), names, name);
    }
  });

  test('a filtered export verifies too, and CSV does not', async () => {
    const { grant_id } = await stored();
    await vault.proxy(apiKey, grant_id, upstream.origin);
    const { offline } = await exported('all.ndjson');
    const path = join(directory, 'filtered.ndjson');
    assert.equal((await alter(['audit', 'export', '--grant-id', grant_id, '--output', path])).code, 0);
    assert.equal((await alter(['audit', 'verify', path, ...offline])).code, 0);
    await fails(2, ['audit', 'export', '--output', path]);
    const csv = await alter(['audit', 'export', '--format', 'csv', '--grant-id', grant_id]);
    assert.match(csv.out, /^event_id,|^"?at"?,|event_id/);
    await fails(1, ['audit', 'verify', await fileOf('audit.csv', csv.out), ...offline]);
    await fails(2, ['audit', 'verify', join(directory, 'no-such-file'), ...offline]);
  });
});

describe('alter catalog, doctor, keyring, tokens, members', () => {
  test('catalog', async () => {
    assert.equal((await json(['catalog', 'list'])).items.length, 136);
    assert.match((await alter(['catalog', 'list'])).out, /^ID +NAME/);
    const { out } = await alter(['catalog', 'show', 'zendesk']);
    assert.match(out, /variables +subdomain\n[^]*hosts +\{subdomain\}\.zendesk\.com/);
    await fails(4, ['catalog', 'show', 'no-such']);
  });

  test('doctor', async () => {
    const { ok, findings } = await json(['doctor']);
    assert.equal(ok, true, JSON.stringify(findings));
    assert.deepEqual(findings.map(({ check }: { check: string }) => check).slice(0, 4), [
      'node',
      'reach',
      'clock',
      'ready',
    ]);
    assert.equal((await alter(['doctor'], { env: { ALTER_TOKEN: `alter_pat_${'x'.repeat(43)}` } })).code, 3);
    assert.equal((await alter(['doctor'], { env: { ALTER_BASE_URL: 'http://127.0.0.1:1' } })).code, 5);
  });

  test('F12: keyring and root key rotate, and secrets of before still open', async () => {
    const { grant_id } = await stored();
    const before = await json(['keyring', 'show']);
    const rotated = await json(['keyring', 'rotate']);
    assert.ok(rotated.keys.length > before.keys.length);
    assert.match((await alter(['keyring', 'show'])).out, /^The root key is .+\nKEY ID +PURPOSE +STATE/);
    const root = await json(['root-key', 'rotate']);
    assert.notEqual(root.root_key_id, before.root_key_id);
    assert.ok(root.rewrapped > 0);
    assert.equal((await json(['keyring', 'show'])).root_key_id, root.root_key_id);
    assert.equal((await alter(['request', 'GET', upstream.origin, '--grant', grant_id])).code, 0);
  });

  test('a token is shown once, does what its scopes say, and is over when it is revoked', async () => {
    const token = await json([
      'tokens',
      'create',
      '--name',
      'ci',
      '--scope',
      'audit:read',
      '--ttl-seconds',
      '600',
    ]);
    assert.match(token.token, /^alter_pat_/);
    assert.ok(!(await alter(['tokens', 'list'])).out.includes(token.token));
    const env = { ALTER_TOKEN: token.token };
    const appId = (await json(['apps', 'list'])).items.find(
      ({ name }: { name: string }) => name === 'default',
    ).app_id;
    assert.equal((await alter(['audit', 'search', '--app', appId], { env })).code, 0);
    await fails(1, ['secrets', 'list', '--app', appId], { env });
    assert.equal((await alter(['tokens', 'revoke', token.token_id])).code, 0);
    await fails(3, ['audit', 'search', '--app', appId], { env });
  });

  test('members are added with and without a password, listed and removed', async () => {
    const add = (email: string, ...more: string[]) => [
      'members',
      'add',
      '--email',
      email,
      '--role',
      'developer',
      ...more,
    ];
    const member = await json(add('dev@example.com'), { stdin: `${K}\n` });
    assert.equal(member.role, 'developer');
    await json(add('bot@example.com', '--no-password'));
    assert.match((await alter(['members', 'list'])).out, /dev@example\.com +developer/);
    await fails(1, add('dev@example.com', '--no-password'));
    await fails(1, add('short@example.com'), { stdin: 'short' });
    assert.equal((await alter(['members', 'remove', 'bot@example.com'])).code, 0);
    assert.equal((await alter(['members', 'remove', member.member_id])).code, 0);
    await fails(4, ['members', 'remove', 'bot@example.com']);
  });
});

describe('exit codes', () => {
  test('2, 3 and 5, as text and as JSON', async () => {
    await fails(2, []);
    await fails(2, ['secrets', 'store', '--name', 'x']);
    await fails(2, ['request', 'GET', upstream.origin]);
    await fails(3, ['secrets', 'list'], { env: { ALTER_TOKEN: '' } });
    await fails(3, ['secrets', 'list'], { env: { ALTER_TOKEN: `alter_pat_${'x'.repeat(43)}` } });
    await fails(3, ['request', 'GET', upstream.origin, '--grant', 'x'], { env: { ALTER_API_KEY: '' } });
    await fails(5, ['secrets', 'list'], { env: { ALTER_BASE_URL: 'http://127.0.0.1:1' } });
    await fails(5, ['secrets', 'list'], { env: { ALTER_BASE_URL: upstream.origin } });
    const { err, code } = await alter(['grants', 'revoke', '01990000-0000-7000-8000-000000000000', '--json']);
    const { error } = JSON.parse(err);
    assert.deepEqual([code, error.code], [4, 'not_found']);
    assert.match(error.request_id, UUID);
    upstream.behave((_request, response) => response.writeHead(503).end('down'));
    const { grant_id } = await stored();
    const refused = await alter(['request', 'GET', upstream.origin, '--grant', grant_id]);
    assert.deepEqual([refused.code, refused.out], [1, 'down']);
  });
});

describe('alter setup', () => {
  test('the first owner of a new vault, from the token that its start printed, once', async (t) => {
    const urls = await (await testPostgres()).fresh();
    const data = join(directory, 'data');
    const server = spawn(process.execPath, [SERVER], {
      env: {
        PATH: '',
        ALTER_PORT: '0',
        ALTER_DATA_DIR: data,
        ALTER_DATABASE_URL: urls.runtimeUrl,
        ALTER_DATABASE_OWNER_URL: urls.ownerUrl,
      },
    });
    t.after(async () => {
      server.kill();
      if (server.exitCode === null) await once(server, 'exit');
    });
    let printed = '';
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
    const found = (pattern: RegExp): string | undefined => pattern.exec(printed)?.[0];
    for (let i = 0; i < 200 && !found(/alter_setup_[\w-]{40,}\b/); i += 1) await pause(100);
    await pause(200);
    const setupToken = found(/alter_setup_[\w-]+/);
    const url = found(/http:\/\/127\.0\.0\.1:[1-9]\d*/);
    assert.ok(setupToken !== undefined && url !== undefined, printed);

    const env = { ALTER_BASE_URL: url, ALTER_TOKEN: '' };
    const setup = ['setup', '--email', 'owner@example.com'];
    await fails(3, setup, { env, stdin: `alter_setup_wrong\n${K}\n` });
    await fails(2, setup, { env, stdin: setupToken });
    const tokenFile = await fileOf('setup-token', `${setupToken}\n`);
    await chmod(tokenFile, 0o600);
    await fails(1, [...setup, '--setup-token-file', tokenFile], { env, stdin: 'short' });
    const done = await alter([...setup, '--setup-token-file', tokenFile], { env, stdin: `${K}\n` });
    assert.equal(done.code, 0, done.err);
    const token = /alter_pat_[\w-]+/.exec(done.out)?.[0] ?? '';
    assert.equal(done.out.split(token).length, 2, 'shown once');
    const owner = { env: { ALTER_BASE_URL: url, ALTER_TOKEN: token } };
    assert.deepEqual((await json(['secrets', 'list'], owner)).items, []);
    assert.match((await alter(['doctor'], owner)).out, /signed in as owner@example\.com \(owner\)/);
    await fails(3, setup, { env, stdin: `${setupToken}\n${K}\n` });
  });
});
