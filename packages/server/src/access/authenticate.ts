/**
 * Who calls the data plane: the API key, checked. One answer and one amount of work for every cause of failure (A15).
 */
import type { KeyObject } from 'node:crypto';
import { Refusal } from '../refusal.ts';
import type { KeyRow } from '../store/deciding.ts';
import type { AddressList } from './addresses.ts';
import { isExpired } from './authorize.ts';
import type { Boundaries } from './boundaries.ts';
import { digestOfText, hashCredentialText, hashesEqual, parseApiKey, type ParsedKey } from './keys.ts';
import type { AppSnapshot } from './snapshot.ts';

export interface Caller {
  readonly key: KeyRow;
  readonly snapshot: AppSnapshot;
}

/** Why a well-formed, correct key was turned away: for the audit log only. */
export interface TurnedAway {
  readonly appId: string;
  readonly key: KeyRow;
  readonly why: 'key_revoked' | 'key_expired' | 'key_address';
}

export interface Presented {
  /** The text of the Authorization header. */
  readonly authorization: string | undefined;
  readonly ip: string;
  readonly now: number;
}

/** Compared against when there is no such key, so that an absent one costs the same. */
const NO_HASH = Buffer.alloc(32);
/** Keys whose text was found right lately; each takes about half a KB. */
const KNOWN_MAX = 10_000;
const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;
const SCHEME = 'Bearer ';
const PRINTABLE = /^[\x21-\x7e]+$/;

/** A key's text, worked out: what is compared with the stored hash is what the pepper makes of exactly that text. */
interface Presentable {
  readonly parsed: Omit<ParsedKey, 'text'>;
  readonly hash: Buffer;
  readonly pepper: KeyObject;
  /** The row whose hash it was found equal to last: rows don't change, they are read anew. */
  row: KeyRow | undefined;
}

export class Authenticator {
  readonly #boundaries: Boundaries;
  readonly #pepper: () => KeyObject;
  readonly #allowlists = new WeakMap<KeyRow, AddressList>();
  readonly #compile: (cidrs: readonly string[]) => AddressList;
  /** By the digest of the text, so that no key is kept. Saves work only: the rows decide on every call. */
  readonly #known = new Map<string, Presentable>();

  constructor(
    boundaries: Boundaries,
    pepper: () => KeyObject,
    compile: (cidrs: readonly string[]) => AddressList,
  ) {
    this.#boundaries = boundaries;
    this.#pepper = pepper;
    this.#compile = compile;
  }

  /**
   * The key's row and its app. A failure by what is in memory is tried once more on fresh rows: the key may have been
   * made on another server a moment ago.
   * @throws Refusal `unauthenticated`
   */
  authenticate(presented: Presented, onTurnedAway: (turned: TurnedAway) => void): Caller | Promise<Caller> {
    const text = bearerText(presented.authorization);
    if (text === undefined) throw unauthenticated();
    const digest = digestOfText(text);
    return (
      this.#findKnown(digest, presented) ?? this.#authenticateText(text, digest, presented, onTurnedAway)
    );
  }

  /** For what is committed under no epoch (I12): the key must be right as the database has it now. */
  async authenticateFresh(presented: Presented, onTurnedAway: (turned: TurnedAway) => void): Promise<Caller> {
    const known = await this.authenticate(presented, onTurnedAway);
    const snapshot = await this.#boundaries.fresh(known.key.app_id);
    const key = snapshot && this.findStillValid(snapshot, known.key.key_id, presented);
    if (snapshot === undefined || key === undefined) throw unauthenticated();
    return { key, snapshot };
  }

  /** A key that was right before, on an app that is in memory: nothing to wait for. */
  #findKnown(digest: string, presented: Presented): Caller | undefined {
    const known = this.#known.get(digest);
    if (known === undefined || known.pepper !== this.#pepper()) return undefined;
    const snapshot = this.#boundaries.cached(known.parsed.appId);
    const checked = this.#check(snapshot, known, presented);
    return snapshot !== undefined && checked.ok ? { key: checked.key, snapshot } : undefined;
  }

