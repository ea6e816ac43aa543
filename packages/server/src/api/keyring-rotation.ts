/**
 * Carries a rotation of the wrapping key from any point to its end: distributed, primary, everything wrapped anew, the
 * old key disabled. All that it knows is in the database, so that it goes on after a crash, on any server, with several
 * at once. Opens no credential: only the wraps of data keys move (I1).
 */
import { bindingOf } from '../access/binding.ts';
import { KEYRING_POLL_MS, type KeyringHolder } from '../access/keyring-holder.ts';
import type { Database, Queryable } from '../store/database.ts';
import {
  countWraps,
  excludeHolders,
  holdKey,
  lockKeyring,
  notifyKeyring,
  selectKeyring,
  tryLockRewrap,
  updateKeyState,
  type StoredKeyringRow,
} from '../store/keyring.ts';
import type { StoreLog } from '../store/log.ts';
import {
  countVersionsByKey,
  selectRewrapWork,
  updateWrapsIfUnchanged,
  type Rewrapped,
  type RewrapWork,
} from '../store/secret-versions.ts';
import { IntegrityError } from '../vault/integrity.ts';
import type { Keyring } from '../vault/keyring.ts';
import { rewrapCredential } from '../vault/seal.ts';
import { countSealedRows, SEALED_ROWS, type Resealed, type SealedRows } from './sealed-rows.ts';

export interface RotationTiming {
  /** How long a key is `distributed` before it is primary: every server that lives has polled by then. */
  readonly distributeMs: number;
  /** How long a former primary stays `active` at least: every server that lives seals under the new one by then. */
  readonly graceMs: number;
  /** How often a rotation that is not finished is looked for. */
  readonly tickMs: number;
}

/**
 * Twice the poll. What is lost when a server misses it is one read of the keyring when it meets the new key's id, or a
 * refused `unavailable` when it would store under the disabled one; safety rests on `holdKey`, not on these times.
 */
export const ROTATION_TIMING: RotationTiming = {
  distributeMs: 2 * KEYRING_POLL_MS,
  graceMs: 2 * KEYRING_POLL_MS,
  tickMs: KEYRING_POLL_MS,
};

/** Some 10 ms of work: calls that come in meanwhile wait no longer than that. */
const BATCH_ROWS = 100;
const NIL_UUID = '00000000-0000-0000-0000-000000000000';
/** Never read by a re-wrap. */
const NO_FIELDS = Buffer.alloc(0);

/** Whether a rotation is on its way: a key that is not yet primary, or a former one that is not yet disabled. */
export function isRotating(rows: readonly StoredKeyringRow[]): boolean {
  return rows.some(
    (row) => row.purpose === 'wrap' && (row.state === 'distributed' || row.state === 'active'),
  );
}

export class KeyringRotation {
  readonly #db: Database;
  readonly #holder: KeyringHolder;
  readonly #log: StoreLog;
  readonly #timing: RotationTiming;

  constructor(db: Database, holder: KeyringHolder, log: StoreLog, timing: RotationTiming) {
    this.#db = db;
    this.#holder = holder;
    this.#log = log;
    this.#timing = timing;
  }

  /** As far as it can go now; true when no rotation is left. `isStopped` is asked between batches. */
  async advance(isStopped: () => boolean): Promise<boolean> {
    if (!isRotating(await selectKeyring(this.#db))) return true;
    await this.#promote();
    await this.#holder.reload();
    await this.#rewrapAll(isStopped);
    await this.#disableUnused();
    return !isRotating(await selectKeyring(this.#db));
  }

  async #promote(): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await lockKeyring(tx);
      const rows = (await selectKeyring(tx)).filter((row) => row.purpose === 'wrap');
      const next = rows.find(
        (row) => row.state === 'distributed' && row.stateMs >= this.#timing.distributeMs,
      );
      if (next === undefined) return;
      for (const row of rows) if (row.state === 'primary') await updateKeyState(tx, row.keyId, 'active');
      await updateKeyState(tx, next.keyId, 'primary');
      await notifyKeyring(tx);
    });
  }

  async #rewrapAll(isStopped: () => boolean): Promise<void> {
    const rows = await selectKeyring(this.#db);
    const former = rows.filter((row) => row.purpose === 'wrap' && row.state === 'active');
    for (const { keyId } of former) {
      await this.#rewrapUnder(keyId, isStopped);
      for (const sealed of SEALED_ROWS) await this.#resealUnder(sealed, keyId, isStopped);
    }
  }

  async #rewrapUnder(formerId: string, isStopped: () => boolean): Promise<void> {
    let after = { appId: NIL_UUID, secretId: NIL_UUID };
    let rewrapped = 0;
    while (!isStopped()) {
      const batch = await this.#db.transaction((tx) => this.#rewrapBatch(tx, formerId, after));
      rewrapped += batch?.rewrapped ?? 0;
      if (batch?.last === undefined) break;
      after = { appId: batch.last.secret.app_id, secretId: batch.last.secret.secret_id };
    }
    if (rewrapped > 0) this.#log.info({ secret_versions: rewrapped }, 'wrapped under the new primary key');
  }

  /** Undefined when another server is at it, or another rotation has begun. */
  async #rewrapBatch(
    tx: Queryable,
    formerId: string,
    after: { readonly appId: string; readonly secretId: string },
  ): Promise<{ rewrapped: number; last: RewrapWork | undefined } | undefined> {
    if (!(await tryLockRewrap(tx))) return undefined;
    const keyring = this.#holder.current();
    const { keyId } = keyring.primary('wrap');
    if ((await holdKey(tx, keyId)) !== 'primary') return undefined;
    const work = await selectRewrapWork(tx, formerId, after, BATCH_ROWS);
    const current = work.filter((one) => one.isCurrent);
    const done = current.map((one) => this.#rewrap(keyring, one)).filter((one) => one !== undefined);
    if (done.length > 0) await countWraps(tx, done.length);
    const rewrapped = done.length === 0 ? 0 : await updateWrapsIfUnchanged(tx, keyId, done);
    return { rewrapped, last: work.at(-1) };
  }

  async #resealUnder(rows: SealedRows, formerId: string, isStopped: () => boolean): Promise<void> {
    let after: string | undefined;
    let resealed = 0;
    while (!isStopped()) {
      const batch = await this.#db.transaction((tx) => this.#resealBatch(tx, rows, formerId, after));
      resealed += batch?.resealed ?? 0;
      if (batch?.next === undefined) break;
      after = batch.next;
    }
    if (resealed > 0) this.#log.info({ [rows.what]: resealed }, 'sealed under the new primary key');
  }

