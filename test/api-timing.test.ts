/** A15: a key that is refused says nothing by its answer of why; what compares keys does so in one place. */
import assert from 'node:assert/strict';
import { readFileSync, globSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { mintApiKey } from '../packages/server/src/access/keys.ts';
import { newId } from '../packages/server/src/ids.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

let vault: TestVault;
let upstream: Upstream;

before(async () => {
  vault = await startVault();
  upstream = await startUpstream();
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

test('A15: unknown, foreign, wrong, revoked, expired, misplaced and malformed keys are refused byte for byte alike', async () => {
  const [{ items }, { grant_id }] = await Promise.all([
    vault.ok('GET', '/v1/apps'),
    vault.secret(upstream.host),
  ]);
  const appId = String(items[0].app_id);
  const good = await vault.key();
  const revoked = await vault.key();
  await vault.api('DELETE', `/v1/apps/default/keys/${revoked.key_id}`);
  const expired = await vault.key({ expires_at: new Date(Date.now() + 1_000).toISOString() });
  const misplaced = await vault.key({ ip_allowlist: ['203.0.113.0/24'] });
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  const keys = {
    unknownApp: mintApiKey('app', newId(), newId()).text,
    unknownKey: mintApiKey('app', appId, newId()).text,
    wrongSecret: mintApiKey('app', appId, good.key_id).text,
    wrongKind: good.api_key.replace('_app_', '_agent_'),
    revoked: revoked.api_key,
    expired: expired.api_key,
    misplaced: misplaced.api_key,
    malformed: `${good.api_key}x`,
    checksum: `${good.api_key.slice(0, -2)}AA`,
    token: vault.token,
  };
  const answers = new Set<string>();
  for (const [name, key] of Object.entries(keys)) {
    const answer = await vault.proxy(key, grant_id, `${upstream.origin}/`);
    assert.equal(answer.status, 401, name);
    assert.equal(answer.headers.get('alter-error'), 'unauthenticated', name);
    answers.add(answer.text.replace(answer.headers.get('alter-request-id') ?? '?', ''));
  }
  assert.equal(answers.size, 1, [...answers].join('\n'));
  assert.equal(upstream.requests.length, 0);
  // The control: the right key passes.
  assert.equal((await vault.proxy(good.api_key, grant_id, `${upstream.origin}/`)).status, 200);
});

test('A15: stored hashes are compared in one function, in constant time', () => {
  const suspicious =
    /(?:key_hash|token_hash|body_mac)\s*(?:===|!==|\.equals\()|(?:===|!==)\s*\S*(?:key_hash|token_hash|body_mac)/;
  const sources = globSync('packages/server/src/**/*.ts', { cwd: new URL('..', import.meta.url) });
  assert.ok(sources.length > 50);
  for (const file of sources) {
    const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
    assert.ok(!suspicious.test(text), `${file} compares a hash by itself`);
    if (text.includes('timingSafeEqual(')) {
      assert.match(file, /(access\/keys|vault\/hash|audit\/)/, `${file} has a comparison of its own`);
    }
  }
  // The control: what the gate looks for.
  assert.ok(suspicious.test('if (row.key_hash === presented)'));
});
