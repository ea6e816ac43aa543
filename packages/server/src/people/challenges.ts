/**
 * Challenges that carry their own proof: what for, for whom and until when, under the pepper. Asking for one writes nothing,
 * so that nobody fills the database by asking; that one was used is kept, so that none counts twice.
 */
import type { KeyObject } from 'node:crypto';
import { hashCredentialText, hashesEqual } from '../access/keys.ts';
import type { Queryable } from '../store/database.ts';
import { useChallenge } from '../store/used-challenges.ts';

const RANDOM_BYTES = 16;
const TIME_BYTES = 6;
const HEAD_BYTES = RANDOM_BYTES + TIME_BYTES;
/** As long as a person looks for their phone. */
const CHALLENGE_MS = 5 * 60_000;

/** What it may be used for, and by whom: the session's id, or nothing where nobody is signed in yet. */
export interface ChallengeUse {
  readonly purpose: 'passkey sign-in' | 'passkey step-up' | 'passkey registration';
  readonly boundTo: string;
}

export function mintChallenge(pepper: KeyObject, use: ChallengeUse, nowMs: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  crypto.getRandomValues(head.subarray(0, RANDOM_BYTES));
  head.writeUIntBE(nowMs + CHALLENGE_MS, RANDOM_BYTES, TIME_BYTES);
  return Buffer.concat([head, proofOf(pepper, use, head)]);
}

/** Whether it was made here for this use and is not over. Says nothing of whether it was used. */
export function isChallenge(pepper: KeyObject, use: ChallengeUse, bytes: Buffer, nowMs: number): boolean {
  const head = bytes.subarray(0, HEAD_BYTES);
  return (
    head.length === HEAD_BYTES &&
    hashesEqual(bytes.subarray(HEAD_BYTES), proofOf(pepper, use, head)) &&
    head.readUIntBE(RANDOM_BYTES, TIME_BYTES) > nowMs
  );
}

/** True once for each challenge, on all servers together. */
export function spendChallenge(db: Queryable, pepper: KeyObject, bytes: Buffer): Promise<boolean> {
  const hash = hashCredentialText(pepper, `challenge ${bytes.toString('base64url')}`);
  return useChallenge(db, hash, new Date(bytes.readUIntBE(RANDOM_BYTES, TIME_BYTES)));
}

const proofOf = (pepper: KeyObject, { purpose, boundTo }: ChallengeUse, head: Buffer): Buffer =>
  hashCredentialText(pepper, `${purpose} [${boundTo}] ${head.toString('base64url')}`);
