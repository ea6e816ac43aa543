/**
 * The keyring of this process: opened once at start, or made with the deployment when the database is empty, and read
 * anew when another server changes it. What is in memory goes on working when reading anew fails; a keyring that is
 * not whole never replaces one that is.
 */
import { newId } from '../ids.ts';
import { findRootKey, rereadRootKeys, settleRootKeyFiles, type RootKeys } from '../root-key-file.ts';
import type { Database, Listener, Queryable } from '../store/database.ts';
import {
  insertKeyringRow,
  KEYRING_CHANNEL,
  lockKeyring,
  notifyKeyring,
  selectKeyring,
  updateKeyWrap,
} from '../store/keyring.ts';
import type { StoreLog } from '../store/log.ts';
import { findDeployment, insertDeployment } from '../store/people.ts';
import { StartError } from '../store/start-error.ts';
import { IntegrityError, RootKeyMismatch } from '../vault/integrity.ts';
import { KEY_PURPOSES, Keyring, SYMMETRIC_PURPOSES, type KeyringRow } from '../vault/keyring.ts';
import type { RootKey } from '../vault/root-key.ts';

/** Whatever becomes of notifications, a server knows a change of the keyring after this long. */
export const KEYRING_POLL_MS = 15_000;

interface Opened {
  readonly keyring: Keyring;
  readonly roots: RootKeys;
  /** Of the rows: what wraps the keyring now. */
  readonly rootKeyId: string;
  readonly rows: readonly KeyringRow[];
}

export class KeyringHolder {
  readonly #db: Database;
  readonly #log: StoreLog;
  #opened: Opened;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #listener: Listener | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(db: Database, log: StoreLog, opened: Opened) {
    this.#db = db;
    this.#log = log;
    this.#opened = opened;
  }

  /**
   * Makes the deployment and its keys when there are none; finishes a change of the root key that a crash or a restart
   * with new settings left to do. Several servers may do so at once.
   * @throws StartError
   */
  static async open(db: Database, roots: RootKeys, log: StoreLog): Promise<KeyringHolder> {
    try {
      const opened = await db.transaction((tx) => openLocked(tx, roots, log));
      return new KeyringHolder(db, log, opened);
    } catch (error) {
      throw toStartError(error);
    }
  }

  current(): Keyring {
    return this.#opened.keyring;
  }

  /** The root keys that this server has. */
  get roots(): RootKeys {
    return this.#opened.roots;
  }

  /** Fingerprint of the root key that wraps the keyring. */
  get rootKeyId(): string {
    return this.#opened.rootKeyId;
  }

  /**
   * Reads the keyring anew: what was committed before this call is in `current()` once it resolves. For whoever meets a
   * key id that it does not know, too. What was in memory stays when it fails.
   */
  reload(): Promise<void> {
    // A read that is under way may have begun before the change that the caller wants to see: one more, for all who ask.
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      const read = this.#read();
      this.#running = read.catch(() => undefined);
      return read;
    });
    return this.#next;
  }

  async start(): Promise<void> {
    const hear = (): void => void this.reload().catch(() => undefined);
    this.#listener = await this.#db.listen(KEYRING_CHANNEL, { onNotify: hear, onReconnect: hear });
    this.#timer = setInterval(hear, KEYRING_POLL_MS).unref();
    await this.reload();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#listener?.close();
    await this.#next?.catch(() => undefined);
    await this.#running;
  }

  async #read(): Promise<void> {
    try {
      const rows = await selectKeyring(this.#db);
      if (isSame(rows, this.#opened.rows)) return;
      const roots = await this.#rootsFor(rows);
      this.#opened = openRows(roots, this.#opened.keyring.deploymentId, rows);
    } catch (error) {
      if (error instanceof IntegrityError)
        this.#log.error(
          { alarm: 'integrity', err: error },
          'the keyring in the database is not usable; the one in memory stays',
        );
      throw error;
    }
  }

  /** Another process may have rotated the root key in the data directory since. */
  #rootsFor(rows: readonly KeyringRow[]): Promise<RootKeys> | RootKeys {
    const { roots } = this.#opened;
    return rows.every((row) => findRootKey(roots, row.rootId) !== undefined) ? roots : rereadRootKeys(roots);
  }
}

async function openLocked(tx: Queryable, given: RootKeys, log: StoreLog): Promise<Opened> {
  await lockKeyring(tx);
  const rows = await selectKeyring(tx);
  const deploymentId = await findDeployment(tx);
  if (deploymentId === undefined && rows.length === 0) return createKeyring(tx, given, log);
  if (deploymentId === undefined || rows.length === 0)
    throw new IntegrityError('of the deployment and its keyring, only one is in the database');
  const roots = await settle(given, rows);
  return openRows(roots, deploymentId, await adoptRoot(tx, roots, deploymentId, rows, log));
}

