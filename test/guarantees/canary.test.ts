/**
 * I5, I7, I8: credentials that nobody could know by chance go through everything that the vault does, forced internal errors
 * included; then all that it wrote and answered is searched for them in every usual encoding: log, every table, answers,
 * exports. What the upstream got is the only place where they may be.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { startUpstream, type Upstream } from '../upstream.ts';
import { canary, stopPostgres, type Answer } from '../vault.ts';
import { until } from '../vault-process.ts';
import { holdPolicy, person } from '../approvals-rig.ts';
import { startRig, type Rig } from './rig.ts';

/** As a value may stand in bytes that somebody wrote. */
function formsOf(secret: string): Map<string, string> {
  const bytes = Buffer.from(secret);
  const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  // What is encoded at another offset shares no characters with what is encoded at the start.
  const base64At = (offset: number): string =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(4, -4);
  return new Map([
    ['raw', secret],
    ['reversed', [...secret].toReversed().join('')],
    ['hex', bytes.toString('hex')],
    ['HEX', bytes.toString('hex').toUpperCase()],
    ['percent', percent],
    ['encodeURIComponent', encodeURIComponent(secret)],
    [
      'json \\u',
      [...secret].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    ],
    ...[0, 1, 2].map((offset) => [`base64 at ${offset}`, base64At(offset)] as const),
    ...[0, 1, 2].map(
      (offset) =>
        [`base64url at ${offset}`, base64At(offset).replaceAll('+', '-').replaceAll('/', '_')] as const,
    ),
  ]);
}

function findIn(text: string, secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) =>
    [...formsOf(secret)]
      .filter(([, form]) => text.includes(form))
      .map(([name]) => `${secret.slice(0, 6)}… as ${name}`),
  );
}

let rig: Rig;
let evil: Upstream;
const answers: Answer[] = [];
const secrets = Array.from({ length: 6 }, canary);
/** What is sealed beside credentials: the URL of a Slack webhook, the body of a held call, the answer to it. */
const sealed = Array.from({ length: 3 }, canary);
const [bearer = '', apiKey = '', user = '', password = '', rotated = '', awsSecret = ''] = secrets;
let key: string;
const grants: Record<string, string> = {};
const ids: Record<string, string> = {};

/** Keeps what it answered. */
async function noted(answer: Promise<Answer>): Promise<Answer> {
  const given = await answer;
  answers.push(given);
  return given;
}

before(async () => {
  rig = await startRig();
  evil = await startUpstream();
  const { vault, upstream } = rig;
  key = (await vault.key()).api_key;
  const store = async (name: string, body: Record<string, unknown>): Promise<void> => {
    const made = await noted(
      vault.api('POST', '/v1/apps/default/secrets', { name, allowed_hosts: [upstream.host], ...body }),
    );
    assert.equal(made.status, 201, made.text);
    grants[name] = made.json.grant_id;
    ids[name] = made.json.secret_id;
  };
  await store('bearer', { credential_type: 'bearer', credential: { token: bearer } });
  await store('query', {
    credential_type: 'api_key',
    credential: { token: apiKey },
    injection: [{ in: 'query', name: 'api_key', format: '{token}' }],
  });
  await store('basic', { credential_type: 'basic', credential: { username: user, password } });
  await store('aws', {
    credential_type: 'aws_sigv4',
    credential: {
      access_key_id: 'AKIDEXAMPLE',
      secret_access_key: awsSecret,
      region: 'eu-west-1',
      service: 's3',
    },
  });
});
after(async () => {
  await rig?.stop();
  await evil?.stop();
  await stopPostgres();
});

const url = (path: string): string => rig.upstream.origin + path;
const call = (name: string, path: string, init: Parameters<Rig['vault']['proxy']>[3] = {}): Promise<Answer> =>
  noted(rig.vault.proxy(key, grants[name] ?? '', url(path), init));

