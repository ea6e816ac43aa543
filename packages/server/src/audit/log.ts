/**
 * The transparency log over all events: numbers committed groups, keeps the tree, signs checkpoints, makes proofs (I13).
 * One integrator at a time: an advisory lock keeps others away, the fencing number in `audit_heads` makes a second one fail.
 * Must never sign a head that is not committed, and never number a group whose MAC is wrong.
 */
import { timingSafeEqual, type KeyObject } from 'node:crypto';
import { Refusal } from '../refusal.ts';
import { UniqueViolation, type Database, type Queryable } from '../store/database.ts';
import { groupMac } from './commit.ts';
import {
  Frontier,
  EMPTY_ROOT,
  HASH_BYTES,
  consistencyPath,
  inclusionPath,
  type Head,
  type Subtrees,
} from './merkle.ts';
import { deriveGroupKey, signCheckpoint, verifierKey, type Signer } from './note.ts';
import { monthOf, requestIdOf } from './uuid.ts';

/** Subtrees of 256 leaves, and of 256 of these, are kept. */
export const TILE_LEVEL = 8;
const GROUPS_PER_RUN = 500;
/** After a commit: soon enough for "within a second", late enough to take many groups at once. */
const NUDGE_MS = 250;
/** A transaction of the control plane commits a little after it told us. */
const SECOND_NUDGE_MS = 900;
/** PostgreSQL advisory locks share one space: "alau". */
export const LOCK_KEY = 0x616c6175;

export interface AuditLogOptions extends Signer {
  /** After each new head, once it is committed: anchors it outside. */
  readonly onCheckpoint?: (note: string) => void;
  /** A group that no writer of ours made, or a failed run: for the log and the alarm. */
  readonly onFault?: (fault: {
    readonly what: string;
    readonly groupId?: string;
    readonly cause?: unknown;
  }) => void;
}

interface HeadRow {
  readonly fence: bigint;
  readonly size: bigint;
  readonly root: Buffer;
  readonly frontier: Buffer;
}

interface GroupRow {
  readonly group_id: string;
  readonly writer: string;
  readonly leaf_hashes: Buffer;
  readonly tags: Buffer;
  readonly mac: Buffer;
}

export interface InclusionProof {
  readonly leafIndex: number;
  readonly size: number;
  readonly leafHash: Buffer;
  readonly path: readonly Buffer[];
  readonly checkpoint: string;
}

export interface ConsistencyProof {
  readonly fromSize: number;
  readonly toSize: number;
  readonly path: readonly Buffer[];
}

export class AuditLog {
  readonly #db: Database;
  readonly #options: AuditLogOptions;
  readonly #groupKey: KeyObject;
  /** Groups that no writer of ours made: told once, never numbered. */
  readonly #foreign = new Set<string>();
  #timers: NodeJS.Timeout[] = [];
  #running: Promise<boolean> | undefined;

  constructor(db: Database, options: AuditLogOptions) {
    this.#db = db;
    this.#options = options;
    this.#groupKey = deriveGroupKey(options.signingKey);
  }

