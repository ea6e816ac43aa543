/**
 * The rows that decide on calls: their columns, and reading and writing them. Every statement names its app (I10).
 * What a row's MAC covers and how it is checked belongs to `access/`; here a MAC is just bytes.
 */
import type { TemplateVerify } from '@alter-vault/catalog';
import type {
  CredentialType,
  Delivery,
  InjectionRule,
  PolicyRule,
  PrincipalType,
} from '@alter-vault/contract';
import type { Database, Queryable } from './database.ts';
import { PEOPLE_EVENTS_SQL } from './people-kinds.ts';

interface Deciding {
  readonly app_id: string;
  readonly epoch: bigint;
  readonly mac: Buffer;
}

export interface AgentRow extends Deciding {
  readonly agent_id: string;
  readonly name: string;
  readonly display_name: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly created_at: Date;
  readonly deleted_at: Date | null;
}

export interface KeyRow extends Deciding {
  readonly key_id: string;
  readonly kind: 'app' | 'agent';
  readonly agent_id: string | null;
  readonly name: string;
  readonly prefix: string;
  readonly key_hash: Buffer;
  readonly ip_allowlist: readonly string[] | null;
  readonly requests_per_minute: number | null;
  readonly allow_release: boolean;
  readonly owner_member_id: string | null;
  readonly created_by: string | null;
  readonly expires_at: Date | null;
  readonly created_at: Date;
  readonly revoked_at: Date | null;
  /** The key that this one was made to replace, and the one that was made to replace it. */
  readonly rotated_from: string | null;
  readonly replaced_by: string | null;
  /** The first key of these rotations; null for a key that is itself the first. */
  readonly lineage_id: string | null;
}

export interface SecretRow extends Deciding {
  readonly secret_id: string;
  readonly name: string;
  readonly template: string | null;
  readonly variables: Readonly<Record<string, string>>;
  readonly credential_type: CredentialType;
  readonly fields: readonly string[];
  readonly public_fields: readonly string[];
  /** Of the words of the current values, for redaction in audit events. */
  readonly fingerprints: readonly string[];
  readonly injection: readonly InjectionRule[];
  readonly default_headers: readonly (readonly [string, string])[];
  readonly allowed_hosts: readonly string[];
  readonly allow_any_host: boolean;
  readonly delivery: Delivery;
  readonly base_url: string | null;
  /** The template's test call, as it was when the credential was stored. */
  readonly verify: TemplateVerify | null;
  readonly version: number;
  readonly rotate_by: Date | null;
  /** Until then the version before may be tried where an upstream does not know the current one yet. */
  readonly overlap_until: Date | null;
  readonly previous_fingerprints: readonly string[] | null;
  /** The role of AWS that the current version assumes. */
  readonly role_arn: string | null;
  readonly created_by: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly deleted_at: Date | null;
}

export interface GrantRow extends Deciding {
  readonly grant_id: string;
  readonly secret_id: string;
  readonly cloned_from: string | null;
  readonly principal_type: PrincipalType;
  readonly principal_id: string | null;
  readonly label: string | null;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly revoke_reason: string | null;
  readonly created_by: string | null;
  readonly created_at: Date;
}

export interface PolicyRow extends Deciding {
  readonly policy_id: string;
  readonly name: string;
  readonly applies_to_type: 'app' | 'secret' | 'grant' | 'agent';
  /** Null when it applies to the app as a whole. */
  readonly applies_to_id: string | null;
  readonly mode: 'enforce' | 'monitor';
  readonly rule: PolicyRule;
  readonly created_by: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly deleted_at: Date | null;
}

export interface DecidingRows {
  agents: AgentRow;
  api_keys: KeyRow;
  secrets: SecretRow;
  grants: GrantRow;
  policies: PolicyRow;
}
export type DecidingName = keyof DecidingRows;

interface DecidingTable<Name extends DecidingName> {
  readonly id: keyof DecidingRows[Name] & string;
  /** All columns but `app_id`, the id, `epoch` and `mac`, with the cast of their parameter. */
  readonly columns: readonly (readonly [keyof DecidingRows[Name] & string, string])[];
}

