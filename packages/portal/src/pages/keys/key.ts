/** What is to be said of a key. Pure. */
import type { ItemOf } from '../../api/queries.ts';

export type Key = ItemOf<'listKeys'>;

/** Which keys the list shows, as the address says it. */
export const SHOWN = ['active', 'unused', 'all'] as const;
export type Shown = (typeof SHOWN)[number];

export const UNUSED_DAYS = 30;
const DAY_MS = 24 * 3600 * 1000;

/** Works, is old enough to have been used, and was not. */
export function isUnused(key: Key, now: number): boolean {
  const since = now - UNUSED_DAYS * DAY_MS;
  const latest = new Date(key.last_used_at ?? key.created_at).getTime();
  return key.status === 'active' && latest < since && new Date(key.created_at).getTime() < since;
}
