/**
 * The process: settings, database, keyring, listening, draining. Alone touches `process`.
 * With ALTER_WORKERS above 1 this process keeps the database and the workers alive, and the workers serve.
 */
import './plain-globals.ts';
import cluster, { type Worker } from 'node:cluster';
import { readFile } from 'node:fs/promises';
import { KeyringHolder } from './access/keyring-holder.ts';
import { bootstrap, type FirstStart } from './bootstrap.ts';
import { TIME_ZONE_DATA_VERSION } from './access/policies/time-window.ts';
import { ConfigError, readConfig, type Config } from './config.ts';
import { makeLog, type Log } from './log.ts';
import { Refusal } from './refusal.ts';
import { loadRootKeys } from './root-key-file.ts';
import { startServer } from './server.ts';
import { Database } from './store/database.ts';
import { checkDurability } from './store/durability.ts';
import { startEmbedded } from './store/embedded/embedded.ts';
import { migrate } from './store/migrate.ts';
import { findDeployment } from './store/people.ts';
import { StartError } from './store/start-error.ts';

const USAGE = 2;
const FAILED = 1;
/** Where the alter command looks by itself. */
const DEFAULT_URL = 'http://127.0.0.1:7400';
/** A worker that dies is replaced, but not in a tight loop. */
const RESPAWN_MS = 1_000;

interface Databases {
  readonly runtimeUrl: string;
  readonly ownerUrl: string | undefined;
}

/** What the primary found out, for its workers. */
interface Handover extends Databases {
  readonly warnings: readonly string[];
  /** Whether this worker makes what an empty database needs: one of them, so that one set-up token is printed. */
  readonly mayBootstrap: boolean;
}

// HAZARDS lesson 18: SIGUSR1 would open Node's debugger, and with it everything in memory.
process.on('SIGUSR1', () => undefined);
// A10: nothing here needs `__proto__`, and nothing can be polluted through it.
Reflect.deleteProperty(Object.prototype, '__proto__');

/** It said itself why. */
class WorkerFailed extends Error {
  constructor(code: number) {
    super(`a worker ended with code ${code} before it served`);
    this.name = 'WorkerFailed';
  }
}

/** Ends something that was begun. */
type End = () => Promise<void>;

await run();

async function run(): Promise<void> {
  let log: Log = makeLog('info');
  // In the order of their beginning; the last is ended first.
  const ends: End[] = [];
  const start = async (): Promise<void> => {
    const config = readConfig();
    log = makeLog(config.logLevel);
    log.info({ node: process.version, pid: process.pid }, cluster.isPrimary ? 'starting' : 'worker starting');
    if (cluster.isPrimary) await runPrimary(config, ends, log);
    else await runWorker(config, ends, log);
  };
  const started = start();
  endOnSignal(started, ends, () => log);
  try {
    await started;
  } catch (thrown) {
    await endAll(ends).catch((error: unknown) => log.error({ err: error }, 'stopping failed'));
    // Last, so that the sentence is not buried under what stopping logs.
    process.exitCode = explain(thrown, log);
    // Whatever else was begun before the failure must not keep the process.
    setTimeout(() => process.exit(), 100).unref();
  }
}

async function runPrimary(config: Config, ends: End[], log: Log): Promise<void> {
  const databases = await openDatabases(config, ends, log);
  const migrated = await migrate({ ownerUrl: databases.ownerUrl, runtimeUrl: databases.runtimeUrl, log });
  const handover: Handover = {
    ...databases,
    mayBootstrap: true,
    warnings: migrated.appendOnlyEnforced
      ? []
      : [
          'the database does not enforce that audit is append-only: set ALTER_DATABASE_OWNER_URL to a role that owns the tables',
        ],
  };
  for (const warning of handover.warnings) log.warn(warning);
  if (config.workers === 1) await serve(config, handover, ends, log);
  else await superviseWorkers(config, handover, ends, log);
}

async function runWorker(config: Config, ends: End[], log: Log): Promise<void> {
  const handover = await new Promise<Handover>((resolve) => process.once('message', resolve));
  await serve(config, handover, ends, log);
  process.send?.('ready');
}