describe('what the vault does', () => {
  test('I5: the injected value wins, exactly once, whatever the caller sends', async () => {
    await call('bearer', '/slots', {
      headers: { 'X-Api-Key': 'mine', Cookie: 'a=b', 'X-Forwarded-For': '1.2.3.4' },
    });
    const seen = rig.upstream.requests.at(-1);
    assert.equal(seen?.headers['authorization'], `Bearer ${bearer}`);
    assert.equal(seen?.rawHeaders.filter((name) => /^authorization$/i.test(name)).length, 1);
    assert.equal(seen?.headers['x-api-key'], undefined);
    assert.equal(seen?.headers['cookie'], undefined);
    await call('query', '/slots?api_key=mine&%61pi_key=mine&x=1');
    const query = new URL(rig.upstream.requests.at(-1)?.url ?? '', rig.upstream.origin).searchParams;
    assert.deepEqual(query.getAll('api_key'), [apiKey]);
  });

  test('I5, I8: an upstream that echoes: header, body, status text, chunks, gzip', async () => {
    rig.upstream.behave((request, response) => {
      const auth = String(request.headers['authorization'] ?? request.url);
      const value = auth.replace(/^\w+ /, '');
      response.setHeader('X-Echo', auth);
      response.setHeader('Location', `https://elsewhere.example/?t=${value}`);
      if (request.url === '/gzip') response.setHeader('Content-Encoding', 'gzip').end(gzipSync(auth));
      else if (request.url === '/split') {
        response.write(auth.slice(0, 20));
        setTimeout(() => response.end(auth.slice(20)), 20);
      } else
        response.end(
          JSON.stringify({
            auth,
            b64: Buffer.from(value).toString('base64'),
          }),
        );
    });
    for (const name of ['bearer', 'query', 'basic']) {
      for (const path of ['/plain', '/split']) assert.match((await call(name, path)).text, /\[redacted\]/);
    }
    // What comes compressed, because the caller insisted, is read through, or flagged as what it is (P2).
    const zipped = await rig.vault.proxy(key, grants['bearer'] ?? '', url('/gzip'), {
      headers: { 'Accept-Encoding': 'gzip' },
    });
    const isClean = findIn(zipped.text, secrets).length === 0;
    await until('the outcome is written, with its flag', async () => {
      const [event] = await rig.vault.audit({ kind: 'call.completed', url_prefix: url('/gzip') });
      return event?.flags.includes(isClean ? 'secret_echoed' : 'response_not_inspected');
    });
  });

  test('I7: a host that is not allowed, a redirect, a private address', async () => {
    const before = evil.requests.length;
    for (const target of [
      evil.origin,
      'http://169.254.169.254/latest',
      `http://user:p@${rig.upstream.host}/`,
    ]) {
      const answer = await noted(rig.vault.proxy(key, grants['bearer'] ?? '', target));
      assert.ok(answer.status >= 400, target);
    }
    rig.upstream.behave((_request, response) =>
      response.writeHead(307, { Location: `${evil.origin}/stolen` }).end(),
    );
    assert.equal((await call('bearer', '/redirect', { method: 'POST', body: 'x' })).status, 307);
    assert.equal(evil.requests.length, before);
    assert.equal(evil.connections(), 0);
  });

  test('I8: values in reason, context, caller and URL; errors of every kind, internal ones forced', async () => {
    const context = JSON.stringify({ tool: bearer, nested: { deep: [apiKey] } });
    const alter = { 'Alter-Reason': bearer, 'Alter-Caller': password, 'Alter-Context': context };
    rig.upstream.behave((_request, response) => response.end('ok'));
    await call('bearer', `/in-the-path/${bearer}?q=${apiKey}`, { alter });
    rig.upstream.behave((_request, response) => response.destroy());
    assert.equal((await call('bearer', '/reset')).status, 502);
    assert.equal((await call('query', '/reset')).status, 502);
    rig.upstream.behave((_request, response) => response.end('ok'));
    await noted(rig.vault.proxy(`${key.slice(0, -3)}abc`, grants['bearer'] ?? '', url('/')));
    const secret = (body: unknown): Promise<Answer> =>
      noted(rig.vault.api('POST', '/v1/apps/default/secrets', body));
    assert.equal(
      (await secret({ name: 'bad', credential_type: 'bearer', credential: { token: `${bearer}\r\n` } }))
        .status,
      400,
    );
    assert.equal(
      (await secret({ name: 'bad', credential_type: 'nothing', credential: { [bearer]: password } })).status,
      400,
    );
    assert.equal((await secret(`{"credential": {"token": "${bearer}"`)).status, 400);
    const put = `/v1/apps/default/secrets/${ids['bearer'] ?? ''}/credential`;
    await rig.sql('ALTER TABLE secret_versions RENAME TO hidden_versions');
    const failed = await noted(rig.vault.api('PUT', put, { credential: { token: rotated } }));
    const opened = await call('basic', '/forced');
    await rig.sql('ALTER TABLE hidden_versions RENAME TO secret_versions');
    assert.equal(failed.json.error.code, 'internal');
    assert.ok(opened.status === 200 || opened.json.error.code === 'internal');
    for (const { text } of [failed, opened])
      assert.doesNotMatch(text, / at |\.ts|secret_versions|SELECT|INSERT/);
    assert.equal((await noted(rig.vault.api('PUT', put, { credential: { token: rotated } }))).status, 200);
    await call('bearer', '/after-rotation');
    await call('aws', '/bucket/key', { method: 'PUT', body: 'object' });
    const signed = await noted(
      rig.vault.release(key, { grant_id: grants['aws'], method: 'GET', url: url('/bucket/key') }),
    );
    assert.equal(signed.status, 200, signed.text);
  });

  test('I8, I11: a held call, shown, approved, echoed and told of; a denial that quotes a value', async () => {
    const { vault } = rig;
    const receiver = await startUpstream();
    const app = '/v1/apps/default';
    const approver = await person(vault, 'approver');
    const byApprover = (method: string, path: string, body?: unknown): Promise<Answer> =>
      noted(vault.api(method, path, body, { token: approver.token }));
    for (const type of ['webhook', 'slack']) {
      const made = await vault.api('POST', `${app}/channels`, {
        name: type,
        type,
        url: `${receiver.origin}/${type === 'slack' ? sealed[0] : type}`,
      });
      assert.equal(made.status, 201, made.text);
    }
    await holdPolicy(vault, { secret_id: ids['basic'] ?? '' }, { approvers: ['approver'] });
    const credentials = Buffer.from(`${user}:${password}`).toString('base64');
    rig.upstream.behave((request, response) => {
      const { authorization = '' } = request.headers;
      response.setHeader('X-Echo', authorization);
      response.end(
        `${sealed[2]} ${authorization} ${Buffer.from(authorization.slice(6), 'base64').toString()}`,
      );
    });
    const held = async (): Promise<string> => {
      const alter = { 'Alter-Reason': `for ${password}`, 'Alter-Context': JSON.stringify({ password }) };
      const body = `{"note":"${sealed[1]}"}`;
      const answer = await call('basic', '/held', { method: 'POST', body, alter });
      assert.equal(answer.status, 202, answer.text);
      return answer.json.approval.approval_id;
    };
    const [approved, denied] = [await held(), await held()];
    await byApprover('GET', `/v1/approvals/${approved}/request`);
    await byApprover('POST', `/v1/approvals/${approved}/decision`, { decision: 'approve' });
    const reason = `${password} is the old one`;
    await byApprover('POST', `/v1/approvals/${denied}/decision`, { decision: 'deny', reason });
    const wait = `/v1/approvals/${approved}?wait_ms=20000`;
    const end = await noted(vault.api('GET', wait, undefined, { token: key }));
    assert.equal(end.json.status, 'executed', end.text);
    const { status, text, headers } = await vault.api('GET', `/v1/approvals/${approved}/result`, undefined, {
      token: key,
    });
    assert.deepEqual(
      [status, text.includes('[redacted]'), text.includes(sealed[2] ?? '')],
      [200, true, true],
    );
    const answered = text + JSON.stringify([...headers]);
    assert.deepEqual([findIn(answered, secrets), answered.includes(credentials)], [[], false]);
    await until('every notice arrived', () => receiver.requests.length >= 10);
    const notices = receiver.requests.map((one) => one.body.toString()).join('\n');
    assert.deepEqual(findIn(notices, [...secrets, ...sealed]), []);
    for (const path of ['/approvals', '/channels', '/policies']) await noted(vault.api('GET', app + path));
    await noted(vault.api('GET', '/v1/approvals', undefined, { token: key }));
    rig.upstream.behave((_request, response) => response.end('ok'));
    await vault.ok(
      'POST',
      `/v1/grants/${(await vault.ok('POST', `/v1/grants/${grants['basic']}/clone`, {})).grant_id}/revoke`,
      {
        reason: `${password} was seen`,
      },
    );
    await receiver.stop();
  });

  test('I8: every list, view, audit search and export', async () => {
    const app = '/v1/apps/default';
    const paths = [
      `${app}/secrets`,
      `${app}/grants`,
      `${app}/keys`,
      `${app}/audit?limit=200`,
      '/v1/tokens',
      '/readyz',
    ];
    for (const id of Object.values(ids)) paths.push(`${app}/secrets/${id}`);
    for (const format of ['ndjson', 'csv']) paths.push(`${app}/audit/export?format=${format}`);
    for (const path of paths) assert.equal((await noted(rig.vault.api('GET', path))).status, 200, path);
  });
});

