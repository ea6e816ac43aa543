/**
 * Recovery codes: what a member without their authenticator app comes in with. Ten of fifty random bits, each good once,
 * shown once, kept as keyed hashes that are bound to the second factor. Pure.
 */
import type { KeyObject } from 'node:crypto';
import { hashCredentialText } from '../access/keys.ts';

export const RECOVERY_CODES = 10;
const CHARS = 10;
/** Crockford's base 32: nothing that looks like something else. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

export function mintRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const text = [...crypto.getRandomValues(new Uint8Array(CHARS))]
      .map((byte) => ALPHABET[byte % ALPHABET.length] ?? '')
      .join('');
    return `${text.slice(0, CHARS / 2)}-${text.slice(CHARS / 2)}`;
  });
}

/** As it is stored. Case, spaces and dashes do not count; o is 0, i and l are 1. */
export function hashRecoveryCode(pepper: KeyObject, factorId: string, code: string): string {
  const canonical = code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1');
  return hashCredentialText(pepper, `recovery ${factorId} ${canonical}`).toString('base64url');
}
