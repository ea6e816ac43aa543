/**
 * Codes of authenticator apps (RFC 6238): SHA-1, six digits, thirty seconds, which is what every app reads. The secret lies
 * sealed, bound to its member and factor. Knows no accounts; limits on tries, and that a code is good once, are for those who ask.
 */
import { Secret as OtpSecret, TOTP } from 'otpauth';
import type { ResealBatch, Resealed } from '../api/sealed-rows.ts';
import type { Queryable } from '../store/database.ts';
import {
  countSecondFactorsByKey,
  selectSecondFactorsUnder,
  updateTotpSeal,
  type SealedTotp,
  type SecondFactorPlace,
} from '../store/second-factors.ts';
import { IntegrityError } from '../vault/integrity.ts';
import type { Keyring } from '../vault/keyring.ts';
import { lengthPrefixed } from '../vault/parts.ts';
import { blobKeyId, openBlob, resealBlob, sealBlob } from '../vault/seal-blob.ts';
import { Secret } from '../vault/secret.ts';

const LABEL = 'totp';
const PENDING_LABEL = 'totp-pending';
const ISSUER = 'Alter Vault';
const PERIOD_SECONDS = 30;
const DIGITS = 6;
/** RFC 4226 §4: as long as the hash. */
const SECRET_BYTES = 20;
/** Steps before and after: clocks of phones, and typing. */
const WINDOW_STEPS = 1;
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

export const mintTotpSecret = (): Secret =>
  Secret.fromBytes(Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))));

/** What an app is told, once: as a URL for a QR code, and as text. */
export function describeTotp(secret: Secret, account: string): { secret: string; otpauthUrl: string } {
  const totp = generator(secret, account);
  return { secret: totp.secret.base32, otpauthUrl: totp.toString() };
}

/** The step that the code is of, or undefined when it is of none that counts now. In constant time for each step. */
export function findTotpStep(secret: Secret, code: string, nowMs: number): bigint | undefined {
  const delta = generator(secret, '').validate({ token: code, timestamp: nowMs, window: WINDOW_STEPS });
  return delta === null ? undefined : BigInt(Math.floor(nowMs / 1000 / PERIOD_SECONDS) + delta);
}

function generator(secret: Secret, account: string): TOTP {
  const bytes = secret.reveal();
  return new TOTP({
    issuer: ISSUER,
    label: account,
    algorithm: 'SHA1',
    digits: DIGITS,
    period: PERIOD_SECONDS,
    secret: new OtpSecret({ buffer: Uint8Array.from(bytes).buffer }),
  });
}

// Sealed

const contextOf = (place: SecondFactorPlace): Buffer =>
  lengthPrefixed([place.org_id, place.member_id, place.factor_id]);

export function sealTotp(keyring: Keyring, place: SecondFactorPlace, secret: Secret): SealedTotp {
  const sealed = sealBlob(keyring, LABEL, contextOf(place), secret);
  return { key_id: blobKeyId(sealed), sealed };
}

/** Whoever asks destroys it after use. @throws IntegrityError */
export const openTotp = (keyring: Keyring, place: SecondFactorPlace, totp: SealedTotp): Secret =>
  openBlob(keyring, LABEL, contextOf(place), totp.sealed);

type PendingPlace = { readonly orgId: string; readonly sessionId: string };
const pendingContext = ({ orgId, sessionId }: PendingPlace): Buffer => lengthPrefixed([orgId, sessionId]);

/** Of an app that is being set up in this session. */
export const sealPendingTotp = (keyring: Keyring, place: PendingPlace, secret: Secret): Buffer =>
  sealBlob(keyring, PENDING_LABEL, pendingContext(place), secret);

/** @throws IntegrityError, also where the keyring was rotated meanwhile: set-up begins again */
export const openPendingTotp = (keyring: Keyring, place: PendingPlace, sealed: Buffer): Secret =>
  openBlob(keyring, PENDING_LABEL, pendingContext(place), sealed);

const BATCH_ROWS = 100;

/** For rotations of the wrapping key. */
export const totpSecrets = {
  what: 'second factors',
  countByKey: (db: Queryable): Promise<ReadonlyMap<string, number>> => countSecondFactorsByKey(db),
  async resealBatch(tx: Queryable, batch: ResealBatch): Promise<Resealed> {
    const rows = await selectSecondFactorsUnder(tx, batch.formerId, placeAfter(batch.after), BATCH_ROWS);
    let resealed = 0;
    for (const row of rows) {
      try {
        const sealed = resealBlob(batch.keyring, LABEL, contextOf(row), row.sealed);
        await updateTotpSeal(tx, row, { key_id: blobKeyId(sealed), sealed });
        resealed += 1;
      } catch (error) {
        if (!(error instanceof IntegrityError)) throw error;
        batch.onBroken({ member_id: row.member_id }, error);
      }
    }
    const last = rows.at(-1);
    return { resealed, next: last && [last.org_id, last.member_id].join('/') };
  },
};

function placeAfter(after: string | undefined): { org_id: string; member_id: string } {
  const [org = NIL_UUID, member = NIL_UUID] = after?.split('/') ?? [];
  return { org_id: org, member_id: member };
}
