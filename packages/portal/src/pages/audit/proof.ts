/**
 * Checks in the browser that an event stands in the signed log as it is shown (docs/audit.md): its fields against the hashed
 * bytes, their leaf, the way from the leaf to the root, the signature of the checkpoint. WebCrypto alone; trusts no statement of
 * the answer that it can compute.
 */

type Fields = Readonly<Record<string, unknown>>;

export interface ProofInput {
  readonly event: Fields;
  /** base64 of the hashed bytes. */
  readonly canonical: string;
  readonly salts: {
    readonly context: string | null;
    readonly reason: string | null;
    readonly query: string | null;
  };
  readonly proof: {
    readonly leaf_index?: number | undefined;
    readonly hashes: readonly string[];
    readonly checkpoint: string;
  };
  /** The verifier key: `<origin>+<key id>+<base64>`. */
  readonly publicKey: string;
}

export interface ProofReport {
  /** The first field that differs from the hashed bytes. */
  readonly changedField: string | undefined;
  readonly isLeaf: boolean;
  readonly isInTree: boolean;
  /** Undefined where the browser can't tell. */
  readonly isSigned: boolean | undefined;
  readonly isErased: boolean;
  readonly leafHash: string;
  readonly leafIndex: number;
  readonly treeSize: number;
  readonly pathLength: number;
  readonly origin: string;
}

export const isProved = ({ changedField, isLeaf, isInTree, isSigned }: ProofReport): boolean =>
  changedField === undefined && isLeaf && isInTree && isSigned !== false;

const LEAF = 0x00;
const NODE = 0x01;
const DETAIL = 0x02;
const ED25519 = 0x01;
const SIGNATURE_BYTES = 64;
const KEY_ID_BYTES = 4;

export async function checkProof({
  event,
  canonical,
  salts,
  proof,
  publicKey,
}: ProofInput): Promise<ProofReport> {
  const bytes = fromBase64(canonical);
  const hashed = parseObject(new TextDecoder().decode(bytes));
  const leaf = await sha256(Uint8Array.of(LEAF), bytes);
  const head = openNote(proof.checkpoint);
  const index = proof.leaf_index ?? -1;
  const path = proof.hashes.map(fromHex);
  const root = await rootOf(leaf, index, head.size, path);
  return {
    changedField: await findChangedField(event, hashed, salts),
    isLeaf: toHex(leaf) === event['leaf_hash'],
    isInTree: root !== undefined && isEqual(root, head.root),
    isSigned: await checkSignature(head, publicKey),
    isErased: Object.entries(salts).some(
      ([name, salt]) => salt === null && typeof hashed[`${name}_digest`] === 'string',
    ),
    leafHash: toHex(leaf),
    leafIndex: index,
    treeSize: head.size,
    pathLength: path.length,
    origin: head.origin,
  };
}

// The event

const SAME = [
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
];
const SAME_TOO = ['policy_id', 'status_code', 'latency_ms', 'bytes_in', 'bytes_out', 'flags', 'approval_id'];
const OF_ACTOR = ['key_id', 'key_prefix', 'agent_id', 'member_id', 'caller', 'ip'];

async function findChangedField(
  event: Fields,
  hashed: Fields,
  salts: ProofInput['salts'],
): Promise<string | undefined> {
  const isSame = (shown: unknown, field: string): boolean =>
    canonicalJson(shown ?? null) === canonicalJson(hashed[field] ?? null);
  for (const field of [...SAME, ...SAME_TOO]) if (!isSame(event[field], field)) return field;
  const actor = isObject(event['actor']) ? event['actor'] : {};
  for (const field of OF_ACTOR) if (!isSame(actor[field], field)) return field;
  // A counter that may be larger than a number: text in the hashed bytes.
  const { epoch } = event;
  if (!isSame(typeof epoch === 'number' ? epoch.toString() : epoch, 'epoch')) return 'epoch';
  if (event['request_id'] !== `${String(hashed['event_id']).slice(0, -1)}0`) return 'request_id';
  const [url, query] = splitUrl(event['url']);
  if (!isSame(url, 'url')) return 'url';
  const details = [
    ['context', event['context'] === null ? null : canonicalJson(event['context'])],
    ['reason', event['reason']],
    ['query', query],
  ] as const;
  for (const [name, value] of details)
    if (!(await isDetail(value, salts[name], hashed[`${name}_digest`]))) return name;
  return undefined;
}

