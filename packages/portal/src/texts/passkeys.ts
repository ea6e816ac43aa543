/** Texts of what a browser says about passkeys. */
interface Failure {
  readonly message: string;
  readonly hint: string;
}

const failures: Readonly<Record<string, Failure>> = {
  NotAllowedError: {
    message: 'No passkey answered.',
    hint: 'It was cancelled, took too long, or this device has none for this vault. Try again, or use another way.',
  },
  InvalidStateError: {
    message: 'This device has a passkey for you already.',
    hint: 'Use the one that is there, or another device.',
  },
  SecurityError: {
    message: 'The browser takes no passkey at this address.',
    hint: 'Open the vault at the name in ALTER_PUBLIC_URL, over https or at localhost.',
  },
};

export const passkeys = {
  failures,
  failed: {
    message: 'The browser could not use a passkey.',
    hint: 'Try again; if it goes on, use another way to come in.',
  },
  use: 'Use a passkey',
  or: 'or',
} as const;
