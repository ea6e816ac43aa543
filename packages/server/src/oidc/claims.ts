/** What an ID token says, beyond what the library checks: signed how, when, by whom proved anew, and which of its claims are used. Pure. */
import { schemas } from '@alter-vault/contract';
import type { IDToken, ServerMetadata } from 'openid-client';
import { SsoRefused } from '../people/sso-refused.ts';

/** How far two clocks may be apart. The library's tolerance is the same. */
const CLOCKS_SECONDS = 30;

/** W10: by a key pair. Never `none`, and never by a secret that the client knows too, so that no public key is taken for one. */
const KINDS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Those of the provider's kinds that are taken; none of them refuses every token. */
export const ownKindsOf = ({ id_token_signing_alg_values_supported: named }: ServerMetadata): string[] =>
  (named ?? ['RS256']).filter((kind) => KINDS.includes(kind));

export interface SsoClaims {
  readonly issuer: string;
  readonly subject: string;
  /** Only where the provider says that it verified it. */
  readonly verifiedEmail: string | undefined;
  readonly name: string | undefined;
}

/** Issued since this sign-in was begun, and not later than now. */
export function checkTimes({ iat }: IDToken, startedAt: number, now: number): void {
  if (iat < startedAt / 1000 - CLOCKS_SECONDS || iat > now / 1000 + CLOCKS_SECONDS)
    throw new TypeError('the ID token was issued at another time');
}

/** The person proved who they are since it was begun; a provider that does not say so did not ask. @throws SsoRefused */
export function checkFresh({ auth_time: at }: IDToken, startedAt: number, now: number): void {
  if (at === undefined || at < startedAt / 1000 - CLOCKS_SECONDS || at > now / 1000 + CLOCKS_SECONDS)
    throw new SsoRefused('not_fresh');
}

/** OpenID Connect Core §2: at most 255 characters of ASCII. */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;

export function claimsOf(
  { iss: issuer, sub: subject, name }: IDToken,
  said: { readonly email?: unknown; readonly email_verified?: unknown },
): SsoClaims {
  if (!SUBJECT.test(subject)) throw new TypeError('the subject of the ID token is none');
  const { email, display_name: displayName } = schemas.invite.shape;
  return {
    issuer,
    subject,
    verifiedEmail: said.email_verified === true ? email.safeParse(said.email).data : undefined,
    name: displayName.safeParse(name).data,
  };
}
