/**
 * The offline verifier of an audit export: rebuilds the tree from the lines, checks the signed checkpoint, and names the first
 * event that is missing, changed or out of order (docs/audit.md). Needs nothing of ours and no server.
 * Must never trust what a line says about itself: only hashes that end in the signed root count (I13).
 */
import { createPublicKey, hash, verify } from 'node:crypto';

export interface VerifyInput {
  /** The export's lines, without line ends. */
  readonly lines: AsyncIterable<string>;
  /** The signed note, kept from earlier or fetched now; the export may go beyond it. */
  readonly checkpoint: string;
  /** The verifier key: `<origin>+<key id>+<base64>`. */
  readonly publicKey: string;
}

export type VerifyResult =
  | {
      readonly ok: true;
      /** Leaves under the checkpoint. */
      readonly size: number;
      /** Events of the app that were checked. */
      readonly events: number;
      /** Events of the app that the export says it left out (by its filter, or dropped by retention). */
      readonly withheld: number;
      /** Lines beyond the checkpoint: newer than it, not covered by it. */
      readonly beyond: number;
    }
  | { readonly ok: false; readonly leafIndex?: number; readonly problem: string };

const MANIFEST_PREFIX = Buffer.from('alter-audit-group-v1\n');
const TAG_BYTES = 8;

class Bad extends Error {
  readonly leafIndex: number | undefined;

  constructor(problem: string, leafIndex?: number) {
    super(problem);
    this.leafIndex = leafIndex;
  }
}

export async function verifyExport({ lines, checkpoint, publicKey }: VerifyInput): Promise<VerifyResult> {
  try {
    const head = openCheckpoint(checkpoint, publicKey);
    const reader = new ExportReader(head.size);
    for await (const line of lines) if (line.trim() !== '') reader.read(line);
    return reader.finish(head.root);
  } catch (thrown) {
    if (!(thrown instanceof Bad)) throw thrown;
    return {
      ok: false,
      problem: thrown.message,
      ...(thrown.leafIndex === undefined ? {} : { leafIndex: thrown.leafIndex }),
    };
  }
}

/** Checks origin and signature of a C2SP signed note; answers the head that it signs. */
export function openCheckpoint(note: string, publicKey: string): { size: number; root: Buffer } {
  const match =
    /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n((?:[^\n]+\n)*)\n((?:\u2014 [^\n]+\n)+)$/.exec(note);
  if (!match) throw new Bad('the checkpoint is not a signed note');
  const [, origin = '', size = '', root = '', , signatures = ''] = match;
  const key = parseKey(publicKey);
  if (origin !== key.origin) throw new Bad(`the checkpoint is of ${origin}, the key of ${key.origin}`);
  const body = Buffer.from(note.slice(0, note.indexOf('\n\n') + 1));
  const isSigned = signatures.split('\n').some((line) => {
    const [, name, stamp = ''] = line.split(' ');
    const bytes = Buffer.from(stamp, 'base64');
    return (
      name === key.origin &&
      bytes.length === 68 &&
      bytes.subarray(0, 4).equals(key.id) &&
      verify(null, body, key.key, bytes.subarray(4))
    );
  });
  if (!isSigned) throw new Bad('the checkpoint is not signed with this key');
  return { size: Number(size), root: Buffer.from(root, 'base64') };
}

function parseKey(text: string): { origin: string; id: Buffer; key: ReturnType<typeof createPublicKey> } {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim());
  const raw = Buffer.from(match?.[3] ?? '', 'base64');
  if (!match?.[1] || !match[2] || raw.length !== 33 || raw[0] !== 1)
    throw new Bad('the public key is not a verifier key');
  const id = Buffer.from(match[2], 'hex');
  const expected = hash('sha256', Buffer.concat([Buffer.from(`${match[1]}\n`), raw]), 'buffer').subarray(
    0,
    4,
  );
  if (!expected.equals(id)) throw new Bad('the public key does not fit its id');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: raw.subarray(1).toString('base64url') };
  return { origin: match[1], id, key: createPublicKey({ key: jwk, format: 'jwk' }) };
}

/** What is known of the group whose leaves are being read: which of them are the app's. */
interface Group {
  readonly own: Buffer;
  readonly tags: Buffer;
  readonly firstLeaf: number;
}

type Line = Readonly<Record<string, unknown>>;

class ExportReader {
  readonly #size: number;
  readonly #tree = new Tree();
  #next = 0;
  #group: Group | undefined;
  #appId: string | undefined;
  #events = 0;
  #withheld = 0;
  #beyond = 0;

  constructor(size: number) {
    this.#size = size;
  }

