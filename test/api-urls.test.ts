/** S17: every field of the API that names a URL goes through the one parser and the one guard; found by schema. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ENDPOINTS, type Endpoint } from '@alter-vault/contract';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type TestVault } from './vault.ts';

let vault: TestVault;
let upstream: Upstream;

before(async () => {
  vault = await startVault({ env: { ALTER_EGRESS_ALLOW: '' } });
  upstream = await startUpstream();
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

/** Where a caller or operator can name something that the vault dials, or that a client is told to. */
const KNOWN = [
  'createSecret.base_url',
  'release.url',
  'createChannel.url',
  'changeChannel.url',
  'evaluatePolicies.url',
  'previewSecret.base_url',
  // Public ids that become a part of the address, judged with it.
  'previewSecret.addresses',
];
const HOSTS = ['createSecret', 'changeSecret', 'previewSecret'].flatMap((name) => [
  `${name}.allowed_hosts`,
  `${name}.allow_any_host`,
]);
const FILTERS = ['searchAudit', 'exportAudit', 'getAuditHistogram', 'streamAudit'];

test('S17: no field names a URL or host that is not known here', () => {
  const found: string[] = [];
  const endpoints: [string, Endpoint][] = Object.entries(ENDPOINTS);
  for (const [name, endpoint] of endpoints) {
    if (FILTERS.includes(name)) continue;
    for (const part of [endpoint.body, endpoint.query, endpoint.params]) {
      for (const field of Object.keys(part?.shape ?? {})) {
        if (/url|uri|host|endpoint|webhook|callback|link|origin|address/i.test(field))
          found.push(`${name}.${field}`);
      }
    }
  }
  const known = [...KNOWN, ...HOSTS];
  assert.deepEqual(found.toSorted(), known.toSorted());
});

const HOSTILE = [
  'ftp://example.com/',
  'file:///etc/passwd',
  'https://good@evil.example/',
  'https://127.1/',
  'https://0x7f000001/',
  'https://2130706433/',
  'https://example.com:0/',
  'https://example.com:65536/',
  'https://exa\tmple.com/',
  'https://example.com\\@evil.example/',
  'https://example.com#@evil.example/',
  'https:evil.example',
  '//evil.example/',
  'https://①②⑦.⓪.⓪.①/',
];

test('S17: a hostile base_url or url is invalid_request, and nothing is dialled', async () => {
  const { api_key } = await vault.key();
  const { grant_id } = await vault.secret('example.com');
  for (const url of HOSTILE) {
    const released = await vault.release(api_key, { grant_id, method: 'GET', url });
    assert.equal(released.json.error.code, 'invalid_request', url);
    const stored = await vault.api('POST', '/v1/apps/default/secrets', {
      name: `u-${canary().slice(0, 8).replaceAll(/[_-]/g, 'x')}`,
      credential_type: 'bearer',
      credential: { token: canary() },
      allowed_hosts: ['example.com'],
      base_url: url,
    });
    assert.equal(stored.json.error.code, 'invalid_request', url);
    const previewed = await vault.api('POST', '/v1/apps/default/secrets/preview', {
      credential_type: 'bearer',
      fields: ['token'],
      allowed_hosts: ['example.com'],
      base_url: url,
    });
    assert.equal(previewed.json.error.code, 'invalid_request', url);
  }
});

test('S17: a hostile url of a notification channel is invalid_request, made or changed, and nothing is dialled', async () => {
  const channels = '/v1/apps/default/channels';
  for (const type of ['webhook', 'slack']) {
    const { channel_id } = await vault.ok('POST', channels, {
      name: `sound-${type}`,
      type,
      url: 'https://hooks.example.com/x',
    });
    for (const url of [...HOSTILE, `${upstream.origin}/`, `https://${upstream.host}/`]) {
      const made = await vault.api('POST', channels, { name: `hostile-${type}`, type, url });
      assert.equal(made.json.error.code, 'invalid_request', url);
      const changed = await vault.api('PATCH', `${channels}/${channel_id}`, { url });
      assert.equal(changed.json.error.code, 'invalid_request', url);
    }
  }
  assert.equal(upstream.connections(), 0);
});

test('S17: a private host is stored only inside ALTER_EGRESS_ALLOW, a base_url only on an allowed host', async () => {
  const store = (allowed_hosts: string[], base_url?: string) =>
    vault.api('POST', '/v1/apps/default/secrets', {
      name: `h-${canary().slice(0, 8).replaceAll(/[_-]/g, 'x')}`,
      credential_type: 'bearer',
      credential: { token: canary() },
      allowed_hosts,
      ...(base_url === undefined ? {} : { base_url }),
    });
  assert.equal((await store([upstream.host])).status, 400);
  assert.equal((await store([`http://${upstream.host}`])).status, 400);
  assert.equal((await store(['api.example.com'], 'https://evil.example/')).status, 400);
  assert.equal((await store(['api.example.com'], 'https://api.example.com/v1')).status, 201);
  assert.equal(upstream.connections(), 0);
});
