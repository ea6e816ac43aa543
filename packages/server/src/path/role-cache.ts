/**
 * Temporary credentials between calls (HAZARDS R14): sealed, in memory only, one for each set of inputs. One AssumeRole at a
 * time for each; renewed behind the calls well before it ends, at a time that differs from entry to entry. Knows nothing of AWS.
 */
import { newId } from '../ids.ts';
import type { Log } from '../log.ts';
import { MemorySeal, type SealedInMemory } from '../vault/memory-seal.ts';
import type { Secret } from '../vault/secret.ts';

/** What a temporary credential was made for: it goes when one of these is over. */
export interface RoleOwner {
  readonly appId: string;
  readonly secretId: string;
  readonly version: number;
  readonly grantId: string | null;
}

export interface Fetched {
  readonly fields: Map<string, Secret>;
  readonly lifeMs: number;
}

export interface Lent {
  /** Whoever asked destroys them. */
  readonly fields: Map<string, Secret>;
  /** From now. */
  readonly leftMs: number;
}

interface Entry {
  readonly owner: RoleOwner;
  readonly sealed: SealedInMemory;
  /** Monotonic: no clock that jumps makes a credential live longer (F7). */
  readonly endsAt: number;
  renewAt: number;
}

/** Each is 1 to 3 KiB. Callers name themselves, so there must be a bound, in all and for whoever may use one grant. */
export const ROLES_MAX = 2000;
export const ROLES_OF_GRANT_MAX = 200;
/** Renewed so long before the end, or in the last third of a shorter life. */
const LEAD_MS = 5 * 60_000;
const LEAD_SHARE = 1 / 3;
/** Of the lead, at most this share later. */
const JITTER = 0.25;
/** Not used in the last of it: a signature must be good until it arrives. */
const LAST_MS = 15_000;
const LAST_SHARE = 0.1;
const RETRY_MS = 5_000;

/** From 0 to 1: the random end of an id. */
const chance = (): number => Number.parseInt(newId().slice(-8), 16) / 2 ** 32;

/** The test calls of a secret have no grant. */
const grantOf = ({ appId, secretId, grantId }: RoleOwner): string => `${appId}/${grantId ?? secretId}`;

interface Count {
  readonly appId: string;
  readonly count: number;
}

/** The grant with the most, of the app with the most. */
function fullest(counts: readonly (readonly [grant: string, count: Count])[]): string | undefined {
  const ofApp = new Map<string, number>();
  for (const [, { appId, count }] of counts) ofApp.set(appId, (ofApp.get(appId) ?? 0) + count);
  // By app first, then by grant.
  const weightOf = ({ appId, count }: Count): number => (ofApp.get(appId) ?? 0) * (ROLES_MAX + 2) + count;
  let most: readonly [string, Count] | undefined;
  for (const one of counts) if (most === undefined || weightOf(one[1]) > weightOf(most[1])) most = one;
  return most?.[0];
}

export class RoleCache {
  readonly #log: Log;
  readonly #seal = new MemorySeal();
  readonly #entries = new Map<string, Entry>();
  /** By grant. */
  readonly #counts = new Map<string, Count>();
  readonly #flights = new Map<string, Promise<Entry>>();

  constructor(log: Log) {
    this.#log = log;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** `assume` begins at once, while the credential that it signs with is open, or is not called. */
  async lend(key: string, owner: RoleOwner, assume: () => Promise<Fetched>): Promise<Lent> {
    const now = performance.now();
    const known = this.#entries.get(key);
    if (known === undefined || now >= known.endsAt)
      return this.#open(key, await this.#fetchOnce(key, owner, assume));
    // The one used longest ago stands first.
    this.#entries.delete(key);
    this.#entries.set(key, known);
    if (now >= known.renewAt && !this.#flights.has(key)) {
      this.#fetchOnce(key, owner, assume).catch((error: unknown) => {
        known.renewAt = performance.now() + RETRY_MS;
        this.#log.warn(
          { err: error, secret_id: owner.secretId },
          'a role could not be renewed ahead of its end',
        );
      });
    }
    return this.#open(key, known);
  }

  /** Forgets what is over, by time or because of what it was made for. */
  sweep(isOver: (owner: RoleOwner) => boolean): void {
    const now = performance.now();
    for (const [key, { owner, endsAt }] of this.#entries)
      if (now >= endsAt || isOver(owner)) this.#delete(key);
  }

  *owners(): Iterable<RoleOwner> {
    for (const { owner } of this.#entries.values()) yield owner;
  }

  clear(): void {
    this.#entries.clear();
    this.#counts.clear();
  }

  #fetchOnce(key: string, owner: RoleOwner, assume: () => Promise<Fetched>): Promise<Entry> {
    const under = this.#flights.get(key);
    if (under !== undefined) return under;
    const flight = assume()
      .then((fetched) => this.#keep(key, owner, fetched))
      .finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  #keep(key: string, owner: RoleOwner, { fields, lifeMs }: Fetched): Entry {
    const now = performance.now();
    const lead = Math.min(LEAD_MS, lifeMs * LEAD_SHARE);
    const entry = {
      owner,
      sealed: this.#seal.seal(key, fields),
      endsAt: now + lifeMs - Math.min(LAST_MS, lifeMs * LAST_SHARE),
      renewAt: now + lifeMs - lead * (1 - JITTER * chance()),
    };
    for (const secret of fields.values()) secret.destroy();
    // What was renewed stands last too.
    this.#set(key, entry);
    this.#makeRoom(owner);
    return entry;
  }

  /**
   * Whoever makes up names pushes out what their own grant has: of one grant there are so many, and where all are too many, one of
   * the app that has the most goes, and there of the grant that has the most.
   */
  #makeRoom(owner: RoleOwner): void {
    const own = grantOf(owner);
    if ((this.#counts.get(own)?.count ?? 0) > ROLES_OF_GRANT_MAX) this.#forgetOldest(own);
    if (this.#entries.size > ROLES_MAX) this.#forgetOldest(fullest([...this.#counts]));
  }

  /** The one used longest ago stands first. */
  #forgetOldest(grant: string | undefined): void {
    for (const [key, entry] of this.#entries) if (grantOf(entry.owner) === grant) return this.#delete(key);
  }

  #set(key: string, entry: Entry): void {
    this.#delete(key);
    this.#entries.set(key, entry);
    const grant = grantOf(entry.owner);
    const count = (this.#counts.get(grant)?.count ?? 0) + 1;
    this.#counts.set(grant, { appId: entry.owner.appId, count });
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    const grant = grantOf(entry.owner);
    const { appId } = entry.owner;
    const count = (this.#counts.get(grant)?.count ?? 1) - 1;
    if (count === 0) this.#counts.delete(grant);
    else this.#counts.set(grant, { appId, count });
  }

  #open(key: string, { sealed, endsAt }: Entry): Lent {
    return { fields: this.#seal.open(key, sealed), leftMs: endsAt - performance.now() };
  }
}
