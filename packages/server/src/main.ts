/**
 * The process: settings, database, keyring, listening, draining. Alone touches `process`.
 * With ALTER_WORKERS above 1 this process keeps the database and the workers alive, and the workers serve.
 */
import cluster, { type Worker } from 'node:cluster';
import { readFile } from 'node:fs/promises';
import { KeyringHolder } from './access/keyring-holder.ts';
import { bootstrap } from './bootstrap.ts';
import { ConfigError, readConfig, type Config } from './config.ts';
import { makeLog, type Log } from './log.ts';
import { Refusal } from './refusal.ts';
import { loadRootKeys } from './root-key-file.ts';
import { startServer, type VaultServer } from './server.ts';
import { Database } from './store/database.ts';
import { checkDurability } from './store/durability.ts';
import { startEmbedded, type EmbeddedPostgres } from './store/embedded/embedded.ts';
import { migrate } from './store/migrate.ts';
import { findDeployment } from './store/people.ts';
import { StartError } from './store/start-error.ts';

const USAGE = 2;
const FAILED = 1;
/** A worker that dies is replaced, but not in a tight loop. */
const RESPAWN_MS = 1_000;

interface Databases {
  readonly runtimeUrl: string;
  readonly ownerUrl: string | undefined;
  readonly embedded: EmbeddedPostgres | undefined;
}

/** What the primary found out, for its workers. */
interface Handover {
  readonly runtimeUrl: string;
  readonly ownerUrl: string | undefined;
  readonly warnings: readonly string[];
}

// HAZARDS lesson 18: SIGUSR1 would open Node's debugger, and with it everything in memory.
process.on('SIGUSR1', () => undefined);
// A10: nothing here needs `__proto__`, and nothing can be polluted through it.
Reflect.deleteProperty(Object.prototype, '__proto__');

await run();

async function run(): Promise<void> {
  let log: Log = makeLog('info');
  try {
    const config = readConfig(process.env);
    log = makeLog(config.logLevel);
    log.info({ node: process.version, pid: process.pid }, cluster.isPrimary ? 'starting' : 'worker starting');
    if (cluster.isPrimary) await runPrimary(config, log);
    else await runWorker(config, log);
  } catch (thrown) {
    process.exitCode = explain(thrown, log);
    // Whatever was started before the failure must not keep the process.
    setTimeout(() => process.exit(), 100).unref();
  }
}

async function runPrimary(config: Config, log: Log): Promise<void> {
  const databases = await openDatabases(config, log);
  try {
    const migrated = await migrate({ ownerUrl: databases.ownerUrl, runtimeUrl: databases.runtimeUrl, log });
    const handover: Handover = {
      runtimeUrl: databases.runtimeUrl,
      ownerUrl: databases.ownerUrl,
      warnings: migrated.appendOnlyEnforced
        ? []
        : [
            'the database does not enforce that audit is append-only: set ALTER_DATABASE_OWNER_URL to a role that owns the tables',
          ],
    };
    for (const warning of handover.warnings) log.warn(warning);
    if (config.workers === 1) {
      const server = await serve(config, handover, log);
      onStop(log, async () => {
        await server.stop();
        await databases.embedded?.stop();
      });
      return;
    }
    await superviseWorkers(config, handover, databases, log);
  } catch (thrown) {
    await databases.embedded?.stop();
    throw thrown;
  }
}

async function runWorker(config: Config, log: Log): Promise<void> {
  const handover = await new Promise<Handover>((resolve) => process.once('message', resolve));
  const server = await serve(config, handover, log);
  onStop(log, () => server.stop());
  process.send?.('ready');
}

async function openDatabases(config: Config, log: Log): Promise<Databases> {
  if (config.database.kind === 'external') {
    return {
      runtimeUrl: config.database.url.revealText(),
      ownerUrl: config.database.ownerUrl?.revealText(),
      embedded: undefined,
    };
  }
  const embedded = await startEmbedded({ dataDir: config.dataDir, log });
  log.info({ version: embedded.version }, 'the embedded PostgreSQL runs');
  return { runtimeUrl: embedded.runtimeUrl, ownerUrl: embedded.ownerUrl, embedded };
}

