/** UUIDs: version 7 (RFC 9562 §5.7) for what the server makes, and the pairing of request ids with event ids. */

/** Random bytes are drawn for this many ids at a time; one system call per id would cost more than the id. */
const POOL_IDS = 256;
const RANDOM_BYTES = 10;

const pool = new Uint8Array(POOL_IDS * RANDOM_BYTES);
let poolOffset = pool.length;
let lastMs = 0;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const hex = (byte: number | undefined): string => HEX[byte ?? 0] ?? '00';

function nextRandomOffset(): number {
  if (poolOffset + RANDOM_BYTES > pool.length) {
    crypto.getRandomValues(pool);
    poolOffset = 0;
  }
  const offset = poolOffset;
  poolOffset += RANDOM_BYTES;
  return offset;
}

/** Never behind the id before it in this process, whatever the clock does. */
function nowMs(): number {
  lastMs = Math.max(Date.now(), lastMs);
  return lastMs;
}

function build(ms: number, lastNibbleZero: boolean): string {
  const time = ms.toString(16).padStart(12, '0');
  const r = nextRandomOffset();
  const last = hex(pool[r + 9]);
  return (
    `${time.slice(0, 8)}-${time.slice(8)}-7${hex(pool[r]).slice(1)}${hex(pool[r + 1])}` +
    `-${hex(((pool[r + 2] ?? 0) & 0x3f) | 0x80)}${hex(pool[r + 3])}` +
    `-${hex(pool[r + 4])}${hex(pool[r + 5])}${hex(pool[r + 6])}${hex(pool[r + 7])}${hex(pool[r + 8])}` +
    (lastNibbleZero ? `${last[0] ?? '0'}0` : last)
  );
}

/** A new UUIDv7. */
export const newId = (): string => build(nowMs(), false);

/** A UUIDv7 of another time, in milliseconds. */
export const idAt = (ms: number): string => build(Math.floor(ms), false);

/** A new request id: a UUIDv7 whose lowest 4 bits are zero, which leaves room for the ids of its events. */
export const newRequestId = (): string => build(nowMs(), true);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether `text` is a UUID in canonical (lower-case) form. */
export const isUuid = (text: string): boolean => UUID.test(text);

export const uuidToBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

export function uuidFromBytes(bytes: Buffer): string {
  const text = bytes.toString('hex');
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}
