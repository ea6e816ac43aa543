/** Cursors over lists that are sorted by an id. Opaque to callers; a forged one finds nothing that they may not see. */
import { isUuid } from '../ids.ts';
import { Refusal } from '../refusal.ts';

export const FIRST_ID = '00000000-0000-0000-0000-000000000000';

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Of a list with the newest first. */
export const beforeOf = (cursor: string | undefined): string =>
  cursor === undefined ? LAST_ID : afterOf(cursor);

export function afterOf(cursor: string | undefined): string {
  if (cursor === undefined) return FIRST_ID;
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!isUuid(id))
    throw new Refusal('invalid_request', {
      issues: [{ path: 'cursor', message: 'is not a next_cursor of this list' }],
    });
  return id;
}

/** `rows` holds one more than `limit` when there is a next page. */
export function page<R, V>(
  rows: readonly R[],
  limit: number,
  idOf: (row: R) => string,
  view: (row: R) => V,
): { items: V[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const isMore = rows.length > limit && last !== undefined;
  return {
    items: shown.map(view),
    next_cursor: isMore ? Buffer.from(idOf(last), 'latin1').toString('base64url') : null,
  };
}

/** A page of rows that are in memory already. */
export function pageOf<R>(rows: Iterable<R>, after: string, limit: number, idOf: (row: R) => string): R[] {
  return [...rows]
    .filter((row) => idOf(row) > after)
    .sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
    .slice(0, limit + 1);
}
