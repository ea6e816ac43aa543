/**
 * What tests of the audit log share: a fresh database with its partitions, an app, events, writers and logs of one signing key.
 */
import { generateKeyPairSync } from 'node:crypto';
import { EMPTY_EVENT, type AuditEvent } from '../packages/server/src/audit/event.ts';
import { AuditLog } from '../packages/server/src/audit/log.ts';
import { deriveGroupKey } from '../packages/server/src/audit/note.ts';
import { ensurePartitions } from '../packages/server/src/audit/retention.ts';
import { newGroupId, newRequestId } from '../packages/server/src/audit/uuid.ts';
import { AuditWriter } from '../packages/server/src/audit/writer.ts';
import type { AuditWriterOptions } from '../packages/server/src/audit/writer-options.ts';
import { Database, type Queryable } from '../packages/server/src/store/database.ts';
import { silentLog, sql, startTestPostgres, type TestPostgres } from './postgres.ts';

export const { privateKey: signingKey } = generateKeyPairSync('ed25519');
export const groupKey = deriveGroupKey(signingKey);
export const origin = 'alter-vault/test';

export interface AuditRig {
  readonly postgres: TestPostgres;
  readonly owner: Database;
  readonly runtime: Database;
  /** Another pool of the runtime role. */
  connect(): Database;
  /** SQL of several statements, as the owner: set-up and tampering. */
  asOwner(text: string): Promise<Record<string, unknown>[]>;
  asRuntime(text: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function startAuditRig(): Promise<AuditRig> {
  const postgres = await startTestPostgres();
  const { ownerUrl, runtimeUrl } = await postgres.fresh();
  const owner = new Database({ url: ownerUrl, log: silentLog });
  const runtime = new Database({ url: runtimeUrl, log: silentLog });
  await ensurePartitions(owner);
  const extra: Database[] = [];
  return {
    postgres,
    owner,
    runtime,
    connect: () => {
      const database = new Database({ url: runtimeUrl, log: silentLog });
      extra.push(database);
      return database;
    },
    asOwner: (text) => sql(ownerUrl, text),
    asRuntime: (text) => sql(runtimeUrl, text),
    close: async () => {
      await Promise.all([owner, runtime, ...extra].map((database) => database.close()));
      await postgres.stop();
    },
  };
}

export async function addApp(owner: Database, appId: string = newGroupId()): Promise<string> {
  const org = newGroupId();
  await owner.query('test.org', "INSERT INTO organizations (org_id, name) VALUES ($1, 'test')", [org]);
  const text = "INSERT INTO apps (app_id, org_id, name, epoch, digest, mac) VALUES ($1, $2, $3, 1, '', '')";
  await owner.query('test.app', text, [appId, org, appId]);
  return appId;
}

export function makeWriter(db: Queryable, options: Partial<AuditWriterOptions> = {}): AuditWriter {
  return new AuditWriter(db, { groupKey, ...options });
}

export function makeLog(db: Database, faults: string[] = []): AuditLog {
  return new AuditLog(db, { origin, signingKey, onFault: (fault) => faults.push(fault.what) });
}

export function makeEvent(appId: string, over: Partial<AuditEvent> = {}): AuditEvent {
  return {
    ...EMPTY_EVENT,
    appId,
    requestId: newRequestId(),
    ordinal: 0,
    kind: 'call.authorized',
    at: new Date(),
    mode: 'proxy',
    method: 'POST',
    url: 'https://api.example.com/v1/things?page=2',
    decision: 'allow',
    grantId: newGroupId(),
    ...over,
  };
}