async function serve(config: Config, handover: Handover, log: Log): Promise<VaultServer> {
  const keyringDb = new Database({
    url: handover.runtimeUrl,
    log,
    connectionsMax: 2,
    name: 'alter-vault keyring',
  });
  const keyring = await openKeyring(config, keyringDb, log);
  const server = await startServer({
    config,
    runtimeUrl: handover.runtimeUrl,
    ownerUrl: handover.ownerUrl,
    keyring,
    caPem: config.egressCaFile === undefined ? undefined : await readFile(config.egressCaFile, 'utf8'),
    versions: {
      alter_vault: await ownVersion(),
      node: process.version,
      time_zone_data: process.versions.tz ?? 'unknown',
    },
    warnings: handover.warnings,
    log,
  });
  const first = await bootstrap(server.api, config);
  log.info({ port: server.port }, `listening on ${server.publicUrl}`);
  if (first.isBootstrapped) log.info('made organization and app "default" with the bootstrap token');
  if (first.setupToken !== undefined) process.stdout.write(welcome(server.publicUrl, first.setupToken));
  return {
    ...server,
    stop: async () => {
      await server.stop();
      await keyringDb.close();
    },
  };
}

async function openKeyring(config: Config, db: Database, log: Log): Promise<KeyringHolder> {
  await checkDurability(db);
  const isNewDatabase = (await findDeployment(db)) === undefined;
  const keyring = await KeyringHolder.open(db, await loadRootKeys(config, log, isNewDatabase), log);
  await keyring.start();
  return keyring;
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const manifest: unknown = JSON.parse(text);
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'unknown';
}

function welcome(publicUrl: string, setupToken: string): string {
  return `
  Alter Vault is running at ${publicUrl}   (API reference: ${publicUrl}/docs)

  It has no owner yet. Within an hour, make the first one:

    curl ${publicUrl}/v1/setup -H 'content-type: application/json' \\
      -d '{"setup_token":"${setupToken}","email":"you@example.com","password":"<12 characters or more>"}'

  The answer holds an access token. Use it as ALTER_TOKEN with the alter command.

`;
}

// Workers

async function superviseWorkers(
  config: Config,
  handover: Handover,
  databases: Databases,
  log: Log,
): Promise<void> {
  let isStopping = false;
  const start = (): Promise<Worker> =>
    new Promise((resolve, reject) => {
      const worker = cluster.fork();
      worker.send(handover);
      worker.once('message', () => resolve(worker));
      worker.once('exit', (code) => reject(new Error(`a worker ended with code ${code} before it served`)));
    });
  // One after the other: the first makes what an empty database needs.
  for (let i = 0; i < config.workers; i += 1) await start();
  cluster.on('exit', (worker, code, signal) => {
    if (isStopping) return;
    log.error({ pid: worker.process.pid, code, signal }, 'a worker died; starting another');
    setTimeout(
      () =>
        void start().catch((error: unknown) => log.error({ err: error }, 'a worker could not be replaced')),
      RESPAWN_MS,
    );
  });
  onStop(log, async () => {
    isStopping = true;
    await Promise.all(
      Object.values(cluster.workers ?? {}).map((worker) =>
        worker === undefined ? undefined : stopWorker(worker),
      ),
    );
    await databases.embedded?.stop();
  });
}

function stopWorker(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve());
    worker.process.kill('SIGTERM');
  });
}

// Ending

function onStop(log: Log, stop: () => Promise<void>): void {
  let isStopping = false;
  const onSignal = (signal: string): void => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, 'stopping: calls in flight may end');
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(FAILED);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => onSignal(signal));
}

/** Says in sentences why the vault did not start; answers the exit code. */
function explain(thrown: unknown, log: Log): number {
  if (thrown instanceof ConfigError) {
    process.stderr.write(`alter-vault: ${thrown.message}\nhint: docs/settings.md lists every setting.\n`);
    return USAGE;
  }
  if (thrown instanceof StartError || thrown instanceof Refusal) {
    process.stderr.write(`alter-vault: ${thrown.message}\nhint: ${thrown.hint}\n`);
    return FAILED;
  }
  if (isAddressInUse(thrown)) {
    process.stderr.write(
      'alter-vault: The port is in use already.\nhint: Stop what listens there, or set ALTER_PORT.\n',
    );
    return FAILED;
  }
  log.fatal({ err: thrown }, 'the vault did not start');
  return FAILED;
}

function isAddressInUse(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE';
}
