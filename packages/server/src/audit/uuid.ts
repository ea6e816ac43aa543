/**
 * UUIDv7 (RFC 9562 §5.7) as the audit log uses it (`ids.ts` makes them): the time in a request id chooses the partition, the low four bits number
 * the events of a request. Must never be used for anything that has to be unguessable.
 */
import { randomFillSync } from 'node:crypto';
import { idAt, newId } from '../ids.ts';

const POOL_BYTES = 4096;
const pool = Buffer.alloc(POOL_BYTES);
let poolOffset = POOL_BYTES;

/** `count` random bytes out of a pool: one system call per 4 KiB instead of one per event. The caller must copy what it keeps. */
export function randomSlice(count: number): Buffer {
  if (poolOffset + count > POOL_BYTES) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  poolOffset += count;
  return pool.subarray(poolOffset - count, poolOffset);
}

const TEXT_CHARACTERS = 22;
let texts = '';
let textOffset = 0;

/** 132 random bits as 22 characters of base64url: as `randomSlice`, without a buffer for each. */
export function randomText(): string {
  if (textOffset + TEXT_CHARACTERS > texts.length) {
    texts = randomFillSync(Buffer.allocUnsafe(POOL_BYTES)).toString('base64url');
    textOffset = 0;
  }
  textOffset += TEXT_CHARACTERS;
  return texts.slice(textOffset - TEXT_CHARACTERS, textOffset);
}

/** A new id for a group of events; sorts by the time of its making. */
export function newGroupId(nowMs?: number): string {
  return nowMs === undefined ? newId() : idAt(nowMs);
}

/** A new request id: UUIDv7 whose lowest four bits are zero, which leaves room for 16 events. */
export function newRequestId(nowMs?: number): string {
  return eventIdOf(newGroupId(nowMs), 0);
}

/** The smallest id of a moment: a bound for ranges of ids. */
export function lowestIdAt(timeMs: number): string {
  return format(`${timeHex(Math.max(0, timeMs))}70008000000000000000`);
}

export function timeMsOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** An id from outside may be of any time; a year of five digits is no date to PostgreSQL, and no month of ours. */
const LATEST_MS = Date.UTC(9999, 11, 31);

/** The partition of a request: the first day of its month, in UTC. Nearly all are of the minute that was asked for last. */
export function monthOf(requestId: string): string {
  if (requestId.startsWith(lastMinute.prefix)) return lastMinute.month;
  const timeMs = Math.min(timeMsOf(requestId), LATEST_MS);
  const month = monthAt(timeMs);
  const startMs = timeMs - (timeMs % PREFIX_MS);
  if (monthAt(startMs) === month && monthAt(startMs + PREFIX_MS - 1) === month)
    lastMinute = { prefix: requestId.slice(0, PREFIX_CHARACTERS), month };
  return month;
}

/** An id begins with this many characters for 2^16 milliseconds. */
const PREFIX_CHARACTERS = 8;
const PREFIX_MS = 2 ** 16;
let lastMinute = { prefix: 'none', month: '' };

const monthAt = (timeMs: number): string => `${new Date(timeMs).toISOString().slice(0, 7)}-01`;

export function eventIdOf(requestId: string, ordinal: number): string {
  return requestId.slice(0, 35) + ordinal.toString(16);
}

export function requestIdOf(eventId: string): { requestId: string; ordinal: number } {
  return { requestId: eventIdOf(eventId, 0), ordinal: Number.parseInt(eventId.charAt(35), 16) };
}

function timeHex(timeMs: number): string {
  return Math.floor(timeMs).toString(16).padStart(12, '0');
}

function format(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
