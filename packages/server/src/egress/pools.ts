/**
 * The pools of all origins and pool keys, found again for each call. Must never hand out the pool of another key or origin (S8).
 */
import type { EgressRequest } from './call.ts';
import type { OriginPool } from './pool.ts';
import type { EgressTarget } from './resolve.ts';

/** Kept for their TLS sessions and idle connections; beyond that the one used longest ago makes room. */
export const POOLS_MAX = 1024;

export class Pools {
  readonly #make: (target: EgressTarget) => OriginPool;
  /** By pool key, and then by origin: neither text is made anew for a call. */
  readonly #pools = new Map<string, Map<string, OriginPool>>();
  #size = 0;

  constructor(make: (target: EgressTarget) => OriginPool) {
    this.#make = make;
  }

  find({ poolKey, target }: Pick<EgressRequest, 'poolKey' | 'target'>): OriginPool {
    return this.#pools.get(poolKey)?.get(target.origin) ?? this.#add(poolKey, target);
  }

  retireAll(): void {
    const pools = [...this.#pools.values()].flatMap((ofKey) => [...ofKey.values()]);
    this.#pools.clear();
    this.#size = 0;
    for (const pool of pools) pool.retire();
  }

  #add(poolKey: string, target: EgressTarget): OriginPool {
    if (this.#size >= POOLS_MAX) this.#makeRoom();
    const pool = this.#make(target);
    const ofKey = this.#pools.get(poolKey);
    if (ofKey === undefined) this.#pools.set(poolKey, new Map([[target.origin, pool]]));
    else ofKey.set(target.origin, pool);
    this.#size += 1;
    return pool;
  }

  /** A pool in use goes too if need be: its calls finish, and then its connections close. */
  #makeRoom(): void {
    let oldest: { readonly poolKey: string; readonly origin: string; readonly pool: OriginPool } | undefined;
    for (const [poolKey, ofKey] of this.#pools) {
      for (const [origin, pool] of ofKey)
        if (oldest === undefined || isBetterToDrop(pool, oldest.pool)) oldest = { poolKey, origin, pool };
    }
    if (oldest === undefined) return;
    const ofKey = this.#pools.get(oldest.poolKey);
    ofKey?.delete(oldest.origin);
    if (ofKey?.size === 0) this.#pools.delete(oldest.poolKey);
    this.#size -= 1;
    oldest.pool.retire();
  }
}

function isBetterToDrop(candidate: OriginPool, than: OriginPool): boolean {
  if (candidate.isInUse !== than.isInUse) return !candidate.isInUse;
  return candidate.lastUsedAt < than.lastUsedAt;
}
