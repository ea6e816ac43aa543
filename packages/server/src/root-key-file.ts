/**
 * Where the root key comes from: a setting, a file, or a file of our own in the data directory, which the first start
 * makes and a rotation replaces. A root key is never overwritten before the keyring is proven to be under another, and
 * never printed: messages name files and fingerprints.
 */
import { link, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config, RootKeyConfig } from './config.ts';
import { newId } from './ids.ts';
import type { StoreLog } from './store/log.ts';
import { StartError } from './store/start-error.ts';
import { RootKey } from './vault/root-key.ts';

/** A key file holds 44 characters and a line end; what is much longer is some other file. */
const FILE_BYTES_MAX = 1024;
/** Nobody but the owner, where the file is ours. */
const OURS_FORBIDDEN_MODE = 0o077;
/** Orchestrators hand a mounted secret to an unprivileged process by its group, read-only. */
const CONFIGURED_FORBIDDEN_MODE = 0o037;

export type RootKeySource = 'value' | 'file' | 'data_dir_file';

export interface RootKeys {
  /** What the keyring is to be wrapped by. */
  readonly root: RootKey;
  /** What it may still be wrapped by: the configured one before, or in the data directory the one before or the next. */
  readonly others: readonly RootKey[];
  readonly source: RootKeySource;
  /** Of the file, where there is one. */
  readonly path?: string;
}

type RootKeySettings = Pick<Config, 'rootKey' | 'previousRootKey'>;

/**
 * `isNewDatabase`: only then may a missing root key be made; with a keyring in the database it would be a new key for
 * an old lock.
 * @throws StartError
 */
export async function loadRootKeys(
  config: RootKeySettings,
  log: StoreLog,
  isNewDatabase: boolean,
): Promise<RootKeys> {
  const configured = config.previousRootKey && (await readConfigured(config.previousRootKey));
  const others = configured === undefined ? [] : [configured];
  if (config.rootKey.kind === 'value') return { root: parseValue(config.rootKey), others, source: 'value' };
  const { path, mayCreate } = config.rootKey;
  if (!mayCreate) return { root: await readConfigured(config.rootKey), others, source: 'file', path };
  const found = await readOwnFiles(path);
  if (found !== undefined) return { ...found, others: [...found.others, ...others] };
  if (!isNewDatabase) throw lost(path);
  await createOwnFile(path, log);
  return {
    root: await readConfigured({ kind: 'file', path, mayCreate }),
    others,
    source: 'data_dir_file',
    path,
  };
}

/** The same from the files as they are now, after another process may have rotated them. */
export async function rereadRootKeys(roots: RootKeys): Promise<RootKeys> {
  if (roots.source !== 'data_dir_file' || roots.path === undefined) return roots;
  const found = await readOwnFiles(roots.path);
  if (found === undefined) return roots;
  const others = [...found.others, ...roots.others, roots.root];
  return { ...found, others: [...new Map(others.map((key) => [key.id, key])).values()] };
}

/** The root key with this fingerprint, if this server has it. */
export function findRootKey(roots: RootKeys, rootId: string): RootKey | undefined {
  return [roots.root, ...roots.others].find((key) => key.id === rootId);
}

/** Step 1 of a rotation: the next root key is on disk before anything is wrapped by it. */
export async function writeNextRootKey(path: string, base64: string): Promise<void> {
  await rm(nextOf(path), { force: true });
  await writeWhole(nextOf(path), base64);
}

/**
 * Step 3 of a rotation, and the way back from a crash at any of its steps: files follow what the keyring is wrapped by
 * (`rootId`). Call it under the keyring's lock, so that no rotation is between its first and its second step.
 */
export async function settleRootKeyFiles(path: string, rootId: string): Promise<void> {
  const next = await readOptional(nextOf(path));
  if (next === undefined) return;
  if (next.id === rootId) await promoteNext(path, rootId);
  else await rm(nextOf(path), { force: true });
  await syncDirectory(path);
}

/** Whether a rotation of this file was begun and not finished. */
export async function isRootKeyPending(path: string): Promise<boolean> {
  return (await readOptional(nextOf(path))) !== undefined;
}

/** `root.key` exists at every moment: the old one gets a second name before the new one takes its place. */
async function promoteNext(path: string, rootId: string): Promise<void> {
  const present = await readOptional(path);
  if (present !== undefined && present.id !== rootId) {
    await rm(previousOf(path), { force: true });
    await link(path, previousOf(path));
    await syncDirectory(path);
  }
  await rename(nextOf(path), path);
}

