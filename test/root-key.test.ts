/** F13: the root key as a file: made once, kept apart, rotated, and found again after a crash at any step. */
import assert from 'node:assert/strict';
import { chmod, copyFile, link, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { rewrapKeyring, type KeyringHolder } from '../packages/server/src/access/keyring-holder.ts';
import { KeyringAdmin } from '../packages/server/src/api/keyring-admin.ts';
import { Refusal } from '../packages/server/src/refusal.ts';
import { loadRootKeys, writeNextRootKey, type RootKeys } from '../packages/server/src/root-key-file.ts';
import { lockKeyring, selectKeyring } from '../packages/server/src/store/keyring.ts';
import { StartError } from '../packages/server/src/store/start-error.ts';
import { RootKey } from '../packages/server/src/vault/root-key.ts';
import { Secret } from '../packages/server/src/vault/secret.ts';
import { Deployment, noAudit, QUICK, valueOf, valueRoots, type BoundSecret } from './keyring-rig.ts';
import { silentLog, startTestPostgres, type TestPostgres } from './postgres.ts';

let postgres: TestPostgres;
const opened: Deployment[] = [];
const directories: string[] = [];

async function dataDir(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'alter-root-'));
  directories.push(directory);
  return directory;
}

/** As when nobody configured a root key. */
function load(directory: string, isNewDatabase: boolean): Promise<RootKeys> {
  const path = join(directory, 'root.key');
  const rootKey = { kind: 'file', path, mayCreate: true } as const;
  return loadRootKeys({ rootKey, previousRootKey: undefined }, silentLog, isNewDatabase);
}

function loadConfigured(path: string): Promise<RootKeys> {
  const rootKey = { kind: 'file', path, mayCreate: false } as const;
  return loadRootKeys({ rootKey, previousRootKey: undefined }, silentLog, true);
}

const isStartError = (code: string) => (error: unknown) => error instanceof StartError && error.code === code;
const isRefusal = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code;

async function idIn(path: string): Promise<string> {
  return RootKey.fromBase64(await readFile(path, 'utf8')).id;
}

interface Vault {
  readonly deployment: Deployment;
  readonly directory: string;
  readonly path: string;
  readonly holder: KeyringHolder;
  readonly secret: BoundSecret;
  /** A start of another process, with what is in the data directory now. */
  readonly restart: () => Promise<KeyringHolder>;
}

async function makeVault(): Promise<Vault> {
  const deployment = new Deployment(await postgres.fresh());
  opened.push(deployment);
  await deployment.makeApp();
  const directory = await dataDir();
  const holder = await deployment.open(await load(directory, true));
  const [secret] = await deployment.store(holder, 1);
  assert.ok(secret);
  const restart = async (): Promise<KeyringHolder> => deployment.open(await load(directory, false));
  return { deployment, directory, path: join(directory, 'root.key'), holder, secret, restart };
}

/** What a rotation does up to its commit, and no further. */
async function commitUnder(vault: Vault, next: RootKey): Promise<void> {
  await vault.deployment.db.transaction(async (tx) => {
    await lockKeyring(tx);
    const { roots } = vault.holder;
    const { deploymentId } = vault.holder.current();
    await rewrapKeyring(tx, roots, next, deploymentId, await selectKeyring(tx));
  });
}

async function assertWhole(vault: Vault, rootId: string, previousId: string | undefined): Promise<void> {
  const holder = await vault.restart();
  assert.equal(holder.rootKeyId, rootId);
  assert.equal(await vault.deployment.openValue(holder, vault.secret), valueOf(vault.secret));
  assert.equal(await idIn(vault.path), rootId);
  const names = await readdir(vault.directory);
  const expected = previousId === undefined ? ['root.key'] : ['root.key', 'root.key.previous'];
  assert.deepEqual(names.toSorted(), expected);
  if (previousId !== undefined) assert.equal(await idIn(`${vault.path}.previous`), previousId);
  for (const name of names) assert.equal((await stat(join(vault.directory, name))).mode & 0o777, 0o600);
}