export const DECIDING_TABLES: { readonly [Name in DecidingName]: DecidingTable<Name> } = {
  agents: {
    id: 'agent_id',
    columns: [
      ['name', 'text'],
      ['display_name', 'text'],
      ['metadata', 'jsonb'],
      ['created_at', 'timestamptz'],
      ['deleted_at', 'timestamptz'],
    ],
  },
  api_keys: {
    id: 'key_id',
    columns: [
      ['kind', 'text'],
      ['agent_id', 'uuid'],
      ['name', 'text'],
      ['prefix', 'text'],
      ['key_hash', 'bytea'],
      ['ip_allowlist', 'text[]'],
      ['requests_per_minute', 'int'],
      ['allow_release', 'boolean'],
      ['owner_member_id', 'uuid'],
      ['created_by', 'uuid'],
      ['expires_at', 'timestamptz'],
      ['created_at', 'timestamptz'],
      ['revoked_at', 'timestamptz'],
      ['rotated_from', 'uuid'],
      ['replaced_by', 'uuid'],
      ['lineage_id', 'uuid'],
    ],
  },
  secrets: {
    id: 'secret_id',
    columns: [
      ['name', 'text'],
      ['template', 'text'],
      ['variables', 'jsonb'],
      ['credential_type', 'text'],
      ['fields', 'text[]'],
      ['public_fields', 'text[]'],
      ['fingerprints', 'text[]'],
      ['injection', 'jsonb'],
      ['default_headers', 'jsonb'],
      ['allowed_hosts', 'text[]'],
      ['allow_any_host', 'boolean'],
      ['delivery', 'text'],
      ['base_url', 'text'],
      ['verify', 'jsonb'],
      ['version', 'int'],
      ['rotate_by', 'timestamptz'],
      ['overlap_until', 'timestamptz'],
      ['previous_fingerprints', 'text[]'],
      ['role_arn', 'text'],
      ['created_by', 'uuid'],
      ['created_at', 'timestamptz'],
      ['updated_at', 'timestamptz'],
      ['deleted_at', 'timestamptz'],
    ],
  },
  grants: {
    id: 'grant_id',
    columns: [
      ['secret_id', 'uuid'],
      ['cloned_from', 'uuid'],
      ['principal_type', 'text'],
      ['principal_id', 'text'],
      ['label', 'text'],
      ['expires_at', 'timestamptz'],
      ['revoked_at', 'timestamptz'],
      ['revoke_reason', 'text'],
      ['created_by', 'uuid'],
      ['created_at', 'timestamptz'],
    ],
  },
  policies: {
    id: 'policy_id',
    columns: [
      ['name', 'text'],
      ['applies_to_type', 'text'],
      ['applies_to_id', 'uuid'],
      ['mode', 'text'],
      ['rule', 'jsonb'],
      ['created_by', 'uuid'],
      ['created_at', 'timestamptz'],
      ['updated_at', 'timestamptz'],
      ['deleted_at', 'timestamptz'],
    ],
  },
};
export const DECIDING_NAMES = Object.keys(DECIDING_TABLES) as readonly DecidingName[];

const columnsOf = (name: DecidingName): readonly (readonly [string, string])[] => {
  const table = DECIDING_TABLES[name];
  return [['app_id', 'uuid'], [table.id, 'uuid'], ...table.columns, ['epoch', 'bigint'], ['mac', 'bytea']];
};

interface Statements {
  readonly all: string;
  readonly since: string;
  readonly one: string;
  readonly insert: string;
  readonly update: string;
}

function statementsOf(name: DecidingName): Statements {
  const columns = columnsOf(name);
  const names = columns.map(([column]) => column).join(', ');
  const parameters = columns.map(([, type], i) => `$${i + 1}::${type}`).join(', ');
  const id = DECIDING_TABLES[name].id;
  const changes = columns
    .slice(2)
    .map(([column, type], i) => `${column} = $${i + 3}::${type}`)
    .join(', ');
  return {
    all: `SELECT ${names} FROM ${name} WHERE app_id = $1`,
    since: `SELECT ${names} FROM ${name} WHERE app_id = $1 AND epoch > $2`,
    one: `SELECT ${names} FROM ${name} WHERE app_id = $1 AND ${id} = $2`,
    insert: `INSERT INTO ${name} (${names}) VALUES (${parameters})`,
    update: `UPDATE ${name} SET ${changes} WHERE app_id = $1::uuid AND ${id} = $2::uuid`,
  };
}

const STATEMENTS: { readonly [Name in DecidingName]: Statements } = {
  agents: statementsOf('agents'),
  api_keys: statementsOf('api_keys'),
  secrets: statementsOf('secrets'),
  grants: statementsOf('grants'),
  policies: statementsOf('policies'),
};

export type AnyDecidingRow = DecidingRows[DecidingName];

/** The id of a row, whatever its table. */
export function decidingId<Name extends DecidingName>(name: Name, row: DecidingRows[Name]): string {
  return String(row[DECIDING_TABLES[name].id]);
}

