/** PostgreSQL as an operator has it: a cluster of the machine's own packages, empty, with the tools that dump and restore. */
import { execFile, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PACKAGES = '/usr/lib/postgresql';
const run = promisify(execFile);

export interface OwnPostgres {
  /** As its superuser, on the database `postgres`. */
  readonly superuserUrl: string;
  /** Where `pg_dump`, `pg_restore` and `psql` lie. */
  readonly bin: string;
  stop(): Promise<void>;
}

/** The newest installed; undefined where there is none, or one older than the vault takes. */
export function ownPostgresBin(): string | undefined {
  try {
    const [newest] = readdirSync(PACKAGES)
      .map(Number)
      .filter((version) => version >= 15)
      .toSorted((a, b) => b - a);
    return newest === undefined ? undefined : join(PACKAGES, String(newest), 'bin');
  } catch {
    return undefined;
  }
}

export async function startOwnPostgres(bin: string): Promise<OwnPostgres> {
  const directory = await mkdtemp(join(tmpdir(), 'alter-own-pg-'));
  await chmod(directory, 0o777);
  const cluster = join(directory, 'cluster');
  const port = await freePort();
  const options = `-p ${port} -k ${directory} -c listen_addresses=127.0.0.1`;
  await asPostgres(`${bin}/initdb -D ${cluster} -U postgres --auth=trust`);
  await asPostgres(`${bin}/pg_ctl -D ${cluster} -w -l ${directory}/log -o "${options}" start`);
  return {
    superuserUrl: `postgres://postgres@127.0.0.1:${port}/postgres`,
    bin,
    stop: async () => {
      await asPostgres(`${bin}/pg_ctl -D ${cluster} -w -m fast stop`);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
async function asPostgres(command: string): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot && spawnSync('id', ['postgres']).status !== 0) throw new Error('there is no user postgres');
  await (isRoot
    ? run('su', ['postgres', '-s', '/bin/sh', '-c', command], { cwd: '/' })
    : run('/bin/sh', ['-c', command]));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
