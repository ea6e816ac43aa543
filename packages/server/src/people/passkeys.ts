/**
 * Passkeys (WebAuthn level 2): what a browser is asked, and whether its answer holds. The user must be verified, so that a
 * passkey is both factors. No attestation is asked for, and none with a certificate is read: judging one would fetch
 * revocation lists from wherever it says (I2). Knows no accounts; challenges and counters are kept by those who ask.
 */
import { isIP } from 'node:net';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { uuidFromBytes, uuidToBytes } from '../ids.ts';
import type { FoundPasskey, PasskeyRow } from '../store/passkeys.ts';

const RP_NAME = 'Alter Vault';
const TIMEOUT_MS = 5 * 60_000;

/** Where passkeys are bound to, or why there can be none. */
export type PasskeySite =
  | { readonly origin: string; readonly rpId: string }
  | { readonly origin: undefined; readonly reason: string };

export function passkeySite(publicUrl: string): PasskeySite {
  const { origin, hostname, protocol } = new URL(publicUrl);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0)
    return {
      origin: undefined,
      reason:
        'Browsers bind passkeys to a name, and this vault is reached by an address. Set ALTER_PUBLIC_URL to a name, such as http://localhost:7400, and open the vault there.',
    };
  if (protocol !== 'https:' && hostname !== 'localhost')
    return { origin: undefined, reason: 'Browsers take passkeys over https only, and at localhost.' };
  return { origin, rpId: hostname };
}

type Site = Extract<PasskeySite, { readonly rpId: string }>;

export interface PasskeyOwner {
  readonly memberId: string;
  readonly account: string;
  readonly displayName: string;
}

/** For `navigator.credentials.create`. */
export function registrationOptions(
  site: Site,
  owner: PasskeyOwner,
  challenge: Buffer,
  known: readonly PasskeyRow[],
) {
  return generateRegistrationOptions({
    rpName: RP_NAME,
    rpID: site.rpId,
    userName: owner.account,
    userDisplayName: owner.displayName,
    userID: Uint8Array.from(uuidToBytes(owner.memberId)),
    challenge: Uint8Array.from(challenge),
    timeout: TIMEOUT_MS,
    attestationType: 'none',
    excludeCredentials: known.map(descriptorOf),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
}

/** For `navigator.credentials.get`; without known passkeys the browser offers those that it has. */
export function authenticationOptions(site: Site, challenge: Buffer, known: readonly PasskeyRow[]) {
  return generateAuthenticationOptions({
    rpID: site.rpId,
    challenge: Uint8Array.from(challenge),
    timeout: TIMEOUT_MS,
    userVerification: 'required',
    allowCredentials: known.map(descriptorOf),
  });
}

const descriptorOf = (row: PasskeyRow): { id: string; transports: string[] } => ({
  id: row.credential_id.toString('base64url'),
  transports: [...row.transports],
});

export interface RegisteredPasskey {
  readonly credentialId: Buffer;
  readonly publicKey: Buffer;
  readonly signCount: bigint;
  readonly isSynced: boolean;
  readonly challenge: Buffer;
}

type JudgeChallenge = (challenge: Buffer) => boolean;

/** Undefined when the answer does not hold, for whatever reason. */
export async function verifyRegistration(
  site: Site,
  response: RegistrationResponseJSON,
  isGood: JudgeChallenge,
): Promise<RegisteredPasskey | undefined> {
  try {
    if (carriesCertificate(response)) return undefined;
    let challenge = Buffer.alloc(0);
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: (text) => isGood((challenge = Buffer.from(text, 'base64url'))),
      expectedOrigin: site.origin,
      expectedRPID: site.rpId,
      requireUserVerification: true,
    });
    if (!verified) return undefined;
    const { credential } = registrationInfo;
    return {
      credentialId: Buffer.from(credential.id, 'base64url'),
      publicKey: Buffer.from(credential.publicKey),
      signCount: BigInt(credential.counter),
      isSynced: registrationInfo.credentialBackedUp,
      challenge,
    };
  } catch {
    return undefined; // the library throws on what it can not read or does not hold
  }
}

/** Only `none`, and what an authenticator says of itself. */
function carriesCertificate({ response }: RegistrationResponseJSON): boolean {
  const attestation = decodeAttestationObject(
    Uint8Array.from(Buffer.from(response.attestationObject, 'base64url')),
  );
  const format = attestation.get('fmt');
  return (format !== 'none' && format !== 'packed') || attestation.get('attStmt').get('x5c') !== undefined;
}

export interface AuthenticatedPasskey {
  readonly signCount: bigint;
  readonly challenge: Buffer;
}

/** Undefined when the answer does not hold, for whatever reason. */
export async function verifyAuthentication(
  site: Site,
  response: AuthenticationResponseJSON,
  { row, use }: FoundPasskey,
  isGood: JudgeChallenge,
): Promise<AuthenticatedPasskey | undefined> {
  if (!isOfMember(response, row.member_id)) return undefined;
  try {
    let challenge = Buffer.alloc(0);
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: (text) => isGood((challenge = Buffer.from(text, 'base64url'))),
      expectedOrigin: site.origin,
      expectedRPID: site.rpId,
      credential: {
        id: row.credential_id.toString('base64url'),
        publicKey: Uint8Array.from(row.public_key),
        counter: Number(use.sign_count),
      },
      requireUserVerification: true,
    });
    return verified ? { signCount: BigInt(authenticationInfo.newCounter), challenge } : undefined;
  } catch {
    return undefined; // the library throws on what it can not read or does not hold
  }
}

/** WebAuthn §7.2 step 6: whom the authenticator takes it for. Left out by those that keep no such name. */
function isOfMember({ response }: AuthenticationResponseJSON, memberId: string): boolean {
  if (response.userHandle === undefined) return true;
  const handle = Buffer.from(response.userHandle, 'base64url');
  return handle.length === 16 && uuidFromBytes(handle) === memberId;
}