export function selectAllDeciding<Name extends DecidingName>(
  db: Queryable,
  name: Name,
  appId: string,
): Promise<DecidingRows[Name][]> {
  return db.query<DecidingRows[Name]>(`${name}_all`, STATEMENTS[name].all, [appId]);
}

/** The rows changed after `epoch`. */
export function selectDecidingSince<Name extends DecidingName>(
  db: Queryable,
  name: Name,
  appId: string,
  epoch: bigint,
): Promise<DecidingRows[Name][]> {
  return db.query<DecidingRows[Name]>(`${name}_since`, STATEMENTS[name].since, [appId, epoch]);
}

export async function findDeciding<Name extends DecidingName>(
  db: Queryable,
  name: Name,
  appId: string,
  id: string,
): Promise<DecidingRows[Name] | undefined> {
  const rows = await db.query<DecidingRows[Name]>(`${name}_one`, STATEMENTS[name].one, [appId, id]);
  return rows[0];
}

/** Of the policies that are not deleted. */
export async function selectPolicyNames(db: Queryable, appId: string): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    'policies_names',
    'SELECT name FROM policies WHERE app_id = $1 AND deleted_at IS NULL',
    [appId],
  );
  return rows.map(({ name }) => name);
}

const JSON_TYPES = new Set(['jsonb']);

function valuesOf<Name extends DecidingName>(name: Name, row: DecidingRows[Name]): unknown[] {
  const record = row as unknown as Readonly<Record<string, unknown>>; // edge: a row becomes parameters
  return columnsOf(name).map(([column, type]) => {
    const value = record[column];
    return JSON_TYPES.has(type) && value !== null ? JSON.stringify(value) : value;
  });
}

export async function insertDeciding<Name extends DecidingName>(
  db: Queryable,
  name: Name,
  row: DecidingRows[Name],
): Promise<void> {
  await db.query(`${name}_insert`, STATEMENTS[name].insert, valuesOf(name, row));
}

export async function updateDeciding<Name extends DecidingName>(
  db: Queryable,
  name: Name,
  row: DecidingRows[Name],
): Promise<void> {
  await db.query(`${name}_update`, STATEMENTS[name].update, valuesOf(name, row));
}

// The app's own row

export interface AppRow {
  readonly app_id: string;
  readonly org_id: string;
  readonly name: string;
  readonly epoch: bigint;
  readonly digest: Buffer;
  readonly mac: Buffer;
  readonly created_at: Date;
}

const APP_COLUMNS = 'app_id, org_id, name, epoch, digest, mac, created_at';

export async function findApp(db: Queryable, appId: string): Promise<AppRow | undefined> {
  const rows = await db.query<AppRow>('app_one', `SELECT ${APP_COLUMNS} FROM apps WHERE app_id = $1`, [
    appId,
  ]);
  return rows[0];
}

/** The epoch of the app's newest audit event that tells one of the app; undefined when there is none. */
export async function findAuditedEpoch(db: Queryable, appId: string): Promise<bigint | undefined> {
  const rows = await db.query<{ epoch: bigint }>(
    'app_audited_epoch',
    `SELECT epoch FROM audit_events WHERE app_id = $1 AND epoch IS NOT NULL AND NOT (${PEOPLE_EVENTS_SQL})
     ORDER BY group_id DESC, position DESC LIMIT 1`,
    [appId],
  );
  return rows[0]?.epoch;
}

/** The app's row, locked until the transaction ends: changes of one app happen one after the other. */
export async function lockApp(tx: Queryable, appId: string): Promise<AppRow | undefined> {
  const rows = await tx.query<AppRow>(
    'app_lock',
    `SELECT ${APP_COLUMNS} FROM apps WHERE app_id = $1 FOR UPDATE`,
    [appId],
  );
  return rows[0];
}

export async function insertApp(tx: Queryable, row: AppRow): Promise<void> {
  await tx.query(
    'app_insert',
    `INSERT INTO apps (${APP_COLUMNS}) VALUES ($1, $2, $3, $4::bigint, $5, $6, $7)`,
    [row.app_id, row.org_id, row.name, row.epoch, row.digest, row.mac, row.created_at],
  );
}

export async function updateAppBoundary(
  tx: Queryable,
  row: Pick<AppRow, 'app_id' | 'epoch' | 'digest' | 'mac'>,
): Promise<void> {
  await tx.query(
    'app_boundary',
    'UPDATE apps SET epoch = $2::bigint, digest = $3, mac = $4 WHERE app_id = $1',
    [row.app_id, row.epoch, row.digest, row.mac],
  );
}

/** Reads several tables as they stood at one moment. */
export function readConsistently<T>(db: Database, read: (tx: Queryable) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.query('read_consistently', 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY', []);
    return read(tx);
  });
}
