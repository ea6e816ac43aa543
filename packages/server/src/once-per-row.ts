/** What is derived from a row: made once, and gone with the row. */
import type { SecretRow } from './store/deciding.ts';

export function oncePerRow<T>(make: (secret: SecretRow) => T): (secret: SecretRow) => T {
  const made = new WeakMap<SecretRow, { readonly value: T }>();
  return (secret) => {
    let entry = made.get(secret);
    if (entry === undefined) {
      entry = { value: make(secret) };
      made.set(secret, entry);
    }
    return entry.value;
  };
}