const nextOf = (path: string): string => `${path}.next`;
const previousOf = (path: string): string => `${path}.previous`;

/** `next` is read first: a rotation that renames it meanwhile has left its key in `root.key`. */
async function readOwnFiles(path: string): Promise<RootKeys | undefined> {
  const next = await readOptional(nextOf(path));
  const root = await readOptional(path);
  const previous = await readOptional(previousOf(path));
  if (root === undefined) return undefined;
  const others = [next, previous].filter((key) => key !== undefined);
  return { root, others, source: 'data_dir_file', path };
}

async function readOptional(path: string): Promise<RootKey | undefined> {
  return withFile(path, (file) => readKey(file, path, OURS_FORBIDDEN_MODE));
}

async function readConfigured(config: RootKeyConfig): Promise<RootKey> {
  if (config.kind === 'value') return parseValue(config);
  const forbidden = config.mayCreate ? OURS_FORBIDDEN_MODE : CONFIGURED_FORBIDDEN_MODE;
  const key = await withFile(config.path, (file) => readKey(file, config.path, forbidden));
  if (key === undefined) throw absent(config.path);
  return key;
}

function parseValue(config: Extract<RootKeyConfig, { kind: 'value' }>): RootKey {
  return parseText(config.key.revealText(), 'The root key in the settings');
}

/** Undefined when there is no such file. */
async function withFile(
  path: string,
  read: (file: FileHandle) => Promise<RootKey>,
): Promise<RootKey | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return undefined;
    throw unusable(`The root key file ${path} can't be read.`, 'Give the vault the right to read it.', cause);
  }
  try {
    return await read(file);
  } finally {
    await file.close();
  }
}

async function readKey(file: FileHandle, path: string, forbiddenMode: number): Promise<RootKey> {
  const { mode } = await file.stat();
  if ((mode & forbiddenMode) !== 0)
    throw unusable(`Others than its owner may use the root key file ${path}.`, `Run: chmod 600 ${path}`);
  const buffer = Buffer.alloc(FILE_BYTES_MAX);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
  const text = buffer.toString('latin1', 0, bytesRead);
  buffer.fill(0);
  return parseText(text, `The root key file ${path}`);
}

function parseText(text: string, where: string): RootKey {
  try {
    return RootKey.fromBase64(text);
  } catch {
    // No cause: nothing that was read goes into an error (I8).
    throw unusable(
      `${where} is no root key.`,
      'It must be 32 bytes in base64: 44 characters. Restore it from your backup.',
    );
  }
}

async function createOwnFile(path: string, log: StoreLog): Promise<void> {
  const whole = `${path}.${newId()}`;
  const { root, base64 } = RootKey.generate();
  // The embedded database makes its directory itself; beside another one, nobody has yet.
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeWhole(whole, base64);
  try {
    // Unlike a rename, a link fails where another process was quicker: then its key is the one.
    await link(whole, path);
  } catch (cause) {
    if (!isCode(cause, 'EEXIST')) throw cause;
    return;
  } finally {
    await rm(whole, { force: true });
    await syncDirectory(path);
  }
  log.warn(
    { path, root_key_id: root.id },
    'A new root key was made. It opens the keyring, and the keyring opens every credential. Keep a copy of this file ' +
      'apart from the database backups: without it nothing that is stored here can ever be opened again, by anybody.',
  );
}

/** On disk in full when it returns, mode 0600; fails where the file exists. */
async function writeWhole(path: string, base64: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${base64}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(path);
}

/** A new name lasts only once its directory is on disk. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function absent(path: string): StartError {
  return new StartError('root_key_missing', `The root key file ${path} does not exist.`, {
    hint: 'Check the setting that names it. For a new vault, make one: (umask 077; openssl rand -base64 32 > FILE)',
  });
}

function lost(path: string): StartError {
  return new StartError('root_key_missing', `The root key file ${path} is gone.`, {
    hint:
      'This database has a keyring, which only its own root key opens: restore the file from your backup, or set ' +
      'ALTER_ROOT_KEY_FILE. A new one would open nothing.',
  });
}

function unusable(message: string, hint: string, cause?: unknown): StartError {
  return new StartError('root_key_unusable', message, cause === undefined ? { hint } : { hint, cause });
}

function isCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}