describe('what it wrote and answered', () => {
  test('I8: no answer holds a credential, in any form', () => {
    const found = answers.flatMap(({ text, headers }) =>
      findIn(`${text}\n${JSON.stringify([...headers])}`, secrets),
    );
    assert.ok(answers.length > 30);
    assert.deepEqual(found, []);
  });

  test('I8: nor the canonical bytes of an export', () => {
    const lines = answers.flatMap(({ text }) =>
      text.split('\n').filter((line) => line.includes('"canonical"')),
    );
    const canonical = lines.map((line) => Buffer.from(JSON.parse(line).canonical ?? '', 'base64').toString());
    assert.ok(canonical.length > 20);
    assert.deepEqual(findIn(canonical.join('\n'), secrets), []);
  });

  test('I8: nor the log, nor any column of any table', async () => {
    const hidden = [...secrets, ...sealed, key, rig.vault.token];
    assert.deepEqual(findIn(rig.vault.log(), hidden), []);
    const tables = await rig.sql(
      `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace`,
    );
    assert.ok(tables.length > 15);
    for (const { name } of tables) {
      const rows = await rig.sql(`SELECT * FROM ${String(name)}`);
      const text = JSON.stringify(rows, (_, value: unknown) => {
        const isBuffer =
          typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
        return isBuffer && 'data' in value ? Buffer.from(value.data as number[]).toString('latin1') : value;
      });
      assert.deepEqual(findIn(text, hidden), [], `table ${String(name)}`);
    }
  });

  test('negative control: the upstream did get them, and the search finds each form', () => {
    const sent = JSON.stringify(
      rig.upstream.requests.map(({ url: target, rawHeaders }) => [target, rawHeaders]),
    );
    assert.ok(sent.includes(bearer) && sent.includes(apiKey) && sent.includes(rotated));
    for (const [name, form] of formsOf(bearer)) assert.notDeepEqual(findIn(`x${form}y`, [bearer]), [], name);
    assert.deepEqual(findIn(gunzipSync(gzipSync(bearer)).toString(), [bearer]).length > 0, true);
  });
});
