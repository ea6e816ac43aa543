/** The proof as the browser checks it: holds for what the vault wrote, and for nothing that was changed since, wherever. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { checkProof, isProved, type ProofInput } from '../packages/portal/src/pages/audit/proof.ts';
import { signCheckpoint, verifierKey } from '../packages/server/src/audit/note.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type Json, type TestVault } from './vault.ts';

let vault: TestVault;
let upstream: Upstream;
let good: ProofInput;

before(async () => {
  vault = await startVault();
  upstream = await startUpstream();
  const { api_key } = await vault.key();
  const { grant_id } = await vault.secret(upstream.host);
  for (let i = 0; i < 12; i += 1)
    await vault.proxy(api_key, grant_id, `${upstream.origin}/call-${i}?page=${i}`, {
      alter: {
        'Alter-Reason': encodeURIComponent('because “it” was ünusual'),
        'Alter-Context': encodeURIComponent('{"b":[1,{"z":null,"a":"é"}],"a":1.5}'),
        'Alter-Caller': 'prover',
      },
    });
  await vault.server.api.auditLog.integrate();
  good = await inputOf('/call-4');
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

async function inputOf(q: string): Promise<ProofInput> {
  const [event] = await vault.audit({ q, kind: 'call.authorized' });
  const detail = await vault.ok('GET', `/v1/apps/default/audit/events/${event.event_id}`);
  const proof = await vault.ok('GET', `/v1/audit/proof?event_id=${event.event_id}`);
  const publicKey = (await vault.api('GET', '/v1/audit/public-key')).text;
  return { ...detail, proof, publicKey };
}

test('I13: the proof of every event holds, of calls and of changes', async () => {
  const events = await vault.audit();
  assert.ok(events.length > 20);
  // Outcomes are written behind the calls: what is listed now may have come after the last head.
  await vault.server.api.auditLog.integrate();
  for (const { event_id } of events) {
    const detail = await vault.ok('GET', `/v1/apps/default/audit/events/${event_id}`);
    const proof = await vault.ok('GET', `/v1/audit/proof?event_id=${event_id}`);
    const report = await checkProof({ ...detail, proof, publicKey: good.publicKey });
    assert.deepEqual(
      [report.changedField, report.isLeaf, report.isInTree, report.isSigned, isProved(report)],
      [undefined, true, true, true, true],
      `${event_id} ${JSON.stringify(report)}`,
    );
  }
});

test('I13: any field that is shown otherwise than it was hashed is named', async () => {
  const actor: Json = good.event['actor'];
  const changes: readonly (readonly [string, object])[] = [
    ['kind', { kind: 'call.denied' }],
    ['at', { at: '2020-01-01T00:00:00.000Z' }],
    ['url', { url: 'https://elsewhere.example/' }],
    ['query', { url: String(good.event['url']).replace('page=4', 'page=5') }],
    ['query', { url: String(good.event['url']).split('?')[0] }],
    ['reason', { reason: 'for another reason' }],
    ['reason', { reason: null }],
    ['context', { context: { a: 1.5 } }],
    ['context', { context: null }],
    ['secret_id', { secret_id: null }],
    ['epoch', { epoch: 1_000_000 }],
    ['flags', { flags: ['made_up'] }],
    ['request_id', { request_id: good.event['event_id'] + 'x' }],
    ['caller', { actor: { ...actor, caller: 'somebody else' } }],
    ['ip', { actor: { ...actor, ip: '192.0.2.1' } }],
    ['key_id', { actor: null }],
  ];
  for (const [field, change] of changes) {
    const report = await checkProof({ ...good, event: { ...good.event, ...change } });
    assert.equal(report.changedField, field, JSON.stringify(change));
    assert.equal(isProved(report), false);
  }
});

test('I13: hashed bytes, leaf, place, path and root: a change of any breaks the proof', async () => {
  const broken = async (change: Partial<ProofInput>): Promise<Json> => {
    const report = await checkProof({ ...good, ...change });
    assert.equal(isProved(report), false, JSON.stringify(change));
    return report;
  };
  const { proof } = good;
  const [first = '', ...rest] = proof.hashes;
  const flipped = (first.startsWith('0') ? '1' : '0') + first.slice(1);
  const canonical = Buffer.from(good.canonical, 'base64').toString();
  const salted = canonical.replace(/"salt":"./, '"salt":"_');
  assert.notEqual(salted, canonical);
  const other = await broken({ canonical: Buffer.from(salted).toString('base64') });
  assert.deepEqual([other.isLeaf, other.isInTree], [false, false]);
  assert.equal((await broken({ event: { ...good.event, leaf_hash: '00'.repeat(32) } })).isLeaf, false);
  for (const changed of [
    { ...proof, hashes: [flipped, ...rest] },
    { ...proof, hashes: rest },
    { ...proof, hashes: [...proof.hashes, first] },
    { ...proof, hashes: ['not hex', ...rest] },
    { ...proof, leaf_index: (proof.leaf_index ?? 0) + 1 },
    { ...proof, leaf_index: -1 },
    { ...proof, leaf_index: undefined },
    { ...proof, leaf_index: 1e9 },
  ])
    assert.equal((await broken({ proof: changed })).isInTree, false, JSON.stringify(changed));
  await broken({ canonical: '' });
  await broken({ canonical: '%%%' });
  await broken({ proof: { ...proof, checkpoint: '' } });
  await broken({ proof: { ...proof, checkpoint: 'nonsense\n\n\n' } });
});

test('I13: a checkpoint of another key, origin or size is not signed', async () => {
  const { proof, publicKey } = good;
  const [origin = '', size = '', root = ''] = proof.checkpoint.split('\n');
  const { privateKey } = generateKeyPairSync('ed25519');
  const head = { size: Number(size), root: Buffer.from(root, 'base64') };
  const forged = signCheckpoint(head, { origin, signingKey: privateKey });
  const signedBy = async (checkpoint: string, key: string): Promise<boolean | undefined> =>
    (await checkProof({ ...good, proof: { ...proof, checkpoint }, publicKey: key })).isSigned;
  assert.equal(await signedBy(proof.checkpoint, publicKey), true);
  assert.equal(await signedBy(forged, publicKey), false);
  assert.equal(await signedBy(proof.checkpoint, verifierKey({ origin, signingKey: privateKey })), false);
  assert.equal(
    await signedBy(proof.checkpoint.replace(`\n${size}\n`, `\n${Number(size) + 1}\n`), publicKey),
    false,
  );
  assert.equal(await signedBy(proof.checkpoint.replaceAll(origin, `${origin}x`), publicKey), false);
  assert.equal(await signedBy(proof.checkpoint, 'no key'), false);
  assert.equal(await signedBy(proof.checkpoint, publicKey.replace('+', '+0')), false);
});

test('an event whose details were erased still proves, and says that they were', async () => {
  const before = await inputOf('/call-7');
  await vault.ok('POST', '/v1/apps/default/audit/erase-detail', { request_id: before.event['request_id'] });
  const id = String(before.event['event_id']);
  const detail = await vault.ok('GET', `/v1/apps/default/audit/events/${id}`);
  const report = await checkProof({ ...detail, proof: before.proof, publicKey: before.publicKey });
  assert.deepEqual([isProved(report), report.isErased], [true, true]);
  assert.equal((await checkProof(good)).isErased, false);
});
