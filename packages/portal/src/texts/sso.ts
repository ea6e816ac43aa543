/** Texts of single sign-on, on the way in and inside. */
import type { SsoFault } from '@alter-vault/contract';

interface Sentence {
  readonly message: string;
  readonly hint: string;
}

const faults: Readonly<Record<SsoFault, Sentence>> = {
  expired: {
    message: 'This sign-in is over.',
    hint: 'Each counts for ten minutes, once, in the browser that began it. Begin anew.',
  },
  denied: {
    message: 'You did not go on at the identity provider.',
    hint: 'Nothing was changed. Try again, or come in another way.',
  },
  unavailable: {
    message: 'The identity provider gave no answer.',
    hint: 'Try again shortly, or come in another way. If it goes on, tell who operates this vault.',
  },
  refused: {
    message: 'The vault does not trust what the identity provider answered.',
    hint: 'Try once more. If it goes on, tell who operates this vault: its log says what was wrong.',
  },
  not_fresh: {
    message: 'The identity provider did not say that you signed in anew.',
    hint: 'Sign in there again when it asks. If it never asks, have an owner or admin make you a recovery link: with a password you can step up here.',
  },
  not_invited: {
    message: 'Nobody invited this account.',
    hint: 'Ask an owner or admin of this vault for an invitation to the e-mail address that you have there.',
  },
  not_verified: {
    message: 'The identity provider does not say that your e-mail address is verified.',
    hint: 'Verify it there, or open your invitation link and choose single sign-on on that page.',
  },
  link_first: {
    message: 'There is an account with your e-mail address already.',
    hint: 'Sign in to it as before, and link single sign-on under “Your account”.',
  },
  other_account: {
    message: 'That is somebody else’s account.',
    hint: 'At the identity provider, sign in with the account that is yours here.',
  },
  removed: {
    message: 'Your membership has ended.',
    hint: 'An owner or admin can invite you again.',
  },
  failed: {
    message: 'The sign-in did not work.',
    hint: 'Try again. If it goes on, tell who operates this vault: its log says what happened.',
  },
};

export const sso = {
  faults,
  goOnWith: (name: string) => `Continue with ${name}`,
  windowBlocked: {
    message: 'The browser opened no window.',
    hint: 'Allow this page to open windows, and try again.',
  },
  unsafe: {
    message: 'The identity provider is at no address that is safe.',
    hint: 'Tell who operates this vault.',
  },

  // Stepping up, in a window of its own
  stepUpText: (name: string) =>
    `Sign in with ${name} once more, in a window of its own. This page waits and loses nothing.`,
  stepUpWaiting: 'Go on in the window that opened. This page goes on by itself.',
  stepUpAgain: 'Open the window again',
  steppedUp: 'That was you',
  steppedUpText: 'You can close this window: the page that you came from goes on.',
  notSteppedUp: 'That did not work',
  notSteppedUpText: 'Close this window, and try again on the page that you came from.',

  // One's account
  title: 'Single sign-on',
  lead: (name: string) => `Come in with your account at ${name}.`,
  linkedNow: 'Your account is linked. From now on you can come in that way.',
  isLinked: 'Linked',
  isNotLinked: 'Not linked',
  link: (name: string) => `Link with ${name}`,
  unlink: 'Unlink',
  unlinkTitle: (name: string) => `Unlink ${name}?`,
  unlinkText: 'You can’t come in that way any more, until you link it again.',
  unlinked: 'Your account is unlinked.',
  onlyWay: 'It is the only way in that you have: add a passkey or set a password before you unlink it.',
} as const;

const known: ReadonlyMap<string, Sentence> = new Map(Object.entries(faults));

/** What is said after `?sso=`; the address is anybody's, so that an unknown word is told as a failure like others. */
export const faultOf = (word: string | undefined): Sentence | undefined =>
  word === undefined ? undefined : (known.get(word) ?? faults.failed);
