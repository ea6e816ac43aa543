/** What the options of the SDK take and refuse, and how bodies arrive. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Agent, AlterVault, App, type RequestOptions } from '@alter-vault/sdk';
import { API_KEY, echo, GRANT, rig, type Seen, startServer } from './sdk-harness.ts';

const grantId = GRANT;

test('every kind of body arrives, and its digest is told', async (t) => {
  const { vault, app } = await rig(t);
  const upstream = await startServer(t, echo);
  const form = new FormData();
  form.set('field', 'value');
  const bodies: [NonNullable<RequestOptions['body']>, RegExp, string | undefined][] = [
    ['téxt', /^téxt$/, 'text/plain;charset=UTF-8'],
    [new TextEncoder().encode('bytes').subarray(1), /^ytes$/, undefined],
    [new TextEncoder().encode('buffer').buffer, /^buffer$/, undefined],
    [new Blob(['blob'], { type: 'text/x' }), /^blob$/, 'text/x'],
    [new URLSearchParams({ a: 'b c' }), /^a=b\+c$/, 'application/x-www-form-urlencoded;charset=UTF-8'],
    [form, /name="field"\r\n\r\nvalue/, undefined],
    [new Blob(['stream']).stream(), /^stream$/, undefined],
  ];
  for (const [body, expected, contentType] of bodies) {
    const response = await app.request('POST', upstream.url, { grantId, body });
    const seen = (await response.json()) as Seen;
    assert.match(seen.body, expected);
    if (contentType !== undefined) assert.equal(seen.headers['content-type'], contentType);
    const asked = JSON.parse(vault.seen.findLast(({ url }) => url === '/v1/requests')?.body ?? '');
    const digest = createHash('sha256').update(seen.body).digest('hex');
    assert.equal(asked.body_sha256, body instanceof ReadableStream ? undefined : digest);
  }
  await app.request('PUT', upstream.url, {
    grantId,
    body: new Blob(['s3']).stream(),
    bodySha256: 'UNSIGNED-PAYLOAD',
  });
  assert.equal(
    JSON.parse(vault.seen.findLast(({ url }) => url === '/v1/requests')?.body ?? '').body_sha256,
    'UNSIGNED-PAYLOAD',
  );
});

test('what is wrong is refused before anything is sent', async (t) => {
  const { vault, app } = await rig(t);
  const call = (method: string, options: object) =>
    app.request(method, 'https://a.example/', { grantId, ...options });
  const wrong = [
    () => call('GET', { grantId: '' }),
    () => call('GET', { json: 1 }),
    () => call('POST', { json: 1, body: 'x' }),
    () => call('POST', { json: 1n }),
    () => call('POST', { body: { plain: 'object' } }),
    () => call('GET ', {}),
    () => call('CONNECT', {}),
    () => call('GET', { headers: { 'Alter-Grant': 'x' } }),
    () => call('GET', { headers: { a: 'b\r\nc: d' } }),
    () => call('GET', { timeoutMs: 0 }),
    () => call('GET', { context: { n: 1n } }),
    () => call('GET', { query: { a: '\ud800' } }),
    () => call('GET', { bodySha256: 'xyz' }),
  ];
  for (const one of wrong) await assert.rejects(one(), { code: 'invalid_request' }, String(one));
  assert.equal(vault.seen.length, 0);
});

test('settings: keys, addresses, names', () => {
  assert.equal(AlterVault, App);
  assert.throws(() => new Agent({ apiKey: API_KEY }), { code: 'invalid_request' });
  assert.ok(new Agent({ apiKey: 'alter_key_agent_x' }) instanceof App);
  for (const baseUrl of [
    'http://vault.example',
    'ftp://127.0.0.1',
    'nonsense',
    'https://u:p@vault.example',
    'https://vault.example/?a',
    'http://127.0.0.1.evil.example',
  ]) {
    assert.throws(() => new App({ apiKey: API_KEY, baseUrl }), { code: 'invalid_request' }, baseUrl);
  }
  for (const baseUrl of ['http://localhost:7400', 'http://[::1]:1', 'https://vault.example/alter/']) {
    assert.match(inspect(new App({ apiKey: API_KEY, baseUrl })), /^App \{/);
  }
  for (const apiKey of ['', 'alter_pat_x', 'alter_key_app_\n'])
    assert.throws(() => new App({ apiKey }), { code: 'invalid_request' });
});
