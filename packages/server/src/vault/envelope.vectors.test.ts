/**
 * The worked example of docs/envelope.md. It is written by our own code with the random source replaced (here, and only
 * here), and read by a second implementation below that follows the document and uses nothing of the vault.
 * After a deliberate change of format: `node --test-update-snapshots <this file>`, then format.
 */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { canonicalJson } from './canonical.ts';
import { destinationsDigest } from './destinations.ts';
import { openCredential, rewrapCredential, sealCredential, type Binding } from './envelope.ts';
import { Keyring } from './keyring.ts';
import { boundaryMac, rowMac, SetDigest } from './mac.ts';
import { RootKey } from './root-key.ts';
import { openBlob, sealBlob } from './seal-blob.ts';
import { Secret } from './secret.ts';

const FILE = fileURLToPath(new URL('envelope.vectors.json', import.meta.url));
const DEPLOYMENT = '0199a3f0-0000-7000-8000-000000000001';
const ROOT_BASE64 = Buffer.alloc(32, 0x42).toString('base64');
const FIELDS = { username: 'ada', password: 'correct horse', tenant: '' };
const DESTINATIONS = {
  allowedHosts: ['api.example.com', '*.example.org:8443'],
  allowAnyHost: false,
  injection: [{ in: 'basic', username: '{username}', password: '{password}' }],
  delivery: 'proxy_only',
  defaultHeaders: [['Accept', 'application/json']],
  baseUrl: 'https://api.example.com',
  publicFields: ['tenant'],
} as const;
const IDENTITY = {
  deploymentId: DEPLOYMENT,
  appId: '0199a3f0-0000-7000-8000-00000000000a',
  secretId: '0199a3f0-0000-7000-8000-00000000000b',
  version: 7,
  credentialType: 'basic',
};
const ROW = { app_id: IDENTITY.appId, grant_id: '0199a3f0-0000-7000-8000-00000000000c', revoked_at: null };
const BLOB = { label: 'totp', context: Buffer.from('member 1'), text: 'JBSWY3DPEHPK3PXP' };

