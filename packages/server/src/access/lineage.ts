/** What a rotation hands from key to key: a held call goes on with the key that replaced the one that asked for it. Pure. */
import type { KeyRow } from '../store/deciding.ts';
import { isExpired } from './authorize.ts';
import { lineageOf } from './keys.ts';
import type { AppSnapshot } from './snapshot.ts';

type Keys = Pick<AppSnapshot, 'key'>;

/**
 * The key itself while it works; once it ended by a rotation, the one that replaced it. Undefined where a key was revoked:
 * that ends what it asked for.
 */
export function workingKeyOf(snapshot: Keys, keyId: string, now: number): KeyRow | undefined {
  let key = snapshot.key(keyId);
  while (key !== undefined && key.revoked_at === null && isExpired(key, now)) {
    key = key.replaced_by === null ? undefined : snapshot.key(key.replaced_by);
  }
  return key?.revoked_at === null ? key : undefined;
}

/** Whether `key` is the one of this id, or of the same rotations. */
export function isOfLineage(snapshot: Keys, key: KeyRow, keyId: string): boolean {
  const other = snapshot.key(keyId);
  return other !== undefined && lineageOf(other) === lineageOf(key);
}