  async #authenticateText(
    text: string,
    digest: string,
    presented: Presented,
    onTurnedAway: (turned: TurnedAway) => void,
  ): Promise<Caller> {
    // Whatever fails goes the whole way, known or not, so that its time tells nothing of the cause (A15).
    this.#known.delete(digest);
    const parsed = parseApiKey(text);
    if (parsed === undefined) throw unauthenticated();
    const caller = await this.#authenticateAnew(parsed, presented, onTurnedAway);
    this.#remember(digest, this.#presentable(parsed));
    return caller;
  }

  async #authenticateAnew(
    parsed: ParsedKey,
    presented: Presented,
    onTurnedAway: (turned: TurnedAway) => void,
  ): Promise<Caller> {
    const cached = this.#boundaries.cached(parsed.appId);
    if (cached !== undefined) {
      const checked = this.#check(cached, this.#presentable(parsed), presented);
      if (checked.ok) return { key: checked.key, snapshot: cached };
    }
    const fresh = await this.#boundaries.fresh(parsed.appId);
    const checked = this.#check(fresh, this.#presentable(parsed), presented);
    if (fresh !== undefined && checked.ok) return { key: checked.key, snapshot: fresh };
    if (!checked.ok && checked.turned !== undefined) onTurnedAway(checked.turned);
    throw unauthenticated();
  }

  /** The key that was right, as it is in this snapshot; undefined where it may not be used any more, or not from here. */
  findStillValid(
    snapshot: AppSnapshot,
    keyId: string,
    { ip, now }: Omit<Presented, 'authorization'>,
  ): KeyRow | undefined {
    const key = snapshot.key(keyId);
    return key !== undefined && this.#objectionTo(key, { ip, now }) === undefined ? key : undefined;
  }

  #objectionTo(key: KeyRow, { ip, now }: Omit<Presented, 'authorization'>): TurnedAway['why'] | undefined {
    if (key.revoked_at !== null) return 'key_revoked';
    if (isExpired(key, now)) return 'key_expired';
    return key.ip_allowlist !== null && !this.#allowlist(key).has(ip) ? 'key_address' : undefined;
  }

  #presentable(parsed: ParsedKey): Presentable {
    const pepper = this.#pepper();
    const { text, ...ids } = parsed;
    return { parsed: ids, hash: hashCredentialText(pepper, text), pepper, row: undefined };
  }

  #remember(digest: string, presentable: Presentable): void {
    this.#known.set(digest, presentable);
    if (this.#known.size <= KNOWN_MAX) return;
    const oldest = this.#known.keys().next();
    if (oldest.done !== true) this.#known.delete(oldest.value);
  }

  #check(
    snapshot: AppSnapshot | undefined,
    presentable: Presentable,
    presented: Presented,
  ): { ok: true; key: KeyRow } | { ok: false; turned?: TurnedAway } {
    const { parsed, hash } = presentable;
    const key = snapshot?.key(parsed.keyId);
    const isRight =
      (key !== undefined && key === presentable.row) || hashesEqual(hash, key?.key_hash ?? NO_HASH);
    if (key === undefined || !isRight || key.kind !== parsed.kind) return { ok: false };
    presentable.row = key;
    const why = this.#objectionTo(key, presented);
    return why === undefined ? { ok: true, key } : { ok: false, turned: { appId: key.app_id, key, why } };
  }

  #allowlist(key: KeyRow): AddressList {
    let list = this.#allowlists.get(key);
    if (list === undefined) {
      list = this.#compile(key.ip_allowlist ?? []);
      this.#allowlists.set(key, list);
    }
    return list;
  }
}

function bearerText(header: string | undefined): string | undefined {
  if (header?.startsWith(SCHEME) === true) {
    // As nearly all write it.
    const text = header.slice(SCHEME.length);
    if (PRINTABLE.test(text)) return text;
  }
  return header === undefined ? undefined : BEARER.exec(header)?.[1];
}

export const unauthenticated = (): Refusal => new Refusal('unauthenticated');