  read(text: string): void {
    const line = parseLine(text, this.#next);
    if (typeof line['checkpoint'] === 'string') return;
    const index = line['leaf_index'];
    if (typeof line['canonical'] === 'string' && typeof index !== 'number') {
      throw new Bad(`event ${String(line['event_id'])} is not in the log: it was inserted beside it`);
    }
    if (typeof index !== 'number') throw new Bad('a line has no leaf_index', this.#next);
    // Beyond the checkpoint nothing can be said, but what is shown must still be in order and hash to what it says.
    if (index > this.#next) throw new Bad(`leaf ${this.#next} is missing`, this.#next);
    if (index < this.#next) throw new Bad(`leaf ${index} is out of order or there twice`, index);
    if (line['subtree_hash'] !== undefined) this.#readSubtree(line, index);
    else this.#add(this.#readLeaf(line, index), 0, 1);
  }

  finish(root: Buffer): VerifyResult {
    if (this.#next < this.#size)
      throw new Bad(`the tail is cut at ${this.#next}: the checkpoint has ${this.#size} leaves`, this.#next);
    if (!this.#tree.root().equals(root)) {
      throw new Bad(
        'the tree is not the one that was signed: an event and its hash were both changed, or the log was forked',
      );
    }
    return {
      ok: true,
      size: this.#size,
      events: this.#events,
      withheld: this.#withheld,
      beyond: this.#beyond,
    };
  }

  #readSubtree(line: Line, index: number): void {
    const [count, subtree] = [line['leaf_count'], hex32(line['subtree_hash'])];
    if (typeof count !== 'number' || !subtree) throw new Bad('a subtree line is malformed', index);
    const level = Math.log2(count);
    if (!Number.isInteger(level) || index % count !== 0)
      throw new Bad('a subtree line is not aligned', index);
    if (index < this.#size && index + count > this.#size)
      throw new Bad('the export skips over the checkpoint: use the one in its last line', index);
    this.#group = undefined;
    this.#add(subtree, level, count);
  }

  #add(leaf: Buffer, level: number, count: number): void {
    if (this.#next < this.#size) this.#tree.append(leaf, level);
    else this.#beyond += count;
    this.#next += count;
  }

  #readLeaf(line: Line, index: number): Buffer {
    const stated = hex32(line['leaf_hash']);
    if (!stated) throw new Bad('a line has no leaf_hash', index);
    if (typeof line['group'] === 'string') return this.#readManifest(line, line['group'], index, stated);
    const isOwn = this.#isOwnLeaf(index);
    if (typeof line['canonical'] === 'string') {
      const bytes = Buffer.from(line['canonical'], 'base64');
      const canonical = parseLine(bytes.toString(), index);
      checkEvent(line, canonical, index);
      const leaf = leafHash(bytes);
      if (canonical['app_id'] !== this.#appId) throw new Bad('an event is of another app', index);
      if (!leaf.equals(stated)) throw new Bad(`event ${String(line['event_id'])} was changed`, index);
      if (!isOwn) throw new Bad(`event ${String(line['event_id'])} is not where it was written`, index);
      this.#events++;
      return leaf;
    }
    if (isOwn && line['withheld'] === undefined) throw new Bad('an event of this app is missing', index);
    if (isOwn) this.#withheld++;
    return stated;
  }

  /** The manifest of a group: whose the leaves after it are. */
  #readManifest(line: Line, text: string, index: number, stated: Buffer): Buffer {
    const bytes = Buffer.from(text, 'base64');
    const isManifest =
      bytes.subarray(0, MANIFEST_PREFIX.length).equals(MANIFEST_PREFIX) &&
      bytes.length > MANIFEST_PREFIX.length + 16;
    const leaf = leafHash(bytes);
    if (!isManifest || !leaf.equals(stated)) throw new Bad('the manifest of a group was changed', index);
    const appId = line['app_id'];
    if (typeof appId !== 'string' || !/^[0-9a-f-]{36}$/.test(appId))
      throw new Bad('a manifest names no app', index);
    this.#appId ??= appId;
    if (appId !== this.#appId) throw new Bad('the export is of more than one app', index);
    if (this.#group && index < this.#groupEnd())
      throw new Bad('a group is shorter than its manifest says', index);
    const groupId = bytes.subarray(MANIFEST_PREFIX.length, MANIFEST_PREFIX.length + 16);
    const own = hash(
      'sha256',
      Buffer.concat([Buffer.from(appId.replaceAll('-', ''), 'hex'), groupId]),
      'buffer',
    ).subarray(0, TAG_BYTES);
    this.#group = { own, tags: bytes.subarray(MANIFEST_PREFIX.length + 16), firstLeaf: index };
    return leaf;
  }

  #isOwnLeaf(index: number): boolean {
    if (!this.#group || index >= this.#groupEnd()) throw new Bad('a leaf belongs to no group', index);
    const at = (index - this.#group.firstLeaf - 1) * TAG_BYTES;
    return this.#group.tags.subarray(at, at + TAG_BYTES).equals(this.#group.own);
  }

  #groupEnd(): number {
    return this.#group ? this.#group.firstLeaf + 1 + this.#group.tags.length / TAG_BYTES : 0;
  }
}

/** Fields that a line shows as they stand in the hashed bytes; those of `actor` lie one level deeper in the line. */
const FIELDS = [
  'event_id',
  'kind',
  'at',
  'grant_id',
  'secret_id',
  'provider',
  'mode',
  'method',
  'decision',
  'code',
  'policy_id',
  'status_code',
  'latency_ms',
  'bytes_in',
  'bytes_out',
  'flags',
  'approval_id',
  'epoch',
];
const ACTOR_FIELDS = ['key_id', 'key_prefix', 'agent_id', 'member_id', 'caller', 'ip'];

/** Everything that an event line shows must be what was hashed. */
function checkEvent(line: Line, canonical: Line, index: number): void {
  const differ = (field: string): Bad =>
    new Bad(`event ${String(line['event_id'])}: ${field} was changed`, index);
  for (const field of FIELDS) if (!isSame(line[field], canonical[field])) throw differ(field);
  const actor = isRecord(line['actor']) ? line['actor'] : {};
  for (const field of ACTOR_FIELDS) if (!isSame(actor[field], canonical[field])) throw differ(field);
  if (line['request_id'] !== `${String(canonical['event_id']).slice(0, 35)}0`) throw differ('request_id');
  const { url, query } = splitUrl(line['url']);
  if (url !== canonical['url']) throw differ('url');
  const details = [
    [
      'context',
      line['context'] === null ? null : canonicalJson(line['context']),
      canonical['context_digest'],
    ],
    ['reason', line['reason'], canonical['reason_digest']],
    ['query', query, canonical['query_digest']],
  ] as const;
  const salts = isRecord(line['salts']) ? line['salts'] : {};
  for (const [field, value, digest] of details)
    if (!isDetail(value, salts[field], digest)) throw differ(field);
}

function isSame(shown: unknown, hashed: unknown): boolean {
  return shown === hashed || canonicalJson(shown) === canonicalJson(hashed);
}

/** Shown and fitting its digest; or erased, salt and all; or never there. */
function isDetail(value: unknown, salt: unknown, digest: unknown): boolean {
  if (value === null) return digest === null || salt === null;
  if (typeof value !== 'string' || typeof salt !== 'string' || typeof digest !== 'string') return false;
  const bytes = Buffer.concat([Buffer.of(0x02), Buffer.from(salt, 'base64url'), Buffer.from(value)]);
  return hash('sha256', bytes, 'base64url') === digest;
}

function splitUrl(value: unknown): { url: unknown; query: string | null } {
  if (typeof value !== 'string' || !value.includes('?')) return { url: value, query: null };
  return { url: value.slice(0, value.indexOf('?')), query: value.slice(value.indexOf('?') + 1) };
}

/** RFC 8785. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const keys = Object.keys(value).toSorted();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`).join(',')}}`;
}

function parseLine(text: string, index: number): Line {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Said below.
  }
  throw new Bad('a line is not a JSON object', index);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hex32(value: unknown): Buffer | undefined {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? Buffer.from(value, 'hex') : undefined;
}

function leafHash(bytes: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.of(0x00), bytes]), 'buffer');
}

/** RFC 6962 §2.1, as it grows: the roots of the complete subtrees so far, which is all that is kept. */
class Tree {
  readonly #subtrees: Array<{ readonly level: number; readonly root: Buffer }> = [];

  append(root: Buffer, level: number): void {
    let node = { level, root };
    for (let last = this.#subtrees.at(-1); last && last.level <= node.level; last = this.#subtrees.at(-1)) {
      if (last.level < node.level) throw new Bad('a subtree line is not aligned');
      this.#subtrees.pop();
      node = { level: node.level + 1, root: nodeHash(last.root, node.root) };
    }
    this.#subtrees.push(node);
  }

  root(): Buffer {
    if (this.#subtrees.length === 0) return hash('sha256', '', 'buffer');
    return this.#subtrees.map(({ root }) => root).reduceRight((right, left) => nodeHash(left, right));
  }
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.of(0x01), left, right]), 'buffer');
}