  /** Undefined as in `#rewrapBatch`. */
  async #resealBatch(
    tx: Queryable,
    rows: SealedRows,
    formerId: string,
    after: string | undefined,
  ): Promise<Resealed | undefined> {
    if (!(await tryLockRewrap(tx))) return undefined;
    const keyring = this.#holder.current();
    if ((await holdKey(tx, keyring.primary('wrap').keyId)) !== 'primary') return undefined;
    const onBroken = (about: object, err: unknown): void =>
      this.#log.error(
        { alarm: 'integrity', ...about, err },
        `one of the ${rows.what} cannot be sealed anew; the rotation waits until it is deleted`,
      );
    return rows.resealBatch(tx, { keyring, formerId, after, onBroken });
  }

  /** For the same destinations: a row whose destinations were edited in SQL fails here as it does in a call (I6). */
  #rewrap(keyring: Keyring, work: RewrapWork): Rewrapped | undefined {
    const { keyId, wrappedKey, secret } = work;
    try {
      const binding = bindingOf(keyring.deploymentId, secret);
      const sealed = rewrapCredential(keyring, binding, binding, { keyId, wrappedKey, sealed: NO_FIELDS });
      return { work, wrappedKey: sealed.wrappedKey };
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      this.#log.error(
        { alarm: 'integrity', secret_id: secret.secret_id, err: error },
        'a credential cannot be wrapped anew; the rotation waits until it is replaced or deleted',
      );
      return undefined;
    }
  }

  async #disableUnused(): Promise<void> {
    const counts = await this.#countByKey(this.#db);
    const rows = await selectKeyring(this.#db);
    const unused = rows.filter((row) => this.#mayDisable(row) && !counts.has(row.keyId));
    for (const { keyId } of unused) {
      const isDisabled = await this.#db.transaction((tx) => this.#disable(tx, keyId));
      if (isDisabled)
        this.#log.info({ key_id: keyId }, 'the old wrapping key is disabled; the rotation is finished');
    }
    if (unused.length > 0) await this.#holder.reload();
  }

  /**
   * No version can be under a key that is disabled: who stores one holds the key from before it writes until it commits
   * (`holdKey`), and this waits for all of them, then counts in a new statement, which sees what they committed. Who
   * comes later waits for this transaction, and then finds the key disabled.
   */
  async #disable(tx: Queryable, keyId: string): Promise<boolean> {
    await lockKeyring(tx);
    await excludeHolders(tx, keyId);
    const row = (await selectKeyring(tx)).find((one) => one.keyId === keyId);
    const counts = await this.#countByKey(tx);
    if (row === undefined || !this.#mayDisable(row) || counts.has(keyId)) return false;
    await updateKeyState(tx, keyId, 'disabled');
    await notifyKeyring(tx);
    return true;
  }

  /** All that each key still wraps or seals. */
  async #countByKey(db: Queryable): Promise<ReadonlySet<string>> {
    return new Set([...(await countVersionsByKey(db)).keys(), ...(await countSealedRows(db)).keys()]);
  }

  #mayDisable(row: StoredKeyringRow): boolean {
    return row.purpose === 'wrap' && row.state === 'active' && row.stateMs >= this.#timing.graceMs;
  }
}
