/** UUIDs: version 7 (RFC 9562 §5.7) for what the server makes, and the pairing of request ids with event ids. */

/** Random bytes are drawn for this many ids at a time; one system call per id would cost more than the id. */
const POOL_IDS = 256;
const RANDOM_BYTES = 10;
const RANDOM_CHARS = 2 * RANDOM_BYTES;
const pool = Buffer.alloc(POOL_IDS * RANDOM_BYTES);
/** The pool in hexadecimal digits, each id's with version and variant set, and where the next id's begin. */
let digits = '';
let digitsAt = 0;
let lastMs = 0;

function takeDigits(): number {
  if (digitsAt === digits.length) {
    crypto.getRandomValues(pool);
    for (let at = 0; at < pool.length; at += RANDOM_BYTES) {
      pool[at] = 0x70 | ((pool[at] ?? 0) & 0x0f);
      pool[at + 2] = 0x80 | ((pool[at + 2] ?? 0) & 0x3f);
    }
    digits = pool.toString('hex');
    digitsAt = 0;
  }
  const at = digitsAt;
  digitsAt += RANDOM_CHARS;
  return at;
}

/** Never behind the id before it in this process, whatever the clock does. */
function nowMs(): number {
  lastMs = Math.max(Date.now(), lastMs);
  return lastMs;
}

/** Many ids are of the same millisecond. */
let latest = { ms: -1, text: '' };

function timeText(ms: number): string {
  if (ms !== latest.ms) {
    const time = ms.toString(16).padStart(12, '0');
    latest = { ms, text: `${time.slice(0, 8)}-${time.slice(8)}` };
  }
  return latest.text;
}

/** `last`: in place of the last digit. */
function build(ms: number, last = ''): string {
  const at = takeDigits();
  const end = at + RANDOM_CHARS - last.length;
  return `${timeText(ms)}-${digits.slice(at, at + 4)}-${digits.slice(at + 4, at + 8)}-${digits.slice(at + 8, end)}${last}`;
}

/** A new UUIDv7. */
export const newId = (): string => build(nowMs());

/** A UUIDv7 of another time, in milliseconds. */
export const idAt = (ms: number): string => build(Math.floor(ms));

/** A new request id: a UUIDv7 whose lowest 4 bits are zero, which leaves room for the ids of its events. */
export const newRequestId = (): string => build(nowMs(), '0');

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether `text` is a UUID in canonical (lower-case) form. */
export const isUuid = (text: string): boolean => UUID.test(text);

export const uuidToBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

export function uuidFromBytes(bytes: Buffer): string {
  const text = bytes.toString('hex');
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}