/** SHA-256 over a counter instead of chance. */
function withoutChance(t: TestContext): void {
  let count = 0;
  const next = (byteLength: number) =>
    crypto
      .createHash('shake256', { outputLength: byteLength })
      .update(`vector ${(count += 1)}`)
      .digest();
  const uuid = () =>
    next(16)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  t.mock.method(crypto, 'randomBytes', next);
  t.mock.method(crypto, 'randomUUID', uuid);
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

function makeVectors() {
  const root = RootKey.fromBase64(ROOT_BASE64);
  const wrapRow = Keyring.mint(root, DEPLOYMENT, 'wrap', 'primary');
  const macRow = Keyring.mint(root, DEPLOYMENT, 'mac', 'primary');
  const keyring = Keyring.open(root, undefined, DEPLOYMENT, [wrapRow, macRow]);
  const binding: Binding = { ...IDENTITY, destinations: destinationsDigest(DESTINATIONS) };
  const fields = new Map(Object.entries(FIELDS).map(([name, text]) => [name, Secret.fromText(text)]));
  const sealed = sealCredential(keyring, binding, fields);
  const narrower = {
    ...binding,
    destinations: destinationsDigest({ ...DESTINATIONS, allowedHosts: ['api.example.com'] }),
  };
  const rewrapped = rewrapCredential(keyring, binding, narrower, sealed);
  const macKey = keyring.primary('mac').key;
  const mac = rowMac(macKey, 'grants', ROW);
  const set = SetDigest.empty(macKey);
  set.add(mac);
  const boundary = boundaryMac(macKey, { appId: IDENTITY.appId, epoch: 3n, digest: set.bytes });
  const entry = (row: typeof wrapRow) => ({
    keyId: row.keyId,
    purpose: row.purpose,
    rootId: row.rootId,
    wrapped: hex(row.wrapped),
  });
  return {
    rootKey: ROOT_BASE64,
    deploymentId: DEPLOYMENT,
    keyring: { wrap: entry(wrapRow), mac: entry(macRow) },
    credential: {
      ...IDENTITY,
      fields: FIELDS,
      destinations: DESTINATIONS,
      destinationsDigest: hex(binding.destinations),
      wrappedKey: hex(sealed.wrappedKey),
      sealed: hex(sealed.sealed),
      narrowed: { destinationsDigest: hex(narrower.destinations), wrappedKey: hex(rewrapped.wrappedKey) },
    },
    blob: {
      label: BLOB.label,
      context: hex(BLOB.context),
      text: BLOB.text,
      sealed: hex(sealBlob(keyring, BLOB.label, BLOB.context, Secret.fromText(BLOB.text))),
    },
    row: { table: 'grants', columns: ROW, mac: hex(mac) },
    boundary: { epoch: 3, digest: hex(set.bytes), mac: hex(boundary) },
  };
}

type Vectors = ReturnType<typeof makeVectors>;
const hex = (bytes: Buffer) => bytes.toString('hex');
const unhex = (text: string) => Buffer.from(text, 'hex');

test('the vectors are what the code writes', (t) => {
  withoutChance(t);
  const vectors = makeVectors();
  if (process.execArgv.includes('--test-update-snapshots'))
    writeFileSync(FILE, JSON.stringify(vectors, null, 2));
  assert.deepEqual(vectors, readVectors());
});

test('the code opens the vectors', () => {
  const { rootKey, keyring: entries, credential, blob } = readVectors();
  const rows = Object.values(entries).map((entry) => ({
    ...entry,
    wrapped: unhex(entry.wrapped),
    state: 'primary' as const,
    createdAt: new Date(0),
  }));
  const keyring = Keyring.open(RootKey.fromBase64(rootKey), undefined, DEPLOYMENT, rows);
  const binding = { ...IDENTITY, destinations: unhex(credential.destinationsDigest) };
  const stored = {
    keyId: entries.wrap.keyId,
    wrappedKey: unhex(credential.wrappedKey),
    sealed: unhex(credential.sealed),
  };
  assert.equal(openCredential(keyring, binding, stored).get('password')?.revealText(), FIELDS.password);
  assert.equal(
    openBlob(keyring, blob.label, unhex(blob.context), unhex(blob.sealed)).revealText(),
    blob.text,
  );
});

test('a second implementation, from the document alone, opens the vectors', () => {
  const { rootKey, deploymentId, keyring, credential, blob, row, boundary } = readVectors();
  const root = Buffer.from(rootKey, 'base64');
  const rootId = crypto.hkdfSync('sha256', root, '', 'alter-vault/v1/root-id', 8);
  assert.equal(hex(Buffer.from(rootId)), keyring.wrap.rootId);
  const entryKey = (of: { keyId: string; purpose: string; wrapped: string }) =>
    unwrap(
      root,
      'alter-vault/v1/root',
      parts('keyring', deploymentId, of.keyId, of.purpose),
      unhex(of.wrapped),
    );
  const wrapKey = entryKey(keyring.wrap);

  const identity = [deploymentId, credential.appId, credential.secretId, '7', 'basic'];
  const dataKey = (digest: string, wrapped: string) =>
    unwrap(
      wrapKey,
      'alter-vault/v1/data-key',
      parts('credential', keyring.wrap.keyId, ...identity, unhex(digest)),
      unhex(wrapped),
    );
  const key = dataKey(credential.destinationsDigest, credential.wrappedKey);
  assert.ok(key.equals(dataKey(credential.narrowed.destinationsDigest, credential.narrowed.wrappedKey)));
  assert.deepEqual(openFields(key, identity, unhex(credential.sealed)), credential.fields);

  const bytes = unhex(blob.sealed);
  assert.equal(hex(bytes.subarray(0, 20)), `41564201${keyring.wrap.keyId.replaceAll('-', '')}`);
  const blobContext = parts('blob', deploymentId, keyring.wrap.keyId, blob.label, unhex(blob.context));
  assert.equal(unwrap(wrapKey, 'alter-vault/v1/blob', blobContext, bytes.subarray(20)).toString(), blob.text);

  const d = credential.destinations;
  const digest = parts(
    'alter-vault/v1/destinations',
    parts('*.example.org:8443', 'api.example.com'),
    'allowed-hosts',
    parts('{"in":"basic","password":"{password}","username":"{username}"}'),
    d.delivery,
    '[["Accept","application/json"]]',
    parts(d.baseUrl),
    parts('tenant'),
  );
  assert.equal(crypto.hash('sha256', digest), credential.destinationsDigest);

  const macKey = entryKey(keyring.mac);
  const hmac = (...list: (string | Buffer)[]) =>
    crypto
      .createHmac('sha256', macKey)
      .update(parts(...list))
      .digest();
  assert.equal(hex(hmac('alter-vault/v1/row', row.table, canonicalJson(row.columns))), row.mac);
  // One row: the sum is its element.
  const sum = hmac('alter-vault/v1/set-element', unhex(row.mac));
  const tag = hmac('alter-vault/v1/set-tag', sum);
  const mask = hmac('alter-vault/v1/set-mask', tag);
  assert.equal(hex(tag) + hex(Buffer.from(sum.map((byte, i) => byte ^ (mask[i] ?? 0)))), boundary.digest);
  assert.equal(
    hex(hmac('alter-vault/v1/boundary', credential.appId, '3', unhex(boundary.digest))),
    boundary.mac,
  );
});

function readVectors(): Vectors {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Vectors; // our own file, held to the code by the first test
}

function parts(...list: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    list.flatMap((part) => {
      const bytes = Buffer.from(part);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

function unwrap(ikm: Buffer, label: string, context: Buffer, wrapped: Buffer): Buffer {
  assert.equal(hex(wrapped.subarray(0, 4)), '41565701');
  const info = parts(label, crypto.hash('sha256', context, 'buffer'));
  const okm = Buffer.from(crypto.hkdfSync('sha256', ikm, wrapped.subarray(4, 36), info, 76));
  assert.equal(hex(okm.subarray(44)), hex(wrapped.subarray(36, 68)));
  return gcm(okm.subarray(0, 32), okm.subarray(32, 44), wrapped.subarray(0, 4), wrapped.subarray(68));
}

function openFields(key: Buffer, identity: string[], sealed: Buffer): Record<string, string> {
  assert.equal(hex(sealed.subarray(0, 4)), '41564501');
  const found: { name: string; nonce: Buffer; ciphertext: Buffer }[] = [];
  let at = 5;
  for (let i = 0; i < sealed.readUInt8(4); i += 1) {
    const nameEnd = at + 1 + sealed.readUInt8(at);
    const end = nameEnd + 16 + sealed.readUInt32BE(nameEnd + 12);
    found.push({
      name: sealed.toString('utf8', at + 1, nameEnd),
      nonce: sealed.subarray(nameEnd, nameEnd + 12),
      ciphertext: sealed.subarray(nameEnd + 16, end),
    });
    at = end;
  }
  assert.equal(at, sealed.length);
  const names = parts(...found.map((field) => field.name));
  return Object.fromEntries(
    found.map(({ name, nonce, ciphertext }) => [
      name,
      gcm(key, nonce, parts('alter-vault/v1/field', ...identity, names, name), ciphertext).toString(),
    ]),
  );
}

function gcm(key: Buffer, nonce: Buffer, associated: Buffer, ciphertext: Buffer): Buffer {
  const decipher = crypto.createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  decipher.setAAD(associated).setAuthTag(ciphertext.subarray(-16));
  return Buffer.concat([decipher.update(ciphertext.subarray(0, -16)), decipher.final()]);
}