async function openDatabases(config: Config, ends: End[], log: Log): Promise<Databases> {
  if (config.database.kind === 'external') {
    return {
      runtimeUrl: config.database.url.revealText(),
      ownerUrl: config.database.ownerUrl?.revealText(),
    };
  }
  const embedded = await startEmbedded({ dataDir: config.dataDir, log });
  ends.push(() => embedded.stop());
  log.info({ version: embedded.version }, 'the embedded PostgreSQL runs');
  return { runtimeUrl: embedded.runtimeUrl, ownerUrl: embedded.ownerUrl };
}

async function serve(config: Config, handover: Handover, ends: End[], log: Log): Promise<void> {
  const keyringDb = new Database({
    url: handover.runtimeUrl,
    log,
    connectionsMax: 2,
    name: 'alter-vault keyring',
  });
  ends.push(() => keyringDb.close());
  const keyring = await openKeyring(config, keyringDb, log);
  let first: FirstStart | undefined;
  const server = await startServer({
    config,
    runtimeUrl: handover.runtimeUrl,
    ownerUrl: handover.ownerUrl,
    keyring,
    caPem: config.egressCaFile === undefined ? undefined : await readFile(config.egressCaFile, 'utf8'),
    versions: {
      alter_vault: await ownVersion(),
      node: process.version,
      tzdata: TIME_ZONE_DATA_VERSION,
    },
    warnings: handover.warnings,
    beforeListen: async (api) => {
      if (handover.mayBootstrap) first = await bootstrap(api, config);
    },
    log,
  });
  ends.push(() => server.stop());
  log.info({ port: server.port }, `listening on ${server.publicUrl}`);
  if (first?.isBootstrapped === true)
    log.info('made organization and app "default" with the bootstrap token');
  if (first?.setupToken !== undefined) process.stdout.write(welcome(server.publicUrl, first.setupToken));
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
  const where = publicUrl === DEFAULT_URL ? '' : `ALTER_BASE_URL=${publicUrl} `;
  return `
  Alter Vault is running at ${publicUrl}

  It has no owner yet. Within an hour, open this link, which is good once, and become the owner:

    ${publicUrl}/setup#token=${setupToken}

  Or, without a browser, in another terminal; it asks for the link and for a password:

    ${where}npx alter setup --email you@example.com

  What to do then: README.md, "The first five minutes". The API: ${publicUrl}/docs
  Control-C stops the vault.

`;
}

// Workers

async function superviseWorkers(config: Config, handover: Handover, ends: End[], log: Log): Promise<void> {
  let isStopping = false;
  ends.push(async () => {
    isStopping = true;
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(workers.map(stopWorker));
  });
  // One after the other: the first makes what an empty database needs.
  for (let i = 0; i < config.workers; i += 1) await startWorker({ ...handover, mayBootstrap: i === 0 });
  cluster.on('exit', (worker, code, signal) => {
    if (isStopping) return;
    log.error({ pid: worker.process.pid, code, signal }, 'a worker died; starting another');
    setTimeout(() => {
      if (isStopping) return;
      // One that dies before it serves comes by here again.
      startWorker({ ...handover, mayBootstrap: false }).catch((error: unknown) =>
        log.error({ err: error }, 'a worker could not be replaced'),
      );
    }, RESPAWN_MS);
  });
}

/** Resolves when it serves. */
function startWorker(handover: Handover): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = cluster.fork();
    worker.send(handover);
    worker.once('message', () => resolve());
    worker.once('exit', (code) => reject(new WorkerFailed(code)));
  });
}

function stopWorker(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve());
    worker.process.kill('SIGTERM');
  });
}

// Ending

/** A signal that comes while the vault is starting waits for that: what was begun half can't be ended. */
function endOnSignal(started: Promise<void>, ends: readonly End[], log: () => Log): void {
  let isStopping = false;
  const onSignal = async (signal: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log().info({ signal }, 'stopping: calls in flight may end');
    try {
      await started;
    } catch {
      return; // a start that failed ends by itself
    }
    try {
      await endAll(ends);
      process.exit(0);
    } catch (error) {
      log().error({ err: error }, 'stopping failed');
      process.exit(FAILED);
    }
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void onSignal(signal));
}

async function endAll(ends: readonly End[]): Promise<void> {
  for (const end of ends.toReversed()) await end();
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
  if (thrown instanceof WorkerFailed) return FAILED;
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
