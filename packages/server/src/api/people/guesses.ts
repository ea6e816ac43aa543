/**
 * W5: what can be guessed is slowed, never locked. The count of an account at one address is reached first, so that a
 * stranger slows themselves and not the owner; that of the whole account bounds guessing from many addresses. Each try is
 * counted before it is judged, so that many at once count too.
 */
import { hashCredentialText } from '../../access/keys.ts';
import { limitHeaders } from '../../access/limits/headers.ts';
import { Refusal } from '../../refusal.ts';
import { addTry, clearFailures, takeBackTry, type TryLimit } from '../../store/sign-in-tries.ts';
import type { ApiParts } from '../parts.ts';

interface GuessLimits {
  readonly pair: TryLimit;
  readonly address: TryLimit;
  readonly account: TryLimit;
}

const PASSWORD: GuessLimits = {
  pair: { free: 5, delayMsMax: 30_000 },
  address: { free: 20, delayMsMax: 30_000 },
  account: { free: 100, delayMsMax: 30_000 },
};
/** Whoever guesses codes has the password: a million codes of which three count are guessed more slowly still. */
const CODE: GuessLimits = {
  pair: { free: 5, delayMsMax: 300_000 },
  address: { free: 20, delayMsMax: 300_000 },
  account: { free: 20, delayMsMax: 300_000 },
};
/** Mails that are asked for: a few at once, so that nobody's inbox is filled. */
const RECOVERY: GuessLimits = {
  pair: { free: 3, delayMsMax: 300_000 },
  address: { free: 20, delayMsMax: 300_000 },
  account: { free: 5, delayMsMax: 300_000 },
};
const LIMITS = { password: PASSWORD, code: CODE, recovery: RECOVERY } as const;
/** Of what has 256 bits nothing can be guessed; trying is slowed all the same, so that it costs the vault little. */
const AT_ADDRESS: TryLimit = { free: 50, delayMsMax: 30_000 };

export type Guessed = keyof typeof LIMITS;

type GuessParts = Pick<ApiParts, 'db' | 'pepper'>;

export interface Guess {
  /** The guess was right: the account starts anew. */
  right(): Promise<void>;
}

/** @throws Refusal `rate_limited` */
export async function countGuess(
  parts: GuessParts,
  what: Guessed,
  of: { readonly account: string; readonly ip: string },
): Promise<Guess> {
  const limits = LIMITS[what];
  // The names of the first kind are those of before there were others: counts go on through an upgrade.
  const prefix = what === 'password' ? 'sign-in' : `sign-in ${what}`;
  const subject = (kind: string, text: string): Buffer =>
    hashCredentialText(parts.pepper(), `${prefix} ${kind} ${text}`);
  const pair = subject('pair', `${of.ip} ${of.account}`);
  const address = subject('address', of.ip);
  const account = subject('account', of.account);
  await countTry(parts, pair, limits.pair);
  await countTry(parts, address, limits.address);
  await countTry(parts, account, limits.account);
  return {
    right: async () => {
      await clearFailures(parts.db, pair);
      await clearFailures(parts.db, account);
      // Not cleared: else whoever has an account could guess at others from here without end.
      await takeBackTry(parts.db, address);
    },
  };
}

/** The same for what names no account before it is found: one-time tokens and passkeys. */
export async function countGuessAtAddress(parts: GuessParts, what: string, ip: string): Promise<Guess> {
  const address = hashCredentialText(parts.pepper(), `${what} address ${ip}`);
  await countTry(parts, address, AT_ADDRESS);
  return { right: () => takeBackTry(parts.db, address) };
}

async function countTry(parts: GuessParts, subject: Buffer, limit: TryLimit): Promise<void> {
  const waitMs = await addTry(parts.db, subject, limit);
  if (waitMs === 0) return;
  throw new Refusal('rate_limited', {
    message: 'Too many failed sign-ins.',
    headers: limitHeaders('sign-in', {
      limit: limit.free,
      windowSeconds: 3600,
      resetSeconds: Math.ceil(waitMs / 1000),
    }),
  });
}
