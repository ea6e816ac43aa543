/**
 * W5: what can be guessed is slowed, never locked. The count of an account at one address is reached first, so that a
 * stranger slows themselves and not the owner; that of the whole account bounds guessing from many addresses. Each try is
 * counted before it is judged, so that many at once count too. What has to wait leaves no trace: who tries a million accounts
 * from one address fills no table. An address is its network where one guesser has a whole one.
 */
import { guesserNetwork } from '../../access/addresses.ts';
import { hashCredentialText } from '../../access/keys.ts';
import { limitHeaders } from '../../access/limits/headers.ts';
import { Refusal } from '../../refusal.ts';
import {
  addTry,
  clearFailures,
  findWait,
  takeBackTry,
  type Try,
  type TryLimit,
  type Wait,
} from '../../store/sign-in-tries.ts';
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
  const from = guesserNetwork(of.ip);
  const pair = { subject: subject('pair', `${from} ${of.account}`), limit: limits.pair };
  const address = { subject: subject('address', from), limit: limits.address };
  const account = { subject: subject('account', of.account), limit: limits.account };
  const waits = await findWait(parts.db, [pair, address, account]);
  if (waits !== undefined) throw waitRefusal(waits);
  // The address first: it bounds how many accounts are counted for it.
  await countTry(parts, address);
  if (!(await addTry(parts.db, pair))) {
    await takeBackTry(parts.db, address.subject);
    throw waitRefusal({ waitMs: 1, limit: limits.pair });
  }
  await countTry(parts, account);
  return {
    right: async () => {
      await clearFailures(parts.db, pair.subject);
      await clearFailures(parts.db, account.subject);
      // Not cleared: else whoever has an account could guess at others from here without end.
      await takeBackTry(parts.db, address.subject);
    },
  };
}

/** The same for what names no account before it is found: one-time tokens and passkeys. */
export async function countGuessAtAddress(parts: GuessParts, what: string, ip: string): Promise<Guess> {
  const one = { subject: addressOf(parts, what, ip), limit: AT_ADDRESS };
  const waits = await findWait(parts.db, [one]);
  if (waits !== undefined) throw waitRefusal(waits);
  await countTry(parts, one);
  return { right: () => takeBackGuessAtAddress(parts, what, ip) };
}

/** For a guess that turns out right only in a later request. */
export const takeBackGuessAtAddress = (parts: GuessParts, what: string, ip: string): Promise<void> =>
  takeBackTry(parts.db, addressOf(parts, what, ip));

const addressOf = ({ pepper }: GuessParts, what: string, ip: string): Buffer =>
  hashCredentialText(pepper(), `${what} address ${guesserNetwork(ip)}`);

/** Of many at once, those that found nothing to wait for are counted one by one. */
async function countTry(parts: GuessParts, one: Try): Promise<void> {
  if (!(await addTry(parts.db, one))) throw waitRefusal({ waitMs: 1, limit: one.limit });
}

const waitRefusal = ({ waitMs, limit }: Wait): Refusal =>
  new Refusal('rate_limited', {
    message: 'Too many failed sign-ins.',
    headers: limitHeaders('sign-in', {
      limit: limit.free,
      windowSeconds: 3600,
      resetSeconds: Math.ceil(waitMs / 1000),
    }),
  });
