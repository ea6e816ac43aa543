/**
 * The keyring for owners: what wraps what, and the two rotations. Rotates what wraps credentials, and the root key where
 * it lies in the data directory; the keys for MACs, API keys, idempotency and the audit log are only wrapped anew.
 */
import type { KeyringHolder } from '../access/keyring-holder.ts';
import { rewrapKeyring } from '../access/keyring-holder.ts';
import { Refusal } from '../refusal.ts';
import {
  findRootKey,
  isRootKeyPending,
  rereadRootKeys,
  settleRootKeyFiles,
  writeNextRootKey,
  type RootKeys,
} from '../root-key-file.ts';
import type { Database, Queryable } from '../store/database.ts';
import {
  insertKeyringRow,
  lockKeyring,
  notifyKeyring,
  selectKeyring,
  type StoredKeyringRow,
} from '../store/keyring.ts';
import type { StoreLog } from '../store/log.ts';
import { countVersionsByKey } from '../store/secret-versions.ts';
import { Keyring } from '../vault/keyring.ts';
import { RootKey } from '../vault/root-key.ts';
import { isRotating, KeyringRotation, ROTATION_TIMING, type RotationTiming } from './keyring-rotation.ts';
import { countSealedRows } from './sealed-rows.ts';

/** Writes the audit event of a change in the change's own transaction. */
export type WriteAudit = (tx: Queryable) => Promise<void>;

export interface KeyringState {
  readonly root_key_id: string;
  readonly keys: {
    readonly key_id: string;
    readonly purpose: string;
    readonly state: string;
    readonly root_key_id: string;
    readonly created_at: string;
    readonly secret_versions: number;
    readonly sealed_rows: number;
  }[];
}

export class KeyringAdmin {
  readonly #db: Database;
  readonly #holder: KeyringHolder;
  readonly #log: StoreLog;
  readonly #rotation: KeyringRotation;
  readonly #tickMs: number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<boolean> | undefined;
  #isStopped = false;

  /** Other times than the default ones are for tests. */
  constructor(db: Database, holder: KeyringHolder, log: StoreLog, timing: RotationTiming = ROTATION_TIMING) {
    this.#db = db;
    this.#holder = holder;
    this.#log = log;
    this.#rotation = new KeyringRotation(db, holder, log, timing);
    this.#tickMs = timing.tickMs;
  }

