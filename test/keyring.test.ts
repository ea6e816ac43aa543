/** F12, F15: the keyring in the running server, on a real PostgreSQL. The root key has a file of its own. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { bindingOf } from '../packages/server/src/access/binding.ts';
import { KeyringAdmin } from '../packages/server/src/api/keyring-admin.ts';
import { Refusal } from '../packages/server/src/refusal.ts';
import { StartError } from '../packages/server/src/store/start-error.ts';
import {
  findVersion,
  insertVersion,
  updateWrapsIfUnchanged,
} from '../packages/server/src/store/secret-versions.ts';
import { openCredential, rewrapCredential, sealCredential } from '../packages/server/src/vault/envelope.ts';
import { IntegrityError } from '../packages/server/src/vault/integrity.ts';
import { selectKeyring } from '../packages/server/src/store/keyring.ts';
import { KEY_PURPOSES } from '../packages/server/src/vault/keyring.ts';
import { Secret } from '../packages/server/src/vault/secret.ts';
import { silentLog, startTestPostgres, type TestPostgres } from './postgres.ts';
import { KeyringRotation } from '../packages/server/src/api/keyring-rotation.ts';
import { Deployment, noAudit, QUICK, until, valueOf, valueRoots, type BoundSecret } from './keyring-rig.ts';

const VERSIONS = 500;

let postgres: TestPostgres;
const opened: Deployment[] = [];

async function deployment(): Promise<Deployment> {
  const made = new Deployment(await postgres.fresh());
  opened.push(made);
  await made.makeApp();
  return made;
}

const isRefusal = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code;
const isStartError = (code: string) => (error: unknown) => error instanceof StartError && error.code === code;

suite('keyring', { timeout: 120_000 }, () => {
  before(async () => {
    postgres = await startTestPostgres();
  });
  after(async () => {
    for (const one of opened) await one.db.close();
    await postgres.stop();
  });

  test('two servers that start at once on an empty database have one deployment and one keyring', async () => {
    const vault = await deployment();
    const roots = valueRoots();
    const [a, b] = await Promise.all([vault.open(roots), vault.open(roots)]);
    assert.equal(a.current().deploymentId, b.current().deploymentId);
    const rows = await vault.run('SELECT purpose, state FROM keyring');
    assert.deepEqual(rows.map((row) => row['purpose']).toSorted(), [...KEY_PURPOSES].toSorted());
    assert.ok(rows.every((row) => row['state'] === 'primary'));
    const [secret] = await vault.store(a, 1);
    assert.ok(secret);
    assert.equal(await vault.openValue(b, secret), valueOf(secret));
  });

  test('F13: another root key is refused at start, and the keyring stays as it was', async () => {
    const vault = await deployment();
    const roots = valueRoots();
    await vault.open(roots);
    await assert.rejects(vault.open(valueRoots()), (error: unknown) => {
      assert.ok(isStartError('root_key_mismatch')(error) && error instanceof StartError);
      assert.match(error.message, new RegExp(roots.root.id));
      return true;
    });
    await vault.open(roots);
  });

  test('F13: with the root key before as the previous one, the keyring is under the new one after the start', async () => {
    const vault = await deployment();
    const old = valueRoots();
    const running = await vault.open(old);
    const [secret] = await vault.store(running, 1);
    assert.ok(secret);
    const changed = valueRoots(undefined, [old.root]);
    assert.equal((await vault.open(changed)).rootKeyId, changed.root.id);
    const without = await vault.open(valueRoots(changed.root));
    assert.equal(await vault.openValue(without, secret), valueOf(secret));
    // The server that still has the old one only goes on with what it has in memory.
    await assert.rejects(running.reload(), IntegrityError);
    assert.equal(await vault.openValue(running, secret), valueOf(secret));
  });

  for (const [what, edit] of [
    ['a changed byte', 'UPDATE keyring SET wrapped = set_byte(wrapped, 80, get_byte(wrapped, 80) # 1)'],
    [
      'two exchanged entries',
      `UPDATE keyring a SET wrapped = b.wrapped FROM keyring b
       WHERE (a.purpose, b.purpose) IN (('wrap', 'mac'), ('mac', 'wrap'))`,
    ],
    ['another purpose', "UPDATE keyring SET purpose = 'pepper', state = 'active' WHERE purpose = 'mac'"],
    ['a deleted entry', "DELETE FROM keyring WHERE purpose = 'pepper'"],
    ['all entries deleted', 'DELETE FROM keyring'],
    ['a deleted deployment', 'DELETE FROM deployment'],
  ] as const) {
    test(`F15: ${what} in the keyring is refused at start, and does not reach a server that runs`, async () => {
      const vault = await deployment();
      const roots = valueRoots();
      const running = await vault.open(roots);
      const held = running.current();
      await vault.run(edit);
      await assert.rejects(vault.open(roots), isStartError('keyring_damaged'));
      await running.reload().catch((error: unknown) => assert.ok(error instanceof IntegrityError));
      assert.equal(running.current(), held);
    });
  }

  test('F12: a rotation wraps everything anew while credentials are opened and rotated, and nothing fails', async () => {
    const vault = await deployment();
    const roots = valueRoots();
    const [a, b] = [await vault.open(roots), await vault.open(roots)];
    await a.start();
    await b.start();
    // Down throughout: keeps the keyring of before.
    const away = await vault.open(roots);
    const old = a.current().primary('wrap').keyId;
    const secrets = await vault.store(a, VERSIONS);
    const [admin, other] = [a, b].map((holder) => new KeyringAdmin(vault.db, holder, silentLog, QUICK));
    assert.ok(admin && other);
    const calls = new Calls(vault, [a, b], secrets);
    await admin.rotateKeyring(noAudit);
    await assert.rejects(other.rotateKeyring(noAudit), isRefusal('conflict'));
    admin.start();
    other.start();
    await until(async () => (await vault.stateOf(old)) === 'disabled');
    await calls.stop();
    await Promise.all([admin.stop(), other.stop()]);

    assert.deepEqual(calls.failures, []);
    assert.ok(calls.opens > 20 && calls.rotations > 0, `${calls.opens} opens, ${calls.rotations} rotations`);
    assert.equal(await vault.countUnder(old), 0);
    for (const holder of [a, b]) {
      await holder.reload();
      assert.notEqual(holder.current().primary('wrap').keyId, old);
      assert.equal(holder.current().find(old), undefined);
      for (const secret of calls.secrets)
        assert.equal(await vault.openValue(holder, secret), valueOf(secret));
    }
    // Back with an old keyring: never stores under the disabled key, and opens after it has asked once.
    const [first] = calls.secrets;
    assert.ok(first);
    assert.equal(away.current().primary('wrap').keyId, old);
    await assert.rejects(
      vault.seal(away, { ...first, version: first.version + 1 }),
      isRefusal('unavailable'),
    );
    assert.equal(await vault.openValue(away, first), valueOf(first));
    assert.notEqual(away.current().primary('wrap').keyId, old);
    await Promise.all([a.stop(), b.stop()]);
  });

  test('F12: a rotation that is cut off at any point is finished by another server', async () => {
    const vault = await deployment();
    const roots = valueRoots();
    const holder = await vault.open(roots);
    const secrets = await vault.store(holder, VERSIONS);
    const old = holder.current().primary('wrap').keyId;
    const admin = (): KeyringAdmin => new KeyringAdmin(vault.db, holder, silentLog, QUICK);
    await admin().rotateKeyring(noAudit);
    // Before the new key was primary.
    assert.equal(await admin().resume(), false);
    assert.equal(await vault.stateOf(old), 'primary');
    await new Promise((resolve) => setTimeout(resolve, QUICK.distributeMs + 50));
    // In the middle of the re-wrap.
    let batches = 0;
    const dying = new KeyringRotation(vault.db, holder, silentLog, QUICK);
    assert.equal(await dying.advance(() => ++batches > 2), false);
    const left = await vault.countUnder(old);
    assert.ok(left > 0 && left < VERSIONS, `${left} left`);
    assert.equal(await vault.stateOf(old), 'active');

    const elsewhere = await vault.open(roots);
    for (const secret of secrets) assert.equal(await vault.openValue(elsewhere, secret), valueOf(secret));
    const next = new KeyringAdmin(vault.db, elsewhere, silentLog, QUICK);
    next.start();
    await until(async () => (await vault.stateOf(old)) === 'disabled');
    await next.stop();
    assert.equal(await vault.countUnder(old), 0);
    for (const secret of secrets) assert.equal(await vault.openValue(elsewhere, secret), valueOf(secret));
  });

  test('F12: a key is not disabled while a version is under it, be it in a transaction that is not committed', async () => {
    const vault = await deployment();
    const holder = await vault.open(valueRoots());
    const [secret] = await vault.store(holder, 1);
    assert.ok(secret);
    const old = holder.current();
    const oldId = old.primary('wrap').keyId;
    const admin = new KeyringAdmin(vault.db, holder, silentLog, { ...QUICK, distributeMs: 0, graceMs: 0 });
    await admin.rotateKeyring(noAudit);

    const late: BoundSecret = { ...secret, version: 2 };
    const sealed = sealCredential(
      old,
      bindingOf(old.deploymentId, late),
      new Map([['token', Secret.fromText(valueOf(late))]]),
    );
    let disabling: Promise<boolean> | undefined;
    await vault.db.transaction(async (tx) => {
      await insertVersion(tx, { ...sealed, appId: late.app_id, secretId: late.secret_id, version: 2 });
      disabling = admin.resume();
      await until(async () => (await vault.countUnder(oldId)) === 0);
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(await vault.stateOf(oldId), 'active');
    });
    assert.equal(await disabling, false);
    assert.equal(await vault.stateOf(oldId), 'active');
    assert.equal(await vault.countUnder(oldId), 1);
    await vault.run('UPDATE secrets SET version = 2 WHERE secret_id = $1', [secret.secret_id]);
    assert.equal(await admin.resume(), true);
    assert.equal(await vault.stateOf(oldId), 'disabled');
    assert.equal(await vault.openValue(holder, late), valueOf(late));
  });

  test('I6, F15: a credential whose destinations were edited in SQL is not wrapped anew, and holds the old key', async () => {
    const vault = await deployment();
    const holder = await vault.open(valueRoots());
    const [edited, sound] = await vault.store(holder, 2);
    assert.ok(edited && sound);
    const old = holder.current().primary('wrap').keyId;
    await vault.run("UPDATE secrets SET allowed_hosts = '{evil.example}' WHERE secret_id = $1", [
      edited.secret_id,
    ]);
    const alarms: unknown[] = [];
    const log = {
      ...silentLog,
      error: (fields: Readonly<Record<string, unknown>>) => void alarms.push(fields['alarm']),
    };
    const admin = new KeyringAdmin(vault.db, holder, log, { ...QUICK, distributeMs: 0, graceMs: 0 });
    await admin.rotateKeyring(noAudit);
    assert.equal(await admin.resume(), false);
    assert.deepEqual(alarms, ['integrity']);
    assert.equal(await vault.stateOf(old), 'active');
    assert.equal(await vault.countUnder(old), 1);
    const state = await admin.state();
    assert.equal(state.keys.find((key) => key.key_id === old)?.secret_versions, 1);
    assert.equal(await vault.openValue(holder, sound), valueOf(sound));
    await assert.rejects(
      vault.openValue(holder, { ...edited, allowed_hosts: ['evil.example'] }),
      IntegrityError,
    );
    await vault.run('DELETE FROM secret_versions WHERE secret_id = $1', [edited.secret_id]);
    assert.equal(await admin.resume(), true);
    assert.equal(await vault.stateOf(old), 'disabled');
  });

  test('F12: a wrap that changed since it was read is left as it is', async () => {
    const vault = await deployment();
    const holder = await vault.open(valueRoots());
    const [secret] = await vault.store(holder, 1);
    assert.ok(secret);
    const keyring = holder.current();
    const { keyId } = keyring.primary('wrap');
    const wide = await findVersion(vault.db, secret.app_id, secret.secret_id, 1);
    assert.ok(wide);
    const [from, to] = [secret, { ...secret, delivery: 'proxy_only' as const }].map((one) =>
      bindingOf(keyring.deploymentId, one),
    );
    assert.ok(from && to);
    const narrowed = rewrapCredential(keyring, from, to, wide).wrappedKey;
    const work = { keyId, wrappedKey: wide.wrappedKey, isCurrent: true, secret };
    assert.equal(await updateWrapsIfUnchanged(vault.db, keyId, [{ work, wrappedKey: narrowed }]), 1);
    const lost = rewrapCredential(keyring, from, from, wide).wrappedKey;
    assert.equal(await updateWrapsIfUnchanged(vault.db, keyId, [{ work, wrappedKey: lost }]), 0);
    const stored = await findVersion(vault.db, secret.app_id, secret.secret_id, 1);
    assert.ok(stored?.wrappedKey.equals(narrowed));
  });

  test('F12: a disabled key neither wraps nor unwraps', async () => {
    const vault = await deployment();
    const holder = await vault.open(valueRoots());
    const [secret] = await vault.store(holder, 1);
    assert.ok(secret);
    const sealed = await findVersion(vault.db, secret.app_id, secret.secret_id, 1);
    assert.ok(sealed);
    const admin = new KeyringAdmin(vault.db, holder, silentLog, { ...QUICK, distributeMs: 0, graceMs: 0 });
    await admin.rotateKeyring(noAudit);
    assert.equal(await admin.resume(), true);
    const binding = bindingOf(holder.current().deploymentId, secret);
    assert.throws(() => openCredential(holder.current(), binding, sealed), IntegrityError);
    assert.throws(() => rewrapCredential(holder.current(), binding, binding, sealed), IntegrityError);
    const stale = { ...sealed, appId: secret.app_id, secretId: secret.secret_id, version: 2 };
    await assert.rejects(
      vault.db.transaction((tx) => insertVersion(tx, stale)),
      isRefusal('unavailable'),
    );
    assert.equal(await vault.openValue(holder, secret), valueOf(secret));
  });

  test('F12: the wrapping key is rotated by its age, by the clock of the database, and by one server of many', async () => {
    const vault = await deployment();
    const roots = valueRoots();
    const holders = [await vault.open(roots), await vault.open(roots), await vault.open(roots)];
    const [secret] = await vault.store(holders[0] ?? assert.fail(), 1);
    assert.ok(secret);
    const old = holders[0]?.current().primary('wrap').keyId ?? '';
    const admins = holders.map((holder) => new KeyringAdmin(vault.db, holder, silentLog, QUICK));
    const day = 24 * 3600 * 1000;
    let audited = 0;
    const audit = async (): Promise<void> => void audited++;
    const tryAll = async (days: number): Promise<boolean[]> =>
      Promise.all(admins.map((admin) => admin.rotateKeyringIfDue(days * day, audit)));
    assert.deepEqual(await tryAll(90), [false, false, false]);
    await vault.run("UPDATE keyring SET state_since = now() - interval '89 days 23 hours'");
    assert.deepEqual(await tryAll(90), [false, false, false]);
    await vault.run("UPDATE keyring SET state_since = now() - interval '90 days'");
    assert.deepEqual(await tryAll(0), [false, false, false], '0 is never');
    assert.equal((await tryAll(90)).filter(Boolean).length, 1);
    assert.equal(audited, 1);
    // While it is on its way, however long that takes, there is no other.
    assert.deepEqual(await tryAll(90), [false, false, false]);
    assert.equal(await vault.stateOf(old), 'primary', 'distributed first');
    // Cut off here; another server carries it on.
    const [, next] = admins;
    next?.start();
    await until(async () => (await vault.stateOf(old)) === 'disabled');
    await next?.stop();
    for (const holder of holders) assert.equal(await vault.openValue(holder, secret), valueOf(secret));
    assert.deepEqual(await tryAll(90), [false, false, false], 'the new key is young');
  });

  test('F12: the wrapping key is rotated by the number of its wraps, stored and wrapped anew, and the new one counts from there', async () => {
    const vault = await deployment();
    const holder = await vault.open(valueRoots());
    await vault.store(holder, 3);
    const admin = new KeyringAdmin(vault.db, holder, silentLog, { ...QUICK, distributeMs: 0, graceMs: 0 });
    const primary = async (): Promise<bigint | undefined> =>
      (await selectKeyring(vault.db)).find((row) => row.purpose === 'wrap' && row.state === 'primary')?.wraps;
    assert.ok(((await primary()) ?? 0n) >= 3n - 1n);
    assert.equal(await admin.rotateKeyringIfDue(0, noAudit), false);
    await vault.run("SELECT setval('keyring_wraps', 4294967296 + 1000)");
    assert.equal(await admin.rotateKeyringIfDue(0, noAudit), true);
    assert.equal(await admin.resume(), true);
    const wraps = await primary();
    assert.ok(wraps !== undefined && wraps >= 3n && wraps < 100n, `${wraps}`);
    assert.equal(await admin.rotateKeyringIfDue(0, noAudit), false);
  });

  test('I4: a rotation that cannot be audited does not begin', async () => {
    const vault = await deployment();
    const holder = await vault.open(valueRoots());
    const admin = new KeyringAdmin(vault.db, holder, silentLog, QUICK);
    const failing = (): Promise<void> => Promise.reject(new Refusal('audit_unavailable'));
    await assert.rejects(admin.rotateKeyring(failing), isRefusal('audit_unavailable'));
    const [row] = await vault.run('SELECT count(*)::int AS count FROM keyring');
    assert.equal(row?.['count'], KEY_PURPOSES.length);
    await admin.rotateKeyring(noAudit);
  });

  test('a server hears of a new key without waiting for the poll', async () => {
    const vault = await deployment();
    const roots = valueRoots();
    const [a, b] = [await vault.open(roots), await vault.open(roots)];
    await b.start();
    const held = b.current();
    await new KeyringAdmin(vault.db, a, silentLog, QUICK).rotateKeyring(noAudit);
    await until(async () => b.current() !== held, 2_000);
    await b.stop();
  });
});

/** Calls and credential rotations without a pause, on two servers in turn, until told to stop. */
class Calls {
  readonly failures: unknown[] = [];
  readonly secrets: BoundSecret[];
  opens = 0;
  rotations = 0;
  readonly #vault: Deployment;
  readonly #holders: readonly Awaited<ReturnType<Deployment['open']>>[];
  readonly #running: Promise<void>[];
  #isStopped = false;

  constructor(
    vault: Deployment,
    holders: readonly Awaited<ReturnType<Deployment['open']>>[],
    secrets: BoundSecret[],
  ) {
    this.#vault = vault;
    this.#holders = holders;
    this.secrets = [...secrets];
    // Opens go over the first half, rotations over the second, so that an open never misses a version for a good reason.
    const half = secrets.length / 2;
    this.#running = [
      this.#loop((n) => this.#open(n % half)),
      this.#loop((n) => this.#rotate(half + (n % half))),
    ];
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  async #loop(work: (n: number) => Promise<void>): Promise<void> {
    for (let n = 0; !this.#isStopped; n++) await work(n).catch((error: unknown) => this.failures.push(error));
  }

  async #open(n: number): Promise<void> {
    const [secret, holder] = [this.secrets[n], this.#holders[n % 2]];
    assert.ok(secret && holder);
    assert.equal(await this.#vault.openValue(holder, secret), valueOf(secret));
    this.opens++;
  }

  async #rotate(n: number): Promise<void> {
    const [secret, holder] = [this.secrets[n], this.#holders[n % 2]];
    assert.ok(secret && holder);
    this.secrets[n] = await this.#vault.rotateCredential(holder, secret);
    this.rotations++;
  }
}
