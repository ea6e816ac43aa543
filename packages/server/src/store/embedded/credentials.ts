/**
 * The passwords of the embedded server's roles: random, made once, in a file that only the vault's user can read.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../start-error.ts';

export interface Credentials {
  /** For setting up only; no connection of the running vault uses it. */
  readonly superuser: string;
  readonly owner: string;
  readonly runtime: string;
}

const FILE = 'postgres-credentials.json';
const PASSWORD_BYTES = 32;

export async function readCredentials(dataDir: string): Promise<Credentials | undefined> {
  const path = join(dataDir, FILE);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const credentials = parseCredentials(text);
  if (credentials !== undefined) return credentials;
  throw new StartError('data_dir_unusable', `${path} is damaged`, {
    hint: 'Restore this file from a backup.',
  });
}

/** Durable before any role has the password. */
export async function makeCredentials(dataDir: string): Promise<Credentials> {
  const path = join(dataDir, FILE);
  const made: Credentials = { superuser: password(), owner: password(), runtime: password() };
  await writeFile(`${path}.new`, JSON.stringify(made), { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
  return made;
}

function password(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES))).toString('base64url');
}

function parseCredentials(text: string): Credentials | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    if (!('superuser' in value && 'owner' in value && 'runtime' in value)) return undefined;
    const { superuser, owner, runtime } = value;
    if (typeof superuser !== 'string' || typeof owner !== 'string' || typeof runtime !== 'string')
      return undefined;
    return { superuser, owner, runtime };
  } catch {
    return undefined;
  }
}
