/**
 * A real PostgreSQL for integration tests: one embedded server per test process, durability on, and as many fresh
 * databases as asked for, each cloned from a migrated template.
 */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { SUPERUSER_ROLE, urlOf } from '../packages/server/src/store/embedded/cluster.ts';
import { startEmbedded } from '../packages/server/src/store/embedded/embedded.ts';
import type { StoreLog } from '../packages/server/src/store/log.ts';
import { migrate } from '../packages/server/src/store/migrate.ts';

export interface TestUrls {
  readonly ownerUrl: string;
  readonly runtimeUrl: string;
}

export interface TestPostgres extends TestUrls {
  /** A new database with the schema of today and nothing in it. */
  fresh(): Promise<TestUrls>;
  /** For what a test must break; the vault never has it. */
  readonly superuserUrl: string;
  readonly pid: () => number | undefined;
  stop(): Promise<void>;
}

export const silentLog: StoreLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A data directory that PostgreSQL's own user may pass through, so that the cluster lies inside and goes with it. */
export async function makeDataDir(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'alter-test-'));
  await chmod(directory, 0o711);
  return directory;
}

export async function startTestPostgres(log: StoreLog = silentLog): Promise<TestPostgres> {
  const dataDir = await makeDataDir();
  const server = await startEmbedded({ dataDir, log });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const superuserUrl = await superuserUrlOf(dataDir, server.ownerUrl);
    // Nobody stays connected to the template, so that it can be cloned.
    await migrate({ ...server, log });
    let count = 0;
    const fresh = async (): Promise<TestUrls> => {
      const name = `test_${++count}`;
      await cloneTemplate(superuserUrl, name);
      return { ownerUrl: onDatabase(server.ownerUrl, name), runtimeUrl: onDatabase(server.runtimeUrl, name) };
    };
    return {
      ownerUrl: server.ownerUrl,
      runtimeUrl: server.runtimeUrl,
      superuserUrl,
      pid: server.pid,
      fresh,
      stop,
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

export function onDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/** Runs SQL once, on a connection of its own, and gives its rows. */
export async function sql(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text, values);
    return rows;
  } finally {
    await client.end();
  }
}

export async function superuserUrlOf(dataDir: string, ownerUrl: string): Promise<string> {
  const text = await readFile(join(dataDir, 'postgres-credentials.json'), 'utf8');
  const credentials: unknown = JSON.parse(text);
  if (typeof credentials !== 'object' || credentials === null || !('superuser' in credentials))
    throw new Error(text);
  return urlOf(SUPERUSER_ROLE, String(credentials.superuser), Number(new URL(ownerUrl).port), 'postgres');
}

/** The template's connections may take a moment to be gone; the rights on a database are not cloned with it. */
async function cloneTemplate(superuserUrl: string, name: string): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        await client.query(`CREATE DATABASE ${name} TEMPLATE alter OWNER alter_owner STRATEGY wal_log`);
        break;
      } catch (thrown) {
        if (attempt === 20) throw thrown;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
    await client.query(`GRANT CONNECT ON DATABASE ${name} TO alter_runtime`);
  } finally {
    await client.end();
  }
}
