/**
 * What is unlike before, or grave by its kind, in a held call: said with what it is judged by, so that nobody takes it for more.
 * A hint decides nothing. Pure.
 */
import type { HeldFacts, PastCalls } from '../store/approval-facts.ts';

export type HintKind =
  | 'first_call'
  | 'first_host'
  | 'first_path'
  | 'first_method'
  | 'unusual_hour'
  | 'large_body'
  | 'destructive_method';

export interface Hint {
  readonly kind: HintKind;
  /** The calls of before that it is judged by; null where it is judged by none. */
  readonly calls: number | null;
}

const DESTRUCTIVE = new Set(['DELETE']);
/** Fewer calls say nothing of usual hours, or of usual sizes. */
const CALLS_FOR_HOURS = 50;
const CALLS_FOR_SIZES = 10;
const LARGE_BYTES = 1024 * 1024;
const LARGER = 10;
/** What is small is not large because it is ten times what is smaller. */
const NOTED_BYTES = 64 * 1024;

export function hintsOf(method: string, held: HeldFacts | undefined, past: PastCalls | undefined): Hint[] {
  const found: Hint[] = [];
  if (DESTRUCTIVE.has(method)) found.push({ kind: 'destructive_method', calls: null });
  const bytes = held?.bytes ?? 0;
  if (bytes >= LARGE_BYTES) found.push({ kind: 'large_body', calls: null });
  if (past === undefined) return found;
  const { calls } = past;
  if (calls === 0) return [{ kind: 'first_call', calls }, ...found];
  if (past.toHost === 0) found.push({ kind: 'first_host', calls });
  else if (held?.url != null && past.toUrl === 0) found.push({ kind: 'first_path', calls });
  if (past.byMethod === 0) found.push({ kind: 'first_method', calls });
  if (calls >= CALLS_FOR_HOURS && past.atHour === 0) found.push({ kind: 'unusual_hour', calls });
  const isMuchLarger = bytes > NOTED_BYTES && past.bytesMax !== null && bytes > LARGER * past.bytesMax;
  if (bytes < LARGE_BYTES && calls >= CALLS_FOR_SIZES && isMuchLarger)
    found.push({ kind: 'large_body', calls });
  return found;
}
