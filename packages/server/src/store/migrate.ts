/**
 * Brings the schema forward: numbered SQL files, each in its own transaction, never edited, never undone.
 * Refuses a schema that is newer than this program, since it would not know what it may not touch.
 */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, DatabaseError } from 'pg';
import { sha256 } from '../vault/hash.ts';
import { toStoreError } from './failure.ts';
import { grantRights, isAppendOnly } from './rights.ts';
import type { StoreLog } from './log.ts';
import { StartError } from './start-error.ts';

export interface MigrateOptions {
  /** The role that owns the tables. Without it the runtime role does, and the database can't enforce append-only. */
  readonly ownerUrl?: string | undefined;
  readonly runtimeUrl: string;
  readonly log: StoreLog;
  /** Where the files lie; the program's own by default. */
  readonly directory?: string;
}

export interface MigrateResult {
  /** Of the schema, afterwards. */
  readonly version: number;
  /** The files that this start applied. */
  readonly applied: readonly string[];
  /** Whether the runtime role can neither change nor delete audit events: asked of the database, not assumed. */
  readonly appendOnlyEnforced: boolean;
}

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

const OWN_DIRECTORY = fileURLToPath(new URL('./migrations/', import.meta.url));
const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.sql$/;
/** Of the transaction-scoped advisory lock under which one server migrates and others wait: "alter" in ASCII. */
const LOCK_KEY = '418447680882';
const CONNECT_TIMEOUT_MS = 10_000;
/** How long another server may take to migrate, and how long one statement of ours may make calls wait for a table. */
const WAIT_FOR_OTHERS = '120s';
const WAIT_FOR_TABLE = '5s';

export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const migrations = await readMigrations(options.directory ?? OWN_DIRECTORY);
  return withClient(options.runtimeUrl, async (runtime) => {
    const ownerUrl = options.ownerUrl;
    const applied =
      ownerUrl === undefined
        ? await migrateAs(runtime, migrations, options.log)
        : await withClient(ownerUrl, (owner) => migrateAsOwner(owner, runtime, migrations, options.log));
    return { version: migrations.length, applied, appendOnlyEnforced: await isAppendOnly(runtime) };
  });
}

async function migrateAsOwner(
  owner: Client,
  runtime: Client,
  migrations: readonly Migration[],
  log: StoreLog,
): Promise<string[]> {
  const applied = await migrateAs(owner, migrations, log);
  await locked(owner, () => grantRights(owner, runtime, applied.length > 0));
  return applied;
}

async function migrateAs(client: Client, migrations: readonly Migration[], log: StoreLog): Promise<string[]> {
  const names: string[] = [];
  // Without the lock first: a start with nothing to do waits for nobody.
  const known = await appliedVersions(client, migrations);
  for (const migration of migrations) {
    if (known.has(migration.version)) continue;
    if (await locked(client, () => apply(client, migration, migrations))) names.push(migration.name);
  }
  if (names.length > 0) log.info({ applied: names }, 'schema brought forward');
  return names;
}

/** In one transaction that no other server's migration overlaps. The lock ends with it, also through a pooler. */
async function locked<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = '${WAIT_FOR_OTHERS}'`);
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY]);
    await client.query(`SET LOCAL lock_timeout = '${WAIT_FOR_TABLE}'`);
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (thrown) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw thrown;
  }
}

/** False when another server was quicker. */
async function apply(
  client: Client,
  migration: Migration,
  migrations: readonly Migration[],
): Promise<boolean> {
  await client.query(
    `CREATE TABLE IF NOT EXISTS schema_migrations (
       version    integer     PRIMARY KEY,
       name       text        NOT NULL,
       sha256     text        NOT NULL,
       applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  if ((await appliedVersions(client, migrations)).has(migration.version)) return false;
  try {
    await client.query(migration.sql);
  } catch (cause) {
    if (!(cause instanceof DatabaseError)) throw cause;
    throw new StartError('migration_failed', `migration ${migration.name}: ${cause.message}`, {
      hint: 'Nothing of this file was applied. Correct the cause and start again.',
      cause,
    });
  }
  await client.query('INSERT INTO schema_migrations (version, name, sha256) VALUES ($1, $2, $3)', [
    migration.version,
    migration.name,
    migration.sha256,
  ]);
  return true;
}

interface AppliedRow {
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
}

async function appliedVersions(client: Client, migrations: readonly Migration[]): Promise<Set<number>> {
  const { rows: tables } = await client.query<{ found: boolean }>(
    "SELECT to_regclass('schema_migrations') IS NOT NULL AS found",
  );
  if (tables[0]?.found !== true) return new Set();
  const { rows } = await client.query<AppliedRow>('SELECT version, name, sha256 FROM schema_migrations');
  for (const row of rows) assertKnown(row, migrations);
  return new Set(rows.map((row) => row.version));
}

function assertKnown(row: AppliedRow, migrations: readonly Migration[]): void {
  const known = migrations[row.version - 1];
  if (known === undefined) {
    throw new StartError(
      'schema_newer',
      `the schema has migration ${row.name}, which this program does not know`,
      {
        hint: 'Start the version of the vault that made it, or a later one.',
      },
    );
  }
  if (known.sha256 === row.sha256 && known.name === row.name) return;
  throw new StartError('migration_edited', `migration ${known.name} is not what was applied as ${row.name}`, {
    hint: 'Restore the file as it was released; changes to the schema are new files.',
  });
}

/** In order, without gaps: number n is at index n - 1. */
async function readMigrations(directory: string): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(files.map((file, index) => readMigration(directory, file, index + 1)));
}

async function readMigration(directory: string, file: string, expected: number): Promise<Migration> {
  const version = Number(FILE_NAME.exec(file)?.[1]);
  if (version !== expected) {
    throw new StartError(
      'migration_failed',
      `${file}: expected a file ${String(expected).padStart(4, '0')}_<name>.sql`,
      {
        hint: 'Migrations are numbered from 0001 without gaps.',
      },
    );
  }
  const sql = await readFile(join(directory, file), 'utf8');
  return { version, name: file.slice(0, -'.sql'.length), sql, sha256: sha256(sql).toString('hex') };
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: 'alter-vault migrate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: 0,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (thrown) {
    throw toStoreError(thrown);
  } finally {
    await client.end().catch(() => undefined);
  }
}
