/** The preview of a secret is what its calls are: the same injection, with dots in the place of values, and no value is ever taken. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CATALOG } from '@alter-vault/catalog';
import { asSession, newMember } from './sessions.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type Answer, type Json, type TestVault } from './vault.ts';

let vault: TestVault;
let upstream: Upstream;
let key: string;

before(async () => {
  vault = await startVault();
  upstream = await startUpstream();
  key = (await vault.key()).api_key;
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

const SECRETS = '/v1/apps/default/secrets';
const preview = (body: unknown): Promise<Answer> => vault.api('POST', `${SECRETS}/preview`, body);

type Pieces = readonly { readonly text: string; readonly fields: readonly string[] }[];
const textOf = (pieces: Pieces): string => pieces.map(({ text }) => text).join('');
const headerOf = ({ request }: Json, name: string): Pieces =>
  request.headers.find((header: Json) => header.name === name)?.value ?? [];

test('W7: dots stand where values will, in every place that a rule can name; the names say which', async () => {
  const { json } = await preview({
    credential_type: 'api_key',
    fields: ['token', 'tenant', 'pin'],
    injection: [
      { in: 'header', name: 'X-Auth', format: 'Token {token}, for {tenant}' },
      { in: 'basic', username: '{tenant}', password: '{pin}' },
      { in: 'query', name: 'key', format: '{token}' },
      { in: 'path', mode: 'prefix', format: '/bot{token}' },
    ],
    allowed_hosts: ['*.example.com'],
  });
  assert.deepEqual(headerOf(json, 'X-Auth'), [
    { text: 'Token ', fields: [] },
    { text: '••••••••', fields: ['token'] },
    { text: ', for ', fields: [] },
    { text: '••••••••', fields: ['tenant'] },
  ]);
  assert.deepEqual(headerOf(json, 'Authorization'), [
    { text: 'Basic ', fields: [] },
    { text: '••••••••', fields: ['tenant', 'pin'] },
  ]);
  assert.equal(json.request.origin, 'https://any.example.com');
  assert.equal(textOf(json.request.target), '/bot••••••••/?key=••••••••');
});

test('an AWS preview shows what is signed, and the signature as dots', async () => {
  const { json } = await preview({
    credential_type: 'aws_sigv4',
    fields: ['access_key_id', 'secret_access_key', 'session_token'],
    injection: [{ in: 'aws_sigv4', service: 'dynamodb', region: 'eu-west-1' }],
    allowed_hosts: ['dynamodb.eu-west-1.amazonaws.com'],
  });
  assert.match(
    textOf(headerOf(json, 'authorization')),
    /^AWS4-HMAC-SHA256 Credential=•+\/\d{8}\/eu-west-1\/dynamodb\/aws4_request, ?SignedHeaders=[a-z;-]+, ?Signature=•+$/,
  );
  assert.equal(textOf(headerOf(json, 'x-amz-security-token')), '••••••••');
});

test('what is previewed is what goes out: the same headers and target as a call of the stored secret, values apart', async () => {
  const token = canary();
  const definition = {
    credential_type: 'api_key',
    injection: [
      { in: 'header', name: 'X-One', format: 'a {token} b' },
      { in: 'header', name: 'Authorization', format: 'Basic {base64(user:token)}' },
      { in: 'query', name: 'q', format: '{user}' },
    ],
    allowed_hosts: [upstream.host],
    base_url: `${upstream.origin}/v3`,
  };
  const credential = { token, user: 'me' };
  const shown = await preview({ ...definition, fields: Object.keys(credential) });
  assert.equal(shown.status, 200, shown.text);
  const secret = await vault.ok('POST', SECRETS, { name: 'previewed', ...definition, credential });
  const called = await vault.proxy(key, secret.grant_id, `${shown.json.request.origin}/v3`);
  assert.equal(called.status, 200, called.text);
  const sent = upstream.requests.at(-1);
  assert.equal(textOf(shown.json.request.target), (sent?.url ?? '').replace('q=me', 'q=••••••••'));
  assert.equal(textOf(headerOf(shown.json, 'X-One')).replaceAll('••••••••', token), sent?.headers['x-one']);
  const basic = Buffer.from(`me:${token}`).toString('base64');
  assert.equal(
    textOf(headerOf(shown.json, 'Authorization')).replaceAll('••••••••', basic),
    sent?.headers['authorization'],
  );
});

test('every template can be previewed with the names of its fields alone', async () => {
  for (const template of CATALOG) {
    const fields = template.fields.filter((field) => field.optional !== true);
    const { status, text, json } = await preview({
      template: template.id,
      variables: Object.fromEntries(template.variables.map(({ name, example }) => [name, example])),
      fields: fields.map(({ name }) => name),
      addresses: Object.fromEntries(
        fields.flatMap(({ name, address }) => (address === undefined ? [] : [[name, address.example]])),
      ),
    });
    assert.equal(status, 200, `${template.id}: ${text}`);
    const { target, headers } = json.request;
    const dots: Pieces = [...target, ...headers.flatMap((header: Json) => header.value)];
    assert.ok(
      dots.some((piece) => piece.fields.length > 0),
      `${template.id} shows where the credential goes`,
    );
  }
});

test('no value is taken: a credential is an unknown field, and only an id that is part of an address has a value', async () => {
  const token = canary();
  const bearer = { credential_type: 'bearer', fields: ['token'], allowed_hosts: ['api.example.com'] };
  assert.equal((await preview({ ...bearer, credential: { token } })).status, 400);
  const refused = await preview({ ...bearer, addresses: { token } });
  assert.equal(refused.status, 400);
  assert.equal(refused.json.error.issues[0].path, 'addresses.token');
  assert.equal(refused.text.includes(token), false);
});

test('what storing would refuse, the preview refuses with the same path', async () => {
  const bad = {
    credential_type: 'api_key',
    allowed_hosts: ['*.com'],
    injection: [{ in: 'header', name: 'Host', format: '{token}' }],
  };
  const shown = await preview({ ...bad, fields: ['token'] });
  const stored = await vault.api('POST', SECRETS, { ...bad, name: 'bad', credential: { token: canary() } });
  assert.equal(shown.status, 400);
  assert.deepEqual(shown.json.error.issues, stored.json.error.issues);
});

test('who may not store may not preview', async () => {
  const { cookie } = await newMember(vault, 'approver');
  const body = { credential_type: 'bearer', fields: ['token'], allowed_hosts: ['api.example.com'] };
  const refused = await asSession(vault, cookie, 'POST', `${SECRETS}/preview`, body);
  assert.equal(refused.json.error.code, 'insufficient_scope');
});
