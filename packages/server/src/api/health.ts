/** `GET /healthz`: the process lives. `GET /readyz`: what a call needs works; versions and warnings. */
import type { CounterStore } from '../store/counters.ts';
import type { Queryable } from '../store/database.ts';
import type { AuditWriter } from '../audit/writer.ts';
import { missingPartitions } from '../audit/retention.ts';
import type { Keyring } from '../vault/keyring.ts';

export interface Readiness {
  readonly status: 'ready' | 'not_ready';
  readonly checks: Readonly<Record<'database' | 'keyring' | 'audit', boolean>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

export interface HealthOptions {
  readonly db: Queryable;
  readonly keyring: () => Keyring;
  readonly audit: AuditWriter;
  readonly counters: Pick<CounterStore, 'trouble'>;
  readonly versions: Readonly<Record<string, string>>;
  /** What was found at start and holds until the next one. */
  readonly warnings: readonly string[];
}

export class Health {
  readonly #options: HealthOptions;
  #isDraining = false;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** From now on not ready: load balancers look elsewhere while calls in flight end. */
  drain(): void {
    this.#isDraining = true;
  }

  async readiness(): Promise<Readiness> {
    const { db, audit, counters, versions } = this.#options;
    const [missing, version] = await Promise.all([
      missingPartitions(db).catch(() => undefined),
      databaseVersion(db).catch(() => undefined),
    ]);
    const checks = { database: missing !== undefined, keyring: this.#hasKeyring(), audit: audit.isHealthy };
    const isReady = Object.values(checks).every(Boolean) && !this.#isDraining;
    const late = (missing ?? []).map(
      (name) => `the audit partition ${name} is missing: run the vault with the owner role`,
    );
    // Only a warning: calls without a limit go on, and every server of the deployment has the same store.
    const uncounted =
      counters.trouble === undefined
        ? []
        : [`calls under a limit are refused: the store of limits can not be used: ${counters.trouble}`];
    return {
      status: isReady ? 'ready' : 'not_ready',
      checks,
      versions: { ...versions, ...(version === undefined ? {} : { postgresql: version }) },
      warnings: [...this.#options.warnings, ...late, ...uncounted],
    };
  }

  #hasKeyring(): boolean {
    try {
      return this.#options.keyring().primary('wrap').state === 'primary';
    } catch {
      return false;
    }
  }
}

async function databaseVersion(db: Queryable): Promise<string | undefined> {
  const [row] = await db.query<{ version: string }>(
    'server_version',
    "SELECT current_setting('server_version') AS version",
    [],
  );
  return row?.version;
}
