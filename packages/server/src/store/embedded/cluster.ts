/**
 * The cluster on disk: initdb, the settings that PostgreSQL is started with, its two roles and its database.
 * The superuser is used here, once, and nowhere else.
 */
import { chown, lstat, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, DatabaseError } from 'pg';
import { StartError } from '../start-error.ts';
import type { Binaries } from './binaries.ts';
import type { Credentials } from './credentials.ts';
import { CLUSTER_DIR, type Home } from './home.ts';
import { run } from './run.ts';

export const OWNER_ROLE = 'alter_owner';
export const RUNTIME_ROLE = 'alter_runtime';
export const DATABASE = 'alter';
export const SUPERUSER_ROLE = 'alter_superuser';

const HBA_FILE = 'pg_hba.conf';
/** Loopback only, with a password that also proves the server to the client (SCRAM). No replication, no sockets. */
const HBA = 'host all all 127.0.0.1/32 scram-sha-256\n';
/** Enough for a handful of workers, each with some twenty at most. */
const CONNECTIONS_MAX = 120;

/** Given on the command line: neither a file in the cluster nor ALTER SYSTEM can overrule them. */
export function serverSettings(home: Home, port: number): readonly string[] {
  const settings: Readonly<Record<string, string | number>> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    hba_file: join(home.path, HBA_FILE),
    password_encryption: 'scram-sha-256',
    max_connections: CONNECTIONS_MAX,
    // F2: what is acknowledged is on disk.
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    shared_buffers: '128MB',
    wal_buffers: '8MB',
    max_wal_size: '1GB',
    checkpoint_timeout: '15min',
    max_wal_senders: 0,
    wal_level: 'minimal',
    // Point reads and small inserts: what helps large scans only costs processes and planning time.
    io_method: 'sync',
    jit: 'off',
    max_parallel_workers_per_gather: 0,
    max_logical_replication_workers: 0,
    timezone: 'UTC',
    log_timezone: 'UTC',
    // I8: statements and rows stay out of the log; an error reaches the client that caused it.
    log_destination: 'stderr',
    logging_collector: 'off',
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    log_line_prefix: '',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

export interface Cluster {
  /** The real path: a postmaster is known by it. */
  readonly path: string;
  readonly isNew: boolean;
}

/** Made aside and renamed: a cluster is whole or not there. */
export async function ensureCluster(
  home: Home,
  binaries: Binaries,
  credentials: Credentials,
): Promise<Cluster> {
  const path = join(home.path, CLUSTER_DIR);
  await writeFile(join(home.path, HBA_FILE), HBA, { mode: 0o644 });
  await run('chmod', ['644', join(home.path, HBA_FILE)], undefined);
  if (await exists(path)) {
    await assertVersion(path, binaries);
    return { path: await realpath(path), isNew: false };
  }
  const draft = `${path}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  if (home.user !== undefined) await chown(draft, home.user.uid, home.user.gid);
  await initdb(draft, home, binaries, credentials.superuser);
  await rename(draft, path);
  return { path: await realpath(path), isNew: true };
}

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function initdb(draft: string, home: Home, binaries: Binaries, password: string): Promise<void> {
  const passwordFile = join(home.path, 'initdb-password');
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, password, { mode: 0o600, flag: 'wx' });
  if (home.user !== undefined) await chown(passwordFile, home.user.uid, home.user.gid);
  const args = ['-D', draft, '-U', SUPERUSER_ROLE, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  try {
    const { isOk, output } = await run(
      binaries.initdb,
      [...args, ...locale, '--data-checksums', '--no-instructions'],
      home.user,
    );
    if (isOk) return;
    throw new StartError('initdb_failed', `the database could not be made: ${output}`, {
      hint: 'See that the disk has space and that the user has an entry in /etc/passwd, or set ALTER_DATABASE_URL.',
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function assertVersion(cluster: string, binaries: Binaries): Promise<void> {
  const major = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (binaries.version.split('.')[0] === major) return;
  const message = `the database was made by PostgreSQL ${major}, and this vault brings ${binaries.version}`;
  throw new StartError('postgres_version', message, {
    hint: 'Dump it with the version of the vault that made it, and load the dump into a new data directory.',
  });
}

export function urlOf(role: string, password: string, port: number, database: string = DATABASE): string {
  return `postgresql://${role}:${password}@127.0.0.1:${port}/${database}`;
}

/** Nothing to do once the runtime role can sign in, since granting it that is the last step. */
export async function ensureRoles(cluster: Cluster, credentials: Credentials, port: number): Promise<void> {
  if (!cluster.isNew && (await canSignIn(urlOf(RUNTIME_ROLE, credentials.runtime, port)))) return;
  await withClient(urlOf(SUPERUSER_ROLE, credentials.superuser, port, 'postgres'), async (client) => {
    await ensureRole(client, OWNER_ROLE, credentials.owner);
    await ensureRole(client, RUNTIME_ROLE, credentials.runtime);
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0)
      await client.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER_ROLE} STRATEGY file_copy`);
    await client.query(`REVOKE ALL ON DATABASE ${DATABASE} FROM PUBLIC`);
    await client.query(`GRANT CONNECT ON DATABASE ${DATABASE} TO ${RUNTIME_ROLE}`);
  });
}

async function ensureRole(client: Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
  await client.query(`${verb} ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
}

async function canSignIn(url: string): Promise<boolean> {
  try {
    await withClient(url, async () => undefined);
    return true;
  } catch (thrown) {
    // Not yet a role, a password or a database; anything else is a fault.
    if (thrown instanceof DatabaseError && /^(28|3D|42501)/.test(thrown.code ?? '')) return false;
    throw thrown;
  }
}

const SETUP_TIMEOUT_MS = 30_000;

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: SETUP_TIMEOUT_MS,
    query_timeout: SETUP_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end();
  }
}