/** Shown and fitting its digest; or erased, salt and all; or never there. */
async function isDetail(value: unknown, salt: string | null, digest: unknown): Promise<boolean> {
  if (value === null) return (digest ?? null) === null || salt === null;
  if (typeof value !== 'string' || salt === null) return false;
  const bytes = await sha256(Uint8Array.of(DETAIL), fromBase64(salt), new TextEncoder().encode(value));
  return digest === toBase64Url(bytes);
}

function splitUrl(url: unknown): [url: unknown, query: string | null] {
  if (typeof url !== 'string' || !url.includes('?')) return [url, null];
  const at = url.indexOf('?');
  return [url.slice(0, at), url.slice(at + 1)];
}

/** RFC 8785. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const keys = Object.keys(value).toSorted();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`).join(',')}}`;
}

// The tree, RFC 9162 §2.1.3.2

/** The root that a path of hashes leads to from a leaf; undefined when the path is too long or too short. */
async function rootOf(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Promise<Uint8Array | undefined> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return undefined;
  let [at, last, node] = [index, size - 1, leaf];
  for (const part of path) {
    if (last === 0 || part.length !== 32) return undefined;
    if (at % 2 === 1 || at === last) {
      node = await sha256(Uint8Array.of(NODE), part, node);
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else node = await sha256(Uint8Array.of(NODE), node, part);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 ? node : undefined;
}

// The checkpoint, c2sp.org/signed-note

interface Note {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** What is signed. */
  readonly body: string;
  /** By their names. */
  readonly signatures: readonly (readonly [name: string, bytes: Uint8Array])[];
}

function openNote(note: string): Note {
  const end = note.indexOf('\n\n') + 1;
  const [origin = '', size = '', root = ''] = note.slice(0, end).split('\n');
  return {
    origin,
    size: /^\d{1,15}$/.test(size) ? Number(size) : 0,
    root: fromBase64(root),
    body: note.slice(0, end),
    signatures: note
      .slice(end + 1)
      .split('\n')
      .map((line) => /^\u2014 (\S+) (\S+)$/.exec(line))
      .flatMap((match) => (match?.[1] && match[2] ? [[match[1], fromBase64(match[2])] as const] : [])),
  };
}

async function checkSignature(note: Note, publicKey: string): Promise<boolean | undefined> {
  const [, origin, id, key] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(publicKey.trim()) ?? [];
  if (origin === undefined || id === undefined || key === undefined || origin !== note.origin) return false;
  const raw = fromBase64(key);
  const expected = await sha256(new TextEncoder().encode(`${origin}\n`), raw);
  if (raw[0] !== ED25519 || toHex(expected.slice(0, KEY_ID_BYTES)) !== id) return false;
  const imported = await crypto.subtle
    .importKey('raw', raw.slice(1), { name: 'Ed25519' }, false, ['verify'])
    .catch(() => undefined);
  if (imported === undefined) return undefined;
  const body = new TextEncoder().encode(note.body);
  const checks = note.signatures
    .filter(
      ([name, bytes]) =>
        name === origin &&
        bytes.length === KEY_ID_BYTES + SIGNATURE_BYTES &&
        toHex(bytes.slice(0, KEY_ID_BYTES)) === id,
    )
    .map(([, bytes]) => crypto.subtle.verify('Ed25519', imported, bytes.slice(KEY_ID_BYTES), body));
  return (await Promise.all(checks)).some(Boolean);
}

// Bytes

async function sha256(...parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

/** Of both alphabets. What is none gives no bytes, which fit nothing. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (char) => char.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const toHex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));

const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

function parseObject(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