  /** On every server: finishes what is unfinished, now and whenever something is. */
  start(): void {
    const tick = (): void => void this.resume().catch((error: unknown) => this.#warn(error));
    this.#timer = setInterval(tick, this.#tickMs).unref();
    tick();
  }

  /** Resolves when nothing of it touches the database any more. What is unfinished goes on elsewhere, or later. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#running?.catch(() => undefined);
  }

  async state(): Promise<KeyringState> {
    const [rows, counts, sealed] = await Promise.all([
      selectKeyring(this.#db),
      countVersionsByKey(this.#db),
      countSealedRows(this.#db),
    ]);
    return {
      root_key_id: rows[0]?.rootId ?? this.#holder.rootKeyId,
      keys: rows.map((row) => ({
        key_id: row.keyId,
        purpose: row.purpose,
        state: row.state,
        root_key_id: row.rootId,
        created_at: row.createdAt.toISOString(),
        secret_versions: counts.get(row.keyId) ?? 0,
        sealed_rows: sealed.get(row.keyId) ?? 0,
      })),
    };
  }

  /** Begins a rotation of the wrapping key and returns; `resume` carries it on. @throws Refusal `conflict` */
  async rotateKeyring(audit: WriteAudit): Promise<void> {
    await this.#begin(audit, () => true);
  }

  /**
   * Begins one where the wrapping key is older than `ageMsMax` (0: of any age), or has made its number of wraps. One server
   * of many does; none while a rotation is on its way. True when it was this one.
   */
  async rotateKeyringIfDue(ageMsMax: number, audit: WriteAudit): Promise<boolean> {
    const isDue = (rows: readonly StoredKeyringRow[]): boolean => !isRotating(rows) && isWorn(rows, ageMsMax);
    if (!isDue(await selectKeyring(this.#db))) return false;
    return this.#begin(audit, isDue);
  }

  async #begin(
    audit: WriteAudit,
    mayBegin: (rows: readonly StoredKeyringRow[]) => boolean,
  ): Promise<boolean> {
    // Another server may have rotated the root key; what is still missing after this is refused below.
    await this.#holder.reload().catch((error: unknown) => this.#warn(error));
    const isBegun = await this.#db.transaction(async (tx) => {
      await lockKeyring(tx);
      const rows = await selectKeyring(tx);
      if (!mayBegin(rows)) return false;
      if (isRotating(rows)) throw stillRotating();
      // By what wraps the others: one root key opens all of them, whatever this server has been told since.
      const root = findRootKey(this.#holder.roots, rootIdOf(rows));
      if (root === undefined) throw wrongRoot();
      await insertKeyringRow(
        tx,
        Keyring.mint(root, this.#holder.current().deploymentId, 'wrap', 'distributed'),
      );
      await audit(tx);
      await notifyKeyring(tx);
      return true;
    });
    await this.#holder.reload();
    return isBegun;
  }

  /** Carries unfinished rotations on; true when none is left. */
  resume(): Promise<boolean> {
    this.#running ??= this.#resume().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /**
   * A new root key for the whole keyring. Three steps: the new key on disk as `root.key.next`; the keyring under it, in
   * one transaction; the files renamed. After a crash at any of them the rows say which file is the root key.
   */
  async rotateRootKey(audit: WriteAudit): Promise<{ root_key_id: string; rewrapped: number }> {
    const { source, path } = this.#holder.roots;
    if (source !== 'data_dir_file' || path === undefined) throw notOurs();
    const next = RootKey.generate();
    try {
      const rewrapped = await this.#db.transaction((tx) => this.#wrapByNext(tx, path, next, audit));
      return { root_key_id: next.root.id, rewrapped };
    } finally {
      // Also when it is not known whether the transaction was committed.
      await this.#settleFiles(path).catch((error: unknown) => this.#warn(error));
      await this.#holder.reload().catch((error: unknown) => this.#warn(error));
    }
  }

  async #wrapByNext(
    tx: Queryable,
    path: string,
    next: { readonly root: RootKey; readonly base64: string },
    audit: WriteAudit,
  ): Promise<number> {
    await lockKeyring(tx);
    const rows = await selectKeyring(tx);
    // First what an earlier rotation left, so that the file that `next` overwrites is of no use to anybody.
    await settleRootKeyFiles(path, rootIdOf(rows));
    const roots = await rereadRootKeys(this.#holder.roots);
    if (roots.root.id !== rootIdOf(rows)) throw wrongRoot();
    await writeNextRootKey(path, next.base64);
    await rewrapKeyring(tx, roots, next.root, this.#holder.current().deploymentId, rows);
    await audit(tx);
    return rows.length;
  }

  async #settleFiles(path: string): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await lockKeyring(tx);
      await settleRootKeyFiles(path, rootIdOf(await selectKeyring(tx)));
    });
  }

  async #resume(): Promise<boolean> {
    if (this.#isStopped) return false;
    const { source, path }: RootKeys = this.#holder.roots;
    if (source === 'data_dir_file' && path !== undefined && (await isRootKeyPending(path)))
      await this.#settleFiles(path);
    return this.#rotation.advance(() => this.#isStopped);
  }

  #warn(error: unknown): void {
    this.#log.warn({ err: error }, 'a rotation could not go on; it is tried again');
  }
}

/**
 * Each wrap draws a salt of its own and derives its key from it, so that what bounds the number is far away; this is
 * nearer than any of it, and no deployment that stores credentials by hand gets there.
 */
const WRAPS_MAX = 2n ** 32n;

function isWorn(rows: readonly StoredKeyringRow[], ageMsMax: number): boolean {
  const primary = rows.find((row) => row.purpose === 'wrap' && row.state === 'primary');
  if (primary === undefined) return false;
  return (ageMsMax > 0 && primary.stateMs >= ageMsMax) || primary.wraps >= WRAPS_MAX;
}

/** All rows are under one root key: every change of it is one transaction. */
function rootIdOf(rows: readonly StoredKeyringRow[]): string {
  const rootIds = new Set(rows.map((row) => row.rootId));
  const [rootId] = rootIds;
  if (rootId === undefined || rootIds.size !== 1) throw wrongRoot();
  return rootId;
}

function stillRotating(): Refusal {
  return new Refusal('conflict', {
    message: 'The rotation before is not finished.',
    hint: 'GET /v1/keyring shows what is still under the old key. The log names credentials that do not open: replace or delete these.',
  });
}

function wrongRoot(): Refusal {
  return new Refusal('unavailable', {
    message: 'The keyring is wrapped by a root key that this server does not have.',
    hint: 'Restart this server with the present root key.',
  });
}

function notOurs(): Refusal {
  return new Refusal('invalid_request', {
    message: 'The root key does not lie in the data directory, so the vault cannot replace it.',
    hint: 'Restart with the new key configured and the present one in ALTER_PREVIOUS_ROOT_KEY_FILE: the keyring is wrapped anew at start.',
  });
}
