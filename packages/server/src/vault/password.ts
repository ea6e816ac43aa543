/**
 * Passwords as argon2id (RFC 9106) in PHC strings. Knows no accounts; limits on tries are for those who call it.
 */
import { argon2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { bytesEqual } from './hash.ts';
import { IntegrityError } from './integrity.ts';
import type { Secret } from './secret.ts';

const argon2Async = promisify(argon2);

interface Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

interface StoredPassword extends Cost {
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** OWASP's password storage recommendation for argon2id: 19 MiB, two passes, one lane. */
const COST: Cost = { memoryKib: 19_456, passes: 2, lanes: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** A stored cost above this is nothing we wrote, and would let an edited row stop the server. */
const COST_MAX: Cost = { memoryKib: 262_144, passes: 16, lanes: 16 };
/** Longer is refused: the first step hashes all of it. */
export const PASSWORD_BYTES_MAX = 1024;

const PHC_PATTERN =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** What a try against an unknown account is compared with: it costs the same, and its tag is no hash of anything. */
const DECOY: StoredPassword = { ...COST, salt: Buffer.alloc(SALT_BYTES), tag: Buffer.alloc(TAG_BYTES) };

/** The PHC string to store. @throws TypeError above PASSWORD_BYTES_MAX */
export async function hashPassword(password: Secret): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await deriveTag(password, { ...COST, salt, tag: Buffer.alloc(TAG_BYTES) });
  const cost = `m=${COST.memoryKib},t=${COST.passes},p=${COST.lanes}`;
  return `$argon2id$v=19$${cost}$${base64(salt)}$${base64(tag)}`;
}

/**
 * W5: without a stored string (unknown account) it takes as long and is false.
 * @throws IntegrityError when `phc` is nothing that `hashPassword` ever wrote
 * @throws TypeError above PASSWORD_BYTES_MAX
 */
export async function verifyPassword(phc: string | undefined, password: Secret): Promise<boolean> {
  const stored = phc === undefined ? DECOY : parsePhc(phc);
  const isEqual = bytesEqual(await deriveTag(password, stored), stored.tag);
  return isEqual && phc !== undefined;
}

/** True when it was written with another cost than today's: hash again at the next sign-in. @throws IntegrityError */
export function needsRehash(phc: string): boolean {
  const stored = parsePhc(phc);
  return (
    stored.memoryKib !== COST.memoryKib ||
    stored.passes !== COST.passes ||
    stored.lanes !== COST.lanes ||
    stored.salt.length !== SALT_BYTES ||
    stored.tag.length !== TAG_BYTES
  );
}

async function deriveTag(password: Secret, stored: StoredPassword): Promise<Buffer> {
  if (password.byteLength > PASSWORD_BYTES_MAX)
    throw new TypeError(`a password has ${PASSWORD_BYTES_MAX} bytes at most`);
  // NFKC: the same characters typed on another system may come composed otherwise (NIST SP 800-63B §5.1.1.2).
  const message = Buffer.from(password.revealText().normalize('NFKC'));
  try {
    return await argon2Async('argon2id', {
      message,
      nonce: stored.salt,
      memory: stored.memoryKib,
      passes: stored.passes,
      parallelism: stored.lanes,
      tagLength: stored.tag.length,
    });
  } finally {
    message.fill(0);
  }
}

function parsePhc(phc: string): StoredPassword {
  const [, memory, passes, lanes, salt, tag] = PHC_PATTERN.exec(phc) ?? [];
  const cost = { memoryKib: Number(memory), passes: Number(passes), lanes: Number(lanes) };
  if (salt === undefined || tag === undefined || !isBearable(cost))
    throw new IntegrityError('a stored password hash has an unknown form');
  return { ...cost, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') };
}

function isBearable(cost: Cost): boolean {
  return (
    cost.memoryKib >= 8 * cost.lanes &&
    cost.memoryKib <= COST_MAX.memoryKib &&
    cost.passes <= COST_MAX.passes &&
    cost.lanes <= COST_MAX.lanes
  );
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
