/** Making a passkey: what the browser is asked, and the row of what it answered with. For one's own, and for invitations. */
import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import type { Unsealed } from '../../access/people-draft.ts';
import { newId } from '../../ids.ts';
import { isChallenge, mintChallenge, spendChallenge, type ChallengeUse } from '../../people/challenges.ts';
import {
  passkeySite,
  registrationOptions,
  verifyRegistration,
  type PasskeyOwner,
} from '../../people/passkeys.ts';
import { Refusal } from '../../refusal.ts';
import type { PasskeyRow } from '../../store/passkeys.ts';
import type { MemberRow } from '../../store/people.ts';
import type { ApiParts } from '../parts.ts';

export interface NewPasskey {
  readonly row: Unsealed<PasskeyRow>;
  readonly signCount: bigint;
}

export const ownerOf = (member: MemberRow): PasskeyOwner => {
  const account = member.email ?? member.member_id;
  return { memberId: member.member_id, account, displayName: member.display_name ?? account };
};

/** For `navigator.credentials.create`. */
export const offerNewPasskey = (
  parts: ApiParts,
  member: MemberRow,
  use: ChallengeUse,
  known: readonly PasskeyRow[],
) => registrationOptions(getSite(parts), ownerOf(member), challengeFor(parts, use), known);

/** @throws Refusal `unauthenticated` where it does not hold, or was answered before */
export async function judgeNewPasskey(
  parts: ApiParts,
  of: { readonly orgId: string; readonly memberId: string },
  given: { readonly name: string; readonly credential: object },
  use: ChallengeUse,
): Promise<NewPasskey> {
  const response = given.credential as RegistrationResponseJSON; // edge: the schema is this shape, and the library reads it strictly
  const made = await verifyRegistration(getSite(parts), response, judgeOf(parts, use));
  if (made === undefined || !(await spendChallenge(parts.db, parts.pepper(), made.challenge)))
    throw new Refusal('unauthenticated', {
      message: 'This passkey could not be checked.',
      hint: 'Begin anew: what was asked for is good once, and for five minutes.',
    });
  return {
    row: {
      org_id: of.orgId,
      passkey_id: newId(),
      member_id: of.memberId,
      name: given.name,
      credential_id: made.credentialId,
      public_key: made.publicKey,
      transports: [...(response.response.transports ?? [])],
      is_synced: made.isSynced,
      created_at: new Date(parts.clock.now()),
    },
    signCount: made.signCount,
  };
}

export const passkeyKnown = (cause: unknown): Refusal =>
  new Refusal('conflict', { message: 'This passkey is known already.', cause });

/** @throws Refusal `conflict` that says why there can be none */
export function getSite(parts: ApiParts) {
  const site = passkeySite(parts.publicUrl());
  if (site.origin === undefined)
    throw new Refusal('conflict', { message: 'Passkeys can not work here.', hint: site.reason });
  return site;
}

export const challengeFor = (parts: ApiParts, use: ChallengeUse): Buffer =>
  mintChallenge(parts.pepper(), use, parts.clock.now());

export const judgeOf =
  (parts: ApiParts, use: ChallengeUse) =>
  (challenge: Buffer): boolean =>
    isChallenge(parts.pepper(), use, challenge, parts.clock.now());
