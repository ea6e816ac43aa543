/**
 * Unwrapped data keys of the credentials in use, so that opening costs the cipher and not the derivation. Bounded, least
 * recently used out first. Holds KeyObjects, never bytes or values; a hit saves work and decides nothing.
 */
import { hash, type KeyObject } from 'node:crypto';

/** A KeyObject with its entry takes about 0.5 KB. */
const ENTRIES_MAX = 10_000;

export class DataKeyCache {
  readonly #entriesMax: number;
  /** In order of use, the least recent first. */
  readonly #keys = new Map<string, KeyObject>();
  #isDestroyed = false;

  constructor(entriesMax: number = ENTRIES_MAX) {
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#keys.size;
  }

  /**
   * HAZARDS 7: the key holds every input of the unwrap. `context` (which names the wrapping key and the whole binding)
   * delimits itself, so the wrap can simply follow it.
   */
  static keyOf(context: Buffer, wrappedKey: Buffer): string {
    return hash('sha256', Buffer.concat([context, wrappedKey]), 'base64');
  }

  find(cacheKey: string): KeyObject | undefined {
    const key = this.#keys.get(cacheKey);
    if (key === undefined) return undefined;
    this.#keys.delete(cacheKey);
    this.#keys.set(cacheKey, key);
    return key;
  }

  remember(cacheKey: string, key: KeyObject): void {
    if (this.#isDestroyed) return;
    this.#keys.set(cacheKey, key);
    if (this.#keys.size <= this.#entriesMax) return;
    const oldest = this.#keys.keys().next();
    if (oldest.done !== true) this.#keys.delete(oldest.value);
  }

  /** Forgets all, for instance when a credential was shredded. Node frees the key memory when it collects the objects. */
  clear(): void {
    this.#keys.clear();
  }

  /** Forgets all, and takes nothing more. */
  destroy(): void {
    this.#isDestroyed = true;
    this.clear();
  }
}
