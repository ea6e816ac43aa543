/** I1, I2: one place opens credentials, one place opens connections. Watched from inside a running vault, and in its sources. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { ENDPOINTS, type Endpoint } from '@alter-vault/contract';
import { startUpstream, type Upstream } from '../upstream.ts';
import { canary } from '../vault.ts';
import { startVaultProcess, until, type VaultProcess } from '../vault-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SPY = fileURLToPath(new URL('../fixtures/spy-on-sockets.mjs', import.meta.url));

interface Spied {
  readonly spy: 'connect' | 'dns';
  readonly target: string;
  readonly files: readonly string[];
}

describe('a running vault', () => {
  let vault: VaultProcess;
  let upstream: Upstream;
  const token = canary();
  let key: string;
  let ids: { secret_id: string; grant_id: string };

  before(async () => {
    vault = await startVaultProcess({ nodeArgs: ['--import', SPY], env: { ALTER_LOG_LEVEL: 'debug' } });
    upstream = await startUpstream();
    ({ api_key: key } = await vault.key());
    ids = await vault.secret(upstream.host, { token });
  });
  after(async () => {
    await vault?.end();
    await upstream?.stop();
  });

  const spied = (): Spied[] =>
    vault
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{"spy"'))
      .map((line): Spied => JSON.parse(line));

  test('I2: every outbound connection is egress/ to an upstream or the driver to the database', async () => {
    for (const init of [{}, { method: 'POST', body: 'x' }, { method: 'HEAD' }]) {
      assert.equal((await vault.proxy(key, ids.grant_id, `${upstream.origin}/`, init)).status, 200);
    }
    upstream.behave((_request, response) =>
      response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(),
    );
    assert.equal((await vault.proxy(key, ids.grant_id, `${upstream.origin}/`)).status, 302);
    const named = await vault.secret('nothing.invalid');
    const answer = await vault.proxy(key, named.grant_id, 'https://nothing.invalid/');
    assert.match(answer.json.error.code, /^(egress_denied|upstream_unreachable)$/);
    await vault.api('POST', `/v1/apps/default/secrets/${ids.secret_id}/verify`, {});
    await until('the upstream was dialled', () =>
      spied().some(({ spy, target }) => spy === 'connect' && target.includes(String(upstream.port))),
    );
    const isEgress = (one: Spied): boolean =>
      one.files.some((file) => file.startsWith('packages/server/src/egress/'));
    const isStore = (one: Spied): boolean =>
      one.files.some((file) => file.startsWith('node_modules/pg')) && !isEgress(one);
    // Listening on an address "resolves" it, too.
    const isLiteral = (one: Spied): boolean => one.spy === 'dns' && isIP(one.target) !== 0;
    const strays = spied().filter((one) => !isEgress(one) && !isStore(one) && !isLiteral(one));
    // The embedded server is asked whether it is up yet; nothing else connects to it.
    const probes = strays.filter(({ files }) =>
      files.every((file) => file.startsWith('packages/server/src/store/embedded/')),
    );
    assert.deepEqual(
      strays.filter((one) => !probes.includes(one)),
      [],
    );
    const toUpstream = spied().filter(({ target }) => target.endsWith(`:${upstream.port}`));
    assert.ok(toUpstream.length > 0);
    assert.deepEqual(
      toUpstream.filter((one) => !isEgress(one)),
      [],
    );
    assert.ok(spied().some((one) => one.spy === 'dns' && one.target === 'nothing.invalid' && isEgress(one)));
    assert.ok(!spied().some(({ target }) => target === '127.0.0.1:1'), 'a redirect is not followed');
  });

  test('I1: no route of the control plane answers with a stored value, whoever asks for whatever', async () => {
    const values: Record<string, string> = {
      app: 'default',
      secret_id: ids.secret_id,
      grant_id: ids.grant_id,
      template: 'openai',
    };
    let asked = 0;
    const endpoints: readonly Endpoint[] = Object.values(ENDPOINTS);
    for (const { method, path, permission, mediaType } of endpoints) {
      if (permission === 'api_key' || /session|setup|keyring/.test(path)) continue;
      if (method !== 'GET' && /revoke|DELETE/.test(`${method} ${path}`)) continue;
      // A stream has no end; what it tells of is in the lists.
      if (mediaType === 'text/event-stream') continue;
      const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? ids.grant_id);
      for (const query of ['', '?limit=5', '?fields=credential', '?include=credential&reveal=true']) {
        const answer = await vault.api(method, filled + query, method === 'GET' ? undefined : {});
        assert.ok(!answer.text.includes(token.slice(4, 24)), `${method} ${path} holds the value`);
        asked += 1;
      }
    }
    assert.ok(asked > 80, `${asked} requests`);
    assert.ok(!vault.output().includes(token.slice(4, 24)), 'nor does the log at level debug');
  });
});

describe('the sources', () => {
  const sources = globSync('packages/server/src/**/*.ts', { cwd: ROOT })
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => ({ path, text: readFileSync(ROOT + path, 'utf8') }));
  const matching = (pattern: RegExp): string[] =>
    sources
      .filter(({ text }) => pattern.test(text))
      .map(({ path }) => path.replace('packages/server/src/', ''));

  test('I2: nothing outside egress/ and the embedded database can dial', () => {
    const dialling =
      /\bfetch\(|import(?!\s+type)[^;]*from 'undici'|\b(?:http|https|net|tls|dns)\.(?:request|get|connect|lookup)\(|import (?!type)[^;]*\b(?:connect|request|lookup|resolve4|resolve6)\b[^;]*from 'node:(?:net|tls|http|https|http2|dns|dns\/promises|dgram)'/;
    const found = matching(dialling).filter((path) => !path.startsWith('egress/'));
    assert.deepEqual(
      found.filter((path) => !path.startsWith('store/embedded/')),
      [],
    );
    assert.ok(
      matching(dialling).some((path) => path.startsWith('egress/')),
      'the pattern finds what dials',
    );
  });

  test('I1: only the data path, its test call and the rotation of keys open what is sealed', () => {
    const opening = matching(/import(?!\s+type)[^;]*\b(?:openCredential|openPrepared)\b[^;]*from/);
    assert.deepEqual(
      opening.filter((path) => !path.startsWith('vault/') && !path.startsWith('path/')),
      [],
    );
    assert.ok(opening.includes('path/credentials.ts'));
  });

  test('I10: every statement on a table of an app names its app, or is upkeep over all apps', () => {
    const tables = 'agents|api_keys|secrets|secret_versions|grants|last_uses|key_minutes';
    const statement = new RegExp(`(?:FROM|UPDATE|INTO|JOIN)\\s+(?:${tables})\\b`);
    const texts = sources
      .filter(({ path }) => /\/(store|audit|access|api)\//.test(path))
      .flatMap(({ path, text }) => [...text.matchAll(/`[^`]*`|'[^'\n]*'/g)].map(([sql]) => ({ path, sql })))
      .filter(({ sql }) => statement.test(sql));
    assert.ok(texts.length > 10, `${texts.length} statements`);
    // A rotation of keys counts over all apps what is under which key, and reads nothing else.
    const counting = /^.SELECT key_id, count\(\*\)::int AS count FROM secret_versions GROUP BY key_id.$/;
    const unnamed = texts.filter(({ sql }) => !/app_id/.test(sql) && !counting.test(sql));
    assert.deepEqual(unnamed, []);
  });
});
