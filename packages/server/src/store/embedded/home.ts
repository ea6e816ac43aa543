/**
 * Where the cluster lies: inside the data directory, or, where PostgreSQL's own user can't get in there, under
 * /var/lib/alter-vault, with a pointer in the data directory. Once chosen it stays; nothing moves a cluster.
 */
import { lstat, mkdir, readFile, readdir, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { sha256 } from '../../vault/hash.ts';
import type { StoreLog } from '../log.ts';
import { StartError } from '../start-error.ts';
import { run } from './run.ts';
import { chooseUser, findUser, isRoot, type SystemUser } from './system-user.ts';

export interface Home {
  /** Holds the cluster and what PostgreSQL reads but must not change. Ours; PostgreSQL's user may only pass through. */
  readonly path: string;
  /** Where a copy of the programs may lie. */
  readonly copiesDir: string;
  /** Whom PostgreSQL runs as; undefined where that is the vault's own user. */
  readonly user: SystemUser | undefined;
}

const SHARED_DIR = '/var/lib/alter-vault';
const POINTER_FILE = 'postgres-home';
const INSIDE = 'postgres';
/** Others may pass through to the cluster, which is its user's alone; the files beside it are 0600. */
const PASSABLE = 0o711;
/** Enough of a digest to tell the data directories of one machine apart. */
const HASH_DIGITS = 12;

export const CLUSTER_DIR = 'cluster';

/** The real path of the data directory, made where it is missing. */
export async function openDataDir(dataDir: string): Promise<string> {
  try {
    await mkdir(resolve(dataDir), { recursive: true, mode: isRoot() ? PASSABLE : 0o700 });
    return await realpath(dataDir);
  } catch (cause) {
    throw new StartError('data_dir_unusable', `the data directory ${resolve(dataDir)} can't be used`, {
      hint: 'Set ALTER_DATA_DIR to a directory that the vault may write to.',
      cause,
    });
  }
}

/** `dataDir` is real and locked. */
export async function findHome(dataDir: string, log: StoreLog): Promise<Home> {
  const known = await readPointer(dataDir);
  const user = isRoot() ? ((await ownerOf(known)) ?? (await chooseUser(log))) : undefined;
  const path = known ?? (await makeHome(dataDir, user, log));
  await assertReachable(path, user);
  return { path, user, copiesDir: isRoot() ? SHARED_DIR : dataDir };
}

async function readPointer(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, POINTER_FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const path = text.trim();
  // Relative to the data directory, so that one that holds its cluster can be moved as a whole.
  return isAbsolute(path) ? path : join(dataDir, path);
}

/** A cluster belongs to whoever it was made for, even if a better user turned up since. */
async function ownerOf(home: string | undefined): Promise<SystemUser | undefined> {
  if (home === undefined) return undefined;
  const uid = await stat(join(home, CLUSTER_DIR)).then(
    (found) => found.uid,
    () => undefined,
  );
  return uid === undefined ? undefined : findUser((user) => user.uid === uid);
}

async function makeHome(dataDir: string, user: SystemUser | undefined, log: StoreLog): Promise<string> {
  const isInside = user === undefined || (await canPass(dataDir, user));
  const pointer = isInside ? INSIDE : await outsideHome(dataDir, log);
  const path = isInside ? join(dataDir, INSIDE) : pointer;
  if (!isInside)
    log.info({ path, user: user.name }, "PostgreSQL's user can't enter the data directory: using another");
  // The pointer first: a crash leaves a pointer to nothing, never a cluster that nothing points to.
  await writePointer(dataDir, pointer);
  await makePassable(path);
  return path;
}

/** A name of its own: a data directory that was deleted and made anew must not find the cluster of the old root key. */
async function outsideHome(dataDir: string, log: StoreLog): Promise<string> {
  const prefix = sha256(dataDir).toString('hex').slice(0, HASH_DIGITS);
  const others = (await readdir(SHARED_DIR).catch(() => [])).filter((name) => name.startsWith(`${prefix}-`));
  if (others.length > 0)
    log.warn({ in: SHARED_DIR, others }, 'databases of deleted data directories at this path');
  return join(SHARED_DIR, `${prefix}-${crypto.randomUUID().slice(0, 8)}`);
}

async function writePointer(dataDir: string, pointer: string): Promise<void> {
  const path = join(dataDir, POINTER_FILE);
  await writeFile(`${path}.new`, `${pointer}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}

async function makePassable(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: PASSABLE });
  // Against a strict umask; only for directories that are ours alone.
  for (const own of path.startsWith(SHARED_DIR) ? [SHARED_DIR, path] : [path]) {
    await run('chmod', [own === SHARED_DIR ? '755' : '711', own], undefined);
  }
}

async function assertReachable(path: string, user: SystemUser | undefined): Promise<void> {
  const isThere = await lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isThere) {
    // Only a start that broke off between the two steps of making it leaves a pointer to nothing with no credentials.
    if (!(await lstat(dirname(path)).catch(() => undefined))?.isDirectory())
      await mkdir(dirname(path), { recursive: true });
    await makePassable(path);
  }
  if (user === undefined || (await canPass(path, user))) return;
  throw new StartError(
    'data_dir_unusable',
    `the user ${user.name} can't enter ${path}, where its database lies`,
    {
      hint: `Give ${user.name} the right to pass through (chmod o+x) to that directory.`,
    },
  );
}

async function canPass(directory: string, user: SystemUser): Promise<boolean> {
  return (await run('/bin/sh', ['-c', 'test -x "$1"', 'sh', directory], user)).isOk;
}
