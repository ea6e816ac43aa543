/**
 * Which counter a term counts on for a call, and what the state of a counter means. Pure.
 *
 * A sliding window keeps, for each call, the moment until which it counts. Up to EXACT_MAX calls each has a moment of
 * its own; beyond that, calls are kept in grains of a 64th of the window, and all calls of a grain count until its end.
 * So no window of that length ever holds more calls than allowed, at most a 64th of the window is lost, and a
 * counter is at most 65 pairs of numbers, whatever its limit (docs/decisions/0009).
 */
import type { Count, Counter, CounterWindow } from '../../store/counters.ts';
import type { KeyRow } from '../../store/deciding.ts';
import { sha256 } from '../../vault/hash.ts';
import { lineageOf } from '../keys.ts';
import type { LimitTerm } from '../policies/types.ts';
import { bordersAround, type Borders } from './periods.ts';

/** A call as limits see it. */
export interface LimitedCall {
  readonly appId: string;
  readonly key: KeyRow;
  readonly grantId: string;
  /** The client's own word. */
  readonly caller: string | null;
}

export const EXACT_MAX = 64;
const GRAINS = 64;
const US_PER_MS = 1_000;
const US_PER_SECOND = 1_000_000;
/**
 * Callers are told apart by this many buckets per key and policy, so that made-up names fill no table; two names in one
 * bucket share a limit.
 */
const CALLER_BUCKETS = 65_536;

/** Undefined when the term's zone does not exist. */
export function counterOf(term: LimitTerm, call: LimitedCall, nowMs: number): Counter | undefined {
  const window = windowOf(term, nowMs);
  if (window === undefined) return undefined;
  return {
    id: idOf([term.policyId, term.mode, shapeOf(term), term.per, subjectOf(term, call)]),
    limit: term.limit,
    isEnforced: term.mode === 'enforce',
    window,
  };
}

/**
 * Whose calls are counted together. The calls of a clone count with those of the grant that a policy was made for, so
 * that cloning multiplies nothing. A key that acts for no agent is an agent of its own.
 */
function subjectOf(term: LimitTerm, { key, grantId, caller }: LimitedCall): string {
  if (term.per === 'grant') return term.grantId ?? grantId;
  if (term.per === 'agent') return key.agent_id ?? lineageOf(key);
  if (term.per === 'key') return lineageOf(key);
  return `${lineageOf(key)}/${caller === null ? '' : sha256(caller).readUInt32BE(0) % CALLER_BUCKETS}`;
}

/** Another window is another counter; a raised or lowered limit goes on with what was counted. */
function shapeOf({ window }: LimitTerm): string {
  return window.type === 'period'
    ? `${window.period} ${window.timezone}`
    : `${window.type} ${window.seconds}`;
}

/** A UUID from a digest (RFC 9562, version 8). None of the parts may hold a line feed. */
function idOf(parts: readonly string[]): string {
  const bytes = sha256(parts.join('\n')).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function windowOf({ window, limit }: LimitTerm, nowMs: number): CounterWindow | undefined {
  if (window.type === 'sliding') {
    const lengthUs = window.seconds * US_PER_SECOND;
    return { kind: 'sliding', lengthUs, grainUs: limit <= EXACT_MAX ? 1 : Math.ceil(lengthUs / GRAINS) };
  }
  const borders =
    window.type === 'period'
      ? periodBorders(nowMs, window.period, window.timezone)
      : fixedBorders(nowMs, window.seconds * 1000);
  if (borders === undefined) return undefined;
  const [before, start, end, after] = borders;
  return {
    kind: 'borders',
    bordersUs: [before * US_PER_MS, start * US_PER_MS, end * US_PER_MS, after * US_PER_MS],
  };
}

/** Windows of that length one after the other since 1970. */
function fixedBorders(nowMs: number, lengthMs: number): Borders {
  const start = Math.floor(nowMs / lengthMs) * lengthMs;
  return [start - lengthMs, start, start + lengthMs, start + 2 * lengthMs];
}

/** The last borders of each zone in use; a handful of searches when a period ends. */
const known = new Map<string, Borders>();
const KNOWN_MAX = 1_000;

function periodBorders(nowMs: number, period: 'hour' | 'day' | 'month', zone: string): Borders | undefined {
  const name = `${period} ${zone}`;
  const last = known.get(name);
  if (last !== undefined && nowMs >= last[1] && nowMs < last[2]) return last;
  const borders = bordersAround(nowMs, period, zone);
  if (borders === undefined) return undefined;
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(name, borders);
  return borders;
}

/** When one more call may pass, if none is made until then; microseconds since 1970. */
export function passesAtUs({ limit, window }: Counter, count: Count, nowUs: number): number {
  if (window.kind === 'borders') return periodAt(window.bordersUs, nowUs).endUs;
  let over = count.used - limit + 1;
  if (over <= 0) return nowUs;
  // What a clock that went back left in the future counts as if made now.
  const nowLabel = Math.ceil(nowUs / window.grainUs) * window.grainUs;
  for (const { atUs, count: calls } of count.cells) {
    const endsUs = Math.min(atUs, nowLabel) + window.lengthUs;
    if (endsUs <= nowUs) continue;
    over -= calls;
    if (over <= 0) return endsUs;
  }
  return nowUs + window.lengthUs;
}

/** When nothing of what is counted now counts any more. */
export function resetsAtUs({ window }: Counter, count: Count, nowUs: number): number {
  if (window.kind === 'borders') return periodAt(window.bordersUs, nowUs).endUs;
  const last = count.cells.at(-1);
  return last === undefined || count.used === 0 ? nowUs : Math.min(last.atUs, nowUs) + window.lengthUs;
}

export function lengthSeconds({ window }: Counter, nowUs: number): number {
  if (window.kind === 'sliding') return window.lengthUs / US_PER_SECOND;
  const { startUs, endUs } = periodAt(window.bordersUs, nowUs);
  return (endUs - startUs) / US_PER_SECOND;
}

function periodAt(
  [before, start, end, after]: readonly [number, number, number, number],
  nowUs: number,
): { startUs: number; endUs: number } {
  if (nowUs < start) return { startUs: before, endUs: start };
  return nowUs < end ? { startUs: start, endUs: end } : { startUs: end, endUs: after };
}