suite('root key', { timeout: 120_000 }, () => {
  before(async () => {
    postgres = await startTestPostgres();
  });
  after(async () => {
    for (const one of opened) await one.db.close();
    for (const directory of directories) await rm(directory, { recursive: true, force: true });
    await postgres.stop();
  });

  test('the first start makes one, for its owner only', async () => {
    const directory = await dataDir();
    const made = await load(directory, true);
    assert.deepEqual(await readdir(directory), ['root.key']);
    assert.equal((await stat(join(directory, 'root.key'))).mode & 0o777, 0o600);
    assert.equal((await load(directory, false)).root.id, made.root.id);
  });

  test('of several processes that start at once, all use the same one', async () => {
    for (let round = 0; round < 30; round++) {
      const directory = await dataDir();
      // Spread out, so that one may still be making a key when another has read its own already.
      const start = async (_: unknown, n: number): Promise<string> => {
        await new Promise((resolve) => setTimeout(resolve, n));
        return (await load(directory, true)).root.id;
      };
      const ids = await Promise.all(Array.from({ length: 8 }, start));
      assert.equal(new Set(ids).size, 1);
      assert.deepEqual(await readdir(directory), ['root.key']);
    }
  });

  test('with a keyring in the database a lost root key is never replaced by a new one', async () => {
    const directory = await dataDir();
    await assert.rejects(load(directory, false), isStartError('root_key_missing'));
    assert.deepEqual(await readdir(directory), []);
  });

  test('a configured file that does not exist is never made', async () => {
    const directory = await dataDir();
    await assert.rejects(loadConfigured(join(directory, 'mine.key')), isStartError('root_key_missing'));
    assert.deepEqual(await readdir(directory), []);
  });

  test('a file that others may read is refused; a configured one may be read by its group', async () => {
    const directory = await dataDir();
    const path = join(directory, 'root.key');
    await load(directory, true);
    await chmod(path, 0o640);
    await assert.rejects(load(directory, false), isStartError('root_key_unusable'));
    await loadConfigured(path);
    for (const mode of [0o644, 0o604, 0o660]) {
      await chmod(path, mode);
      await assert.rejects(loadConfigured(path), isStartError('root_key_unusable'));
    }
  });

  test('I8: what is no root key is refused without repeating it', async () => {
    const directory = await dataDir();
    const path = join(directory, 'root.key');
    const content = RootKey.generate().base64;
    for (const text of ['', `${content}${content}`, content.slice(1), 'x'.repeat(2000)]) {
      await writeFile(path, text, { mode: 0o600 });
      await assert.rejects(load(directory, true), (error: unknown) => {
        assert.ok(error instanceof StartError && error.code === 'root_key_unusable');
        assert.ok(!`${error.stack}${error.hint}${String(error.cause)}`.includes(text.slice(0, 8) || '\0'));
        return true;
      });
    }
    const key = Secret.fromText('not a key at all');
    await assert.rejects(
      loadRootKeys({ rootKey: { kind: 'value', key }, previousRootKey: undefined }, silentLog, true),
      isStartError('root_key_unusable'),
    );
  });

  test('F13: a rotation keeps the old file, and the server that did it and one beside it go on', async () => {
    const vault = await makeVault();
    const beside = await vault.restart();
    const oldId = vault.holder.rootKeyId;
    const admin = new KeyringAdmin(vault.deployment.db, vault.holder, silentLog, QUICK);
    const { root_key_id, rewrapped } = await admin.rotateRootKey(noAudit);
    assert.notEqual(root_key_id, oldId);
    assert.equal(rewrapped, (await admin.state()).keys.length);
    assert.ok((await admin.state()).keys.every((key) => key.root_key_id === root_key_id));
    await beside.reload();
    for (const holder of [vault.holder, beside]) {
      assert.equal(holder.rootKeyId, root_key_id);
      assert.equal(await vault.deployment.openValue(holder, vault.secret), valueOf(vault.secret));
    }
    await assertWhole(vault, root_key_id, oldId);
    // Both rotate again, with the key that they have read anew.
    const second = await new KeyringAdmin(vault.deployment.db, beside, silentLog, QUICK).rotateRootKey(
      noAudit,
    );
    await assertWhole(vault, second.root_key_id, root_key_id);
    await admin.rotateKeyring(noAudit);
    const third = await admin.rotateRootKey(noAudit);
    await assertWhole(vault, third.root_key_id, second.root_key_id);
  });

  test('F13: after a crash before the commit the old root key is in use, and the next one is gone', async () => {
    const vault = await makeVault();
    await writeNextRootKey(vault.path, RootKey.generate().base64);
    await assertWhole(vault, vault.holder.rootKeyId, undefined);
  });

  test('F13: after a crash between the commit and the renaming the next root key takes its place', async () => {
    const vault = await makeVault();
    const oldId = vault.holder.rootKeyId;
    const next = RootKey.generate();
    await writeNextRootKey(vault.path, next.base64);
    await commitUnder(vault, next.root);
    // A server that runs on reads the new key where it lies, before anybody renamed it.
    await vault.holder.reload();
    assert.equal(vault.holder.rootKeyId, next.root.id);
    await assertWhole(vault, next.root.id, oldId);
  });

  test('F13: after a crash within the renaming the next root key takes its place', async () => {
    const vault = await makeVault();
    const oldId = vault.holder.rootKeyId;
    const next = RootKey.generate();
    await writeNextRootKey(vault.path, next.base64);
    await commitUnder(vault, next.root);
    await link(vault.path, `${vault.path}.previous`);
    await assertWhole(vault, next.root.id, oldId);
  });

  test('F13: a server that runs on finishes what another left, without a restart', async () => {
    const vault = await makeVault();
    const next = RootKey.generate();
    await writeNextRootKey(vault.path, next.base64);
    await commitUnder(vault, next.root);
    const admin = new KeyringAdmin(vault.deployment.db, vault.holder, silentLog, QUICK);
    assert.equal(await admin.resume(), true);
    assert.equal(await idIn(vault.path), next.root.id);
  });

  test('I4: a rotation that cannot be audited changes neither files nor keyring', async () => {
    const vault = await makeVault();
    const admin = new KeyringAdmin(vault.deployment.db, vault.holder, silentLog, QUICK);
    const failing = (): Promise<void> => Promise.reject(new Refusal('audit_unavailable'));
    await assert.rejects(admin.rotateRootKey(failing), isRefusal('audit_unavailable'));
    await assertWhole(vault, vault.holder.rootKeyId, undefined);
  });

  test('F17: a backup from before the last rotation opens with the root key before, and comes under the present one', async () => {
    const vault = await makeVault();
    const backup = await vault.deployment.run('SELECT key_id, root_id, wrapped FROM keyring');
    const admin = new KeyringAdmin(vault.deployment.db, vault.holder, silentLog, QUICK);
    const { root_key_id } = await admin.rotateRootKey(noAudit);
    for (const row of backup)
      await vault.deployment.run('UPDATE keyring SET root_id = $2, wrapped = $3 WHERE key_id = $1', [
        row['key_id'],
        row['root_id'],
        row['wrapped'],
      ]);
    const holder = await vault.restart();
    assert.equal(holder.rootKeyId, root_key_id);
    assert.equal(await vault.deployment.openValue(holder, vault.secret), valueOf(vault.secret));
  });

  test('a root key that lies elsewhere is not rotated by the vault', async () => {
    const vault = await makeVault();
    const path = join(vault.directory, 'mine.key');
    await copyFile(vault.path, path);
    const configured = await vault.deployment.open(await loadConfigured(path));
    const given = await vault.deployment.open(valueRoots((await load(vault.directory, false)).root));
    for (const holder of [configured, given]) {
      const admin = new KeyringAdmin(vault.deployment.db, holder, silentLog, QUICK);
      await assert.rejects(admin.rotateRootKey(noAudit), isRefusal('invalid_request'));
    }
  });
});
