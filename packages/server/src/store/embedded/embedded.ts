/**
 * The PostgreSQL that the vault brings along, so that one command is enough: a real server in the data directory.
 * Owns its start, its supervision and its end; knows nothing of tables.
 */
import type { StoreLog } from '../log.ts';
import { findBinaries } from './binaries.ts';
import { OWNER_ROLE, RUNTIME_ROLE, ensureCluster, ensureRoles, exists, urlOf } from './cluster.ts';
import { makeCredentials, readCredentials, type Credentials } from './credentials.ts';
import { lockDirectory, type DirectoryLock } from './directory-lock.ts';
import { CLUSTER_DIR, findHome, openDataDir, type Home } from './home.ts';
import { Postmaster } from './postmaster.ts';
import { join } from 'node:path';
import { StartError } from '../start-error.ts';

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly log: StoreLog;
}

export interface EmbeddedPostgres {
  /** Owns the tables: migrations, retention. */
  readonly ownerUrl: string;
  readonly runtimeUrl: string;
  /** Of PostgreSQL. */
  readonly version: string;
  /** Of the postmaster; undefined while it is down. */
  readonly pid: () => number | undefined;
  stop(): Promise<void>;
}

export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataDir = await openDataDir(options.dataDir);
  const locks: DirectoryLock[] = [await lockDirectory(dataDir)];
  try {
    return await startLocked(dataDir, options.log, locks);
  } catch (thrown) {
    await releaseAll(locks);
    throw thrown;
  }
}

async function startLocked(
  dataDir: string,
  log: StoreLog,
  locks: DirectoryLock[],
): Promise<EmbeddedPostgres> {
  const home = await findHome(dataDir, log);
  // A copied data directory points to the same cluster: whoever uses that must be alone too.
  locks.push(await lockDirectory(home.path));
  const binaries = await findBinaries(home.copiesDir, home.user, log);
  const credentials = await credentialsFor(dataDir, home);
  const cluster = await ensureCluster(home, binaries, credentials);
  const postmaster = await Postmaster.start({ home, cluster: cluster.path, binaries, log });
  try {
    await ensureRoles(cluster, credentials, postmaster.port);
  } catch (thrown) {
    await postmaster.stop();
    throw thrown;
  }
  return {
    ownerUrl: urlOf(OWNER_ROLE, credentials.owner, postmaster.port),
    runtimeUrl: urlOf(RUNTIME_ROLE, credentials.runtime, postmaster.port),
    version: binaries.version,
    pid: () => postmaster.pid,
    stop: async () => {
      await postmaster.stop();
      await releaseAll(locks);
    },
  };
}

/** New ones only for a new cluster: to an existing one they would be the wrong passwords. */
async function credentialsFor(dataDir: string, home: Home): Promise<Credentials> {
  const known = await readCredentials(dataDir);
  if (known !== undefined) return known;
  if (!(await exists(join(home.path, CLUSTER_DIR)))) return makeCredentials(dataDir);
  throw new StartError('data_dir_unusable', `the passwords of the database are missing in ${dataDir}`, {
    hint: 'Restore postgres-credentials.json from a backup.',
  });
}

async function releaseAll(locks: DirectoryLock[]): Promise<void> {
  for (const lock of locks.toReversed()) await lock.release();
}
