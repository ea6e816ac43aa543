/** Percentiles out of counted classes of latencies. Pure. */

/** Each class is so much wider than the one before: the middle of one is within 5 % of all in it. */
export const LATENCY_BASE = 1.1;

export type Latencies = readonly { readonly class: number; readonly count: number }[];

/** The latency in ms that `share` of all did not exceed, to within 5 %; null of none. */
export function percentile(latencies: Latencies, share: number): number | null {
  const counts = new Map<number, number>();
  for (const { class: of, count } of latencies) counts.set(of, (counts.get(of) ?? 0) + count);
  const total = counts.values().reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let left = Math.ceil(total * share);
  for (const of of [...counts.keys()].sort((a, b) => a - b)) {
    left -= counts.get(of) ?? 0;
    if (left <= 0) return middleOf(of);
  }
  return null;
}

/** Class n holds from base^n - 1 to base^(n + 1) - 1. */
const middleOf = (of: number): number => Math.round((LATENCY_BASE ** of * (1 + LATENCY_BASE)) / 2 - 1);