  /** Something was committed: integrate it within a second. Costs nothing while a run is due already. */
  nudge(): void {
    if (this.#timers.length > 0) return;
    this.#timers = [
      setTimeout(() => void this.#runQuietly(), NUDGE_MS),
      setTimeout(() => {
        this.#timers = [];
        void this.#runQuietly();
      }, SECOND_NUDGE_MS),
    ];
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#running?.catch(() => undefined);
  }

  /** Integrates all that is committed; false when another server is at it. */
  integrate(): Promise<boolean> {
    this.#running ??= this.#integrateAll().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async head(): Promise<Head> {
    const row = await latestHead(this.#db);
    return row ? { size: Number(row.size), root: row.root } : { size: 0, root: EMPTY_ROOT };
  }

  /** The latest committed head, signed. Ed25519 is deterministic: every server answers the same bytes. */
  async checkpoint(): Promise<string> {
    return signCheckpoint(await this.head(), this.#options);
  }

  get publicKey(): string {
    return verifierKey(this.#options);
  }

  /** That this event of one of `appIds` is in the tree of the latest head; `not_found` before it is integrated. */
  async inclusionProof(eventId: string, appIds: readonly string[]): Promise<InclusionProof> {
    const { requestId, ordinal } = requestIdOf(eventId);
    const head = await this.head();
    const values = [appIds, monthOf(requestId), requestId, ordinal];
    const [row] = await this.#db.query<{ leaf_index: bigint; leaf_hash: Buffer }>(
      'audit.leaf_of',
      LEAF_OF_SQL,
      values,
    );
    if (!row || Number(row.leaf_index) >= head.size) throw new Refusal('not_found');
    const path = await inclusionPath(storedSubtrees(this.#db), Number(row.leaf_index), head.size);
    const checkpoint = signCheckpoint(head, this.#options);
    return { leafIndex: Number(row.leaf_index), size: head.size, leafHash: row.leaf_hash, path, checkpoint };
  }

  async consistencyProof(fromSize: number, toSize: number): Promise<ConsistencyProof> {
    const { size } = await this.head();
    const isRange =
      Number.isSafeInteger(fromSize) && Number.isSafeInteger(toSize) && fromSize >= 0 && fromSize <= toSize;
    if (!isRange || toSize > size) {
      throw new Refusal('invalid_request', {
        issues: [{ path: 'to_size', message: `must be from_size to ${size}` }],
      });
    }
    return { fromSize, toSize, path: await consistencyPath(storedSubtrees(this.#db), fromSize, toSize) };
  }

  async #runQuietly(): Promise<void> {
    try {
      await this.integrate();
    } catch (cause) {
      this.#options.onFault?.({ what: 'integration failed', cause });
    }
  }

  async #integrateAll(): Promise<boolean> {
    for (;;) {
      const result = await this.#integrateSome();
      if (result === 'busy') return false;
      if (result.head) this.#options.onCheckpoint?.(signCheckpoint(result.head, this.#options));
      if (!result.isMore) return true;
    }
  }

  async #integrateSome(): Promise<'busy' | { head: Head | null; isMore: boolean }> {
    try {
      return await this.#db.transaction(async (tx) => {
        const [lock] = await tx.query<{ locked: boolean }>('audit.lock', LOCK_SQL, [LOCK_KEY]);
        if (lock?.locked !== true) return 'busy';
        const last = await latestHead(tx);
        const foreign = [...this.#foreign];
        const groups = await tx.query<GroupRow>('audit.pending', PENDING_SQL, [GROUPS_PER_RUN, foreign]);
        const ours = groups.filter((group) => this.#isOurs(group));
        const head = ours.length === 0 ? null : await append(tx, last, ours);
        return { head, isMore: groups.length === GROUPS_PER_RUN };
      });
    } catch (thrown) {
      // The fencing number was taken: somebody else went on from the same head.
      if (thrown instanceof UniqueViolation) return 'busy';
      throw thrown;
    }
  }

  #isOurs(group: GroupRow): boolean {
    const expected = groupMac(this.#groupKey, group.group_id, group.writer, group.tags, group.leaf_hashes);
    if (expected.length === group.mac.length && timingSafeEqual(expected, group.mac)) return true;
    this.#foreign.add(group.group_id);
    this.#options.onFault?.({
      what: 'a group in the audit log was not written by the vault',
      groupId: group.group_id,
    });
    return false;
  }
}

async function append(tx: Queryable, last: HeadRow | undefined, groups: readonly GroupRow[]): Promise<Head> {
  const frontier = last ? Frontier.parse(Number(last.size), last.frontier) : new Frontier();
  const firstLeaves: number[] = [];
  const nodes: Array<{ level: number; index: number; root: Buffer }> = [];
  let size = frontier.size;
  for (const { leaf_hashes: leaves } of groups) {
    firstLeaves.push(size);
    size += leaves.length / HASH_BYTES;
  }
  frontier.append(Buffer.concat(groups.map((group) => group.leaf_hashes)), (level, index, roots) => {
    if (level === 0 || level % TILE_LEVEL !== 0) return;
    for (let at = 0; at < roots.length; at += HASH_BYTES) {
      nodes.push({ level, index: index + at / HASH_BYTES, root: roots.subarray(at, at + HASH_BYTES) });
    }
  });
  const head = { size: frontier.size, root: frontier.root() };
  await tx.query('audit.number', NUMBER_SQL, [groups.map((group) => group.group_id), firstLeaves]);
  if (nodes.length > 0) {
    const columns = [
      nodes.map(({ level }) => level),
      nodes.map(({ index }) => index),
      nodes.map(({ root }) => root),
    ];
    await tx.query('audit.nodes', NODES_SQL, columns);
  }
  await tx.query('audit.head', HEAD_SQL, [(last?.fence ?? 0n) + 1n, head.size, head.root, frontier.bytes()]);
  return head;
}

/** The latest head. Numbered leaves without a head mean that heads were removed: never start over, which would fork the log. */
async function latestHead(db: Queryable): Promise<HeadRow | undefined> {
  const [row] = await db.query<HeadRow & { end: bigint }>('audit.latest_head', LATEST_HEAD_SQL, []);
  const head = row && row.fence !== null ? row : undefined;
  if (Number(head?.size ?? 0n) !== Number(row?.end ?? 0n)) {
    throw new Refusal('integrity_error', {
      detail: `audit_heads ends at ${head?.size ?? 0}, the leaves at ${row?.end}`,
    });
  }
  return head;
}

/** Roots of complete subtrees out of the stored nodes and leaves; reads whole tiles and keeps them for the next question. */
export function storedSubtrees(db: Queryable): Subtrees {
  const tiles = new Map<string, Promise<Map<number, Buffer>>>();
  const tile = (level: number, index: number): Promise<Map<number, Buffer>> => {
    const key = `${level}/${index}`;
    let rows = tiles.get(key);
    if (!rows)
      tiles.set(
        key,
        (rows = level === 0 ? readLeaves(db, index * 256, index * 256 + 256) : readNodes(db, level, index)),
      );
    return rows;
  };
  return async (level, index) => {
    const base = level - (level % TILE_LEVEL);
    const width = 2 ** (level - base);
    const rows = await tile(base, Math.floor((index * width) / 256));
    const nodes = Array.from({ length: width }, (_, n) => {
      const at = index * width + n;
      const node = rows.get(at);
      if (node?.length !== HASH_BYTES)
        throw new Refusal('integrity_error', { detail: `audit tree: no node ${base}/${at}` });
      return node;
    });
    const frontier = new Frontier();
    frontier.append(Buffer.concat(nodes));
    return frontier.root();
  };
}

async function readNodes(db: Queryable, level: number, tile: number): Promise<Map<number, Buffer>> {
  const rows = await db.query<{ index: bigint; hash: Buffer }>('audit.read_nodes', READ_NODES_SQL, [
    level,
    tile * 256,
    tile * 256 + 256,
  ]);
  return new Map(rows.map((row) => [Number(row.index), row.hash]));
}

async function readLeaves(db: Queryable, from: number, to: number): Promise<Map<number, Buffer>> {
  const groups = await db.query<{ first_leaf: bigint; leaf_hashes: Buffer }>(
    'audit.read_leaves',
    READ_LEAVES_SQL,
    [from, to],
  );
  const leaves = new Map<number, Buffer>();
  for (const { first_leaf: first, leaf_hashes: hashes } of groups) {
    for (let at = 0; at < hashes.length; at += HASH_BYTES)
      leaves.set(Number(first) + at / HASH_BYTES, hashes.subarray(at, at + HASH_BYTES));
  }
  return leaves;
}

const LOCK_SQL = 'SELECT pg_try_advisory_xact_lock($1::bigint) AS locked';
const LATEST_HEAD_SQL = `
SELECT h.fence, h.size, h.root, h.frontier, coalesce(g.first_leaf + g.leaf_count, 0) AS "end"
FROM (VALUES (1)) AS one
LEFT JOIN (SELECT * FROM audit_heads ORDER BY fence DESC LIMIT 1) AS h ON true
LEFT JOIN (SELECT first_leaf, leaf_count FROM audit_groups WHERE first_leaf IS NOT NULL ORDER BY first_leaf DESC LIMIT 1) AS g ON true`;
const PENDING_SQL = `
SELECT group_id, writer, leaf_hashes, tags, mac FROM audit_groups
WHERE first_leaf IS NULL AND leaf_count > 0 AND NOT group_id = ANY($2::uuid[]) ORDER BY group_id LIMIT $1`;
const NUMBER_SQL = `
UPDATE audit_groups SET first_leaf = n.first_leaf
FROM unnest($1::uuid[], $2::bigint[]) AS n (group_id, first_leaf)
WHERE audit_groups.group_id = n.group_id AND audit_groups.first_leaf IS NULL`;
const NODES_SQL = `
INSERT INTO audit_nodes (level, index, hash) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])`;
const HEAD_SQL = 'INSERT INTO audit_heads (fence, size, root, frontier) VALUES ($1, $2, $3, $4)';
const READ_NODES_SQL = 'SELECT index, hash FROM audit_nodes WHERE level = $1 AND index >= $2 AND index < $3';
/** A group has at most 257 leaves, so one that reaches into the range starts less than that before it. */
const READ_LEAVES_SQL = `
SELECT first_leaf, leaf_hashes FROM audit_groups WHERE first_leaf > $1::bigint - 257 AND first_leaf < $2::bigint ORDER BY first_leaf`;
const LEAF_OF_SQL = `
SELECT g.first_leaf + e.position AS leaf_index, substring(g.leaf_hashes FROM e.position * 32 + 1 FOR 32) AS leaf_hash
FROM audit_events AS e JOIN audit_groups AS g USING (group_id)
WHERE e.app_id = ANY($1::uuid[]) AND e.month = $2::date AND e.request_id = $3 AND e.ordinal = $4 AND g.first_leaf IS NOT NULL`;