async function createKeyring(tx: Queryable, roots: RootKeys, log: StoreLog): Promise<Opened> {
  const deploymentId = newId();
  await insertDeployment(tx, deploymentId);
  const rows = KEY_PURPOSES.map((purpose) => Keyring.mint(roots.root, deploymentId, purpose, 'primary'));
  for (const row of rows) await insertKeyringRow(tx, row);
  log.info({ deployment_id: deploymentId, root_key_id: roots.root.id }, 'a new keyring was made');
  return openRows(roots, deploymentId, rows);
}

/** Finishes, or takes back, what a crash left of a rotation of the root key file. */
async function settle(roots: RootKeys, rows: readonly KeyringRow[]): Promise<RootKeys> {
  const rootId = rows[0]?.rootId;
  if (roots.source !== 'data_dir_file' || roots.path === undefined || rootId === undefined) return roots;
  await settleRootKeyFiles(roots.path, rootId);
  return rereadRootKeys(roots);
}

/** Wraps by the present root key what is under another that was given, such as ALTER_PREVIOUS_ROOT_KEY_FILE. */
async function adoptRoot(
  tx: Queryable,
  roots: RootKeys,
  deploymentId: string,
  rows: readonly KeyringRow[],
  log: StoreLog,
): Promise<readonly KeyringRow[]> {
  if (rows.every((row) => row.rootId === roots.root.id)) return rows;
  const rewrapped = await rewrapKeyring(tx, roots, roots.root, deploymentId, rows);
  log.warn(
    { root_key_id: roots.root.id, keys: rows.length },
    'the keyring was wrapped anew by the root key of the settings',
  );
  return rewrapped;
}

/** Every row, disabled ones too: in one transaction, so that one root key opens all of them at any time. */
export async function rewrapKeyring(
  tx: Queryable,
  roots: RootKeys,
  to: RootKey,
  deploymentId: string,
  rows: readonly KeyringRow[],
): Promise<KeyringRow[]> {
  const rewrapped = rows.map((row) => {
    const from = findRootKey(roots, row.rootId);
    if (from === undefined) throw new RootKeyMismatch(row.rootId);
    return Keyring.rewrapRow(row, from, to, deploymentId);
  });
  for (const row of rewrapped) await updateKeyWrap(tx, row);
  await notifyKeyring(tx);
  return rewrapped;
}

function openRows(roots: RootKeys, deploymentId: string, rows: readonly KeyringRow[]): Opened {
  const rootIds = [...new Set(rows.map((row) => row.rootId))];
  for (const rootId of rootIds)
    if (findRootKey(roots, rootId) === undefined) throw new RootKeyMismatch(rootId);
  const [first, second] = rootIds.map((rootId) => findRootKey(roots, rootId));
  const keyring = Keyring.open(first ?? roots.root, second, deploymentId, rows);
  for (const purpose of SYMMETRIC_PURPOSES) keyring.primary(purpose);
  keyring.primary('audit_sign');
  return { keyring, roots, rootKeyId: rootIds[0] ?? roots.root.id, rows };
}

function isSame(a: readonly KeyringRow[], b: readonly KeyringRow[]): boolean {
  const others = new Map(b.map((row) => [row.keyId, row]));
  return (
    a.length === b.length &&
    a.every((row) => {
      const other = others.get(row.keyId);
      return (
        other?.state === row.state &&
        other.purpose === row.purpose &&
        other.rootId === row.rootId &&
        other.wrapped.equals(row.wrapped)
      );
    })
  );
}

function toStartError(error: unknown): unknown {
  if (error instanceof RootKeyMismatch)
    return new StartError(
      'root_key_mismatch',
      `The keyring in this database is wrapped by the root key ${error.rootId}, which is not the one that was given.`,
      {
        hint: 'Give the vault that root key (ALTER_ROOT_KEY_FILE), or the database that belongs to this one. When you are replacing the root key, set ALTER_PREVIOUS_ROOT_KEY_FILE to the one before.',
        cause: error,
      },
    );
  if (error instanceof IntegrityError)
    return new StartError(
      'keyring_damaged',
      `The keyring in this database is not what was stored: ${error.message}.`,
      {
        hint: 'Restore the keyring table from a backup. Nothing was changed.',
        cause: error,
      },
    );
  return error;
}
