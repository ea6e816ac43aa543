/**
 * Opens the credential of a call that was authorised (I1, I3). Sealed bytes are kept with the row that they belong to;
 * plaintext no longer than the calls that it was opened for.
 */
import { bindingOf } from '../access/binding.ts';
import type { Boundaries } from '../access/boundaries.ts';
import type { Clock } from '../access/clock.ts';
import type { KeyringHolder } from '../access/keyring-holder.ts';
import type { Log } from '../log.ts';
import { Refusal } from '../refusal.ts';
import type { Queryable } from '../store/database.ts';
import type { SecretRow } from '../store/deciding.ts';
import { findOverlappingVersion, findVersion } from '../store/secret-versions.ts';
import {
  DataKeyCache,
  openCredential,
  openPrepared,
  prepareCredential,
  type PreparedCredential,
  type SealedCredential,
} from '../vault/envelope.ts';
import { IntegrityError } from '../vault/integrity.ts';
import type { Secret } from '../vault/secret.ts';
import { EchoMatcher, secretFields } from './echo.ts';

/** Whether the version before may be used beside the one of this row. Its ciphertext is gone once the database says so. */
export const isOverlapOpen = ({ overlap_until: until }: SecretRow, clock: Clock): boolean =>
  until !== null && until.getTime() > clock.now();

/** A version opened, or that the row opens nothing any more. */
type Opened = OpenCredential | 'changed';

/** An opened version, in use by one call or several; zeroed when the last of them is over. */
export class OpenCredential {
  readonly fields: ReadonlyMap<string, Secret>;
  /** Of its secret. */
  readonly version: number;
  /** Of temporary credentials: milliseconds since the epoch, by the database's clock. */
  readonly endsAt: number | undefined;
  #echoes: EchoMatcher | undefined;
  #users = 1;

  constructor(fields: ReadonlyMap<string, Secret>, version: number, endsAt?: number) {
    this.fields = fields;
    this.version = version;
    this.endsAt = endsAt;
  }

  /** For one more user, who releases it too. */
  hold(): this {
    this.#users += 1;
    return this;
  }

  release(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    destroyFields(this.fields);
    this.#echoes?.destroy();
  }

  /** What to look for in the answers to a call that it is injected into. Whoever asks destroys the matcher, and before this. */
  echoesOf({ public_fields: publicFields }: SecretRow): EchoMatcher {
    this.#echoes ??= EchoMatcher.forSecrets(secretFields(publicFields, this.fields));
    return this.#echoes.beside();
  }
}

export class Credentials {
  readonly #db: Queryable;
  readonly #keyring: KeyringHolder;
  readonly #boundaries: Boundaries;
  readonly #log: Log;
  readonly #dataKeys = new DataKeyCache();
  /** Keyed by the row object: a row that is read anew brings its ciphertext anew. */
  readonly #loaded = new WeakMap<SecretRow, PreparedCredential>();
  /**
   * What was opened in this turn of the event loop. The calls of one audit group go on in the same turn, and those of one secret
   * share its opening (measured: opening and echo tables are 6 % of a call). Let go at the end of the turn.
   */
  #opened = new Map<SecretRow, OpenCredential>();

  constructor(db: Queryable, keyring: KeyringHolder, boundaries: Boundaries, log: Log) {
    this.#db = db;
    this.#keyring = keyring;
    this.#boundaries = boundaries;
    this.#log = log;
  }

  /** The secret's current version. Whoever asks releases it after use. @throws Refusal `integrity_error` */
  async open(secret: SecretRow): Promise<OpenCredential> {
    const opened = await this.openUnlessChanged(secret);
    if (opened !== 'changed') return opened;
    throw new Refusal('unavailable', { detail: 'the secret changed while the call was decided' });
  }

  /** `changed`: the secret was bound anew since this row was read, and the row opens nothing any more; a newer one may. */
  openUnlessChanged(secret: SecretRow): Opened | Promise<Opened> {
    const open = this.#opened.get(secret);
    if (open !== undefined) return open.hold();
    const known = this.#loaded.get(secret);
    if (known !== undefined) {
      try {
        return this.#share(secret, this.#open(known));
      } catch {
        // Re-wrapped since by a rotation: the stored bytes decide.
        this.#loaded.delete(secret);
      }
    }
    return this.#openStored(secret);
  }

  /**
   * The version before, while an overlap is open by the database's clock; undefined when none is. Read and
   * unwrapped each time: nothing of it outlives the overlap in a cache. Whoever asks releases it.
   */
  async openPrevious(secret: SecretRow): Promise<OpenCredential | undefined> {
    const sealed = await findOverlappingVersion(this.#db, secret.app_id, secret.secret_id, secret.version);
    if (sealed === undefined) return undefined;
    const previous = { ...secret, version: secret.version - 1 };
    try {
      const binding = bindingOf(this.#keyring.current().deploymentId, previous);
      const fields = openCredential(this.#keyring.current(), binding, sealed);
      return new OpenCredential(fields, previous.version);
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      this.#log.error(
        { alarm: 'integrity', secret_id: secret.secret_id, err: error },
        'the ciphertext of a previous version is not what was sealed',
      );
      return undefined;
    }
  }

  #share(secret: SecretRow, fields: ReadonlyMap<string, Secret>): OpenCredential {
    const open = new OpenCredential(fields, secret.version);
    if (this.#opened.size === 0) setImmediate(() => this.#letGo());
    this.#opened.get(secret)?.release();
    this.#opened.set(secret, open);
    return open.hold();
  }

  #letGo(): void {
    const opened = this.#opened;
    // A table that is cleared points at the one of the next turn, and keeps it from the collector.
    this.#opened = new Map();
    for (const open of opened.values()) open.release();
  }

  async #openStored(secret: SecretRow): Promise<Opened> {
    const sealed = await this.#find(secret);
    try {
      if (sealed === undefined)
        throw new IntegrityError(`no ciphertext of secret ${secret.secret_id} version ${secret.version}`);
      const loaded = prepareCredential(bindingOf(this.#keyring.current().deploymentId, secret), sealed);
      const fields = this.#open(loaded);
      this.#loaded.set(secret, loaded);
      return this.#share(secret, fields);
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      if (await this.#isChanged(secret)) return 'changed';
      this.#log.error(
        { alarm: 'integrity', secret_id: secret.secret_id, err: error },
        'a ciphertext is not what was sealed',
      );
      throw new Refusal('integrity_error', { cause: error });
    }
  }

  async #find(secret: SecretRow): Promise<SealedCredential | undefined> {
    const find = () => findVersion(this.#db, secret.app_id, secret.secret_id, secret.version);
    const sealed = await find();
    if (sealed === undefined || this.#keyring.current().find(sealed.keyId) !== undefined) return sealed;
    // Another server rotated the keyring a moment ago, and may have re-wrapped this one since.
    await this.#keyring.reload();
    return find();
  }

  /** Bound anew between the decision and now: nothing is wrong. @throws Refusal `not_found` when it was shredded */
  async #isChanged(secret: SecretRow): Promise<boolean> {
    const current = (await this.#boundaries.fresh(secret.app_id))?.secret(secret.secret_id);
    if (current === undefined || current.deleted_at !== null) throw new Refusal('not_found');
    return current.epoch !== secret.epoch;
  }

  #open(prepared: PreparedCredential): Map<string, Secret> {
    return openPrepared(this.#keyring.current(), prepared, this.#dataKeys);
  }
}

export function destroyFields(fields: ReadonlyMap<string, Secret>): void {
  for (const secret of fields.values()) secret.destroy();
}
