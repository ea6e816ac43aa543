/**
 * Held calls and the decisions on them. Every statement names its app, except where a process looks
 * for work over all apps (I10). What a row's MAC covers is known in `approvals/`; here it is just bytes.
 */
import type { ApprovalStatus } from '@alter-vault/contract';
import type { Queryable } from './database.ts';
import { MEMBER, type MemberRow } from './people.ts';

/** A hint to every server that an approval changed; the payload is its id. */
export const APPROVALS_CHANNEL = 'alter_approvals';

/** What one policy asks for, as it stood when the call was held. */
export interface StoredTerm {
  readonly policy_id: string;
  readonly name: string;
  readonly approvers: readonly string[];
  readonly quorum: number;
}

export interface ApprovalRow {
  readonly app_id: string;
  readonly approval_id: string;
  readonly request_id: string;
  readonly key_id: string;
  readonly grant_id: string;
  readonly secret_id: string;
  readonly secret_version: number;
  readonly binding: Buffer;
  readonly request_digest: Buffer;
  readonly terms: readonly StoredTerm[];
  readonly excluded_member_id: string | null;
  readonly idempotency: Buffer | null;
  readonly method: string;
  readonly host: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly status: ApprovalStatus;
  readonly decided_at: Date | null;
  readonly decision_reason: string | null;
  readonly executor: string | null;
  readonly executed_at: Date | null;
  readonly error_code: string | null;
  readonly error_policy_id: string | null;
  readonly may_have_been_sent: boolean | null;
  readonly is_truncated: boolean | null;
  readonly shred_at: Date | null;
  readonly mac: Buffer;
}

export interface DecisionRow {
  readonly app_id: string;
  readonly approval_id: string;
  readonly member_id: string;
  readonly decision: 'approve' | 'deny';
  readonly reason: string | null;
  readonly via: 'token' | 'session';
  readonly decided_at: Date;
  readonly mac: Buffer;
}

export interface ApprovalId {
  readonly app_id: string;
  readonly approval_id: string;
}

/** The columns that never change, and those that the state machine moves; with the casts of their parameters. */
const FIXED = [
  ['app_id', 'uuid'],
  ['approval_id', 'uuid'],
  ['request_id', 'uuid'],
  ['key_id', 'uuid'],
  ['grant_id', 'uuid'],
  ['secret_id', 'uuid'],
  ['secret_version', 'int'],
  ['binding', 'bytea'],
  ['request_digest', 'bytea'],
  ['terms', 'jsonb'],
  ['excluded_member_id', 'uuid'],
  ['idempotency', 'bytea'],
  ['method', 'text'],
  ['host', 'text'],
  ['created_at', 'timestamptz'],
  ['expires_at', 'timestamptz'],
] as const;
const MOVING = [
  ['status', 'text'],
  ['decided_at', 'timestamptz'],
  ['decision_reason', 'text'],
  ['executor', 'uuid'],
  ['executed_at', 'timestamptz'],
  ['error_code', 'text'],
  ['error_policy_id', 'uuid'],
  ['may_have_been_sent', 'boolean'],
  ['is_truncated', 'boolean'],
  ['shred_at', 'timestamptz'],
  ['mac', 'bytea'],
] as const;
const COLUMNS = [...FIXED, ...MOVING];
const NAMES = COLUMNS.map(([name]) => name).join(', ');
const parameters = (columns: readonly (readonly [string, string])[], from: number): string =>
  columns.map(([, type], i) => `$${i + from}::${type}`).join(', ');

const valueOf = (row: ApprovalRow, name: keyof ApprovalRow): unknown =>
  name === 'terms' ? JSON.stringify(row.terms) : row[name];

export async function insertApproval(tx: Queryable, row: ApprovalRow): Promise<void> {
  await tx.query(
    'approval_insert',
    `INSERT INTO approvals (${NAMES}) VALUES (${parameters(COLUMNS, 1)})`,
    COLUMNS.map(([name]) => valueOf(row, name)),
  );
  await notifyApproval(tx, row);
}

/** Wakes the executors, whoever waits and whoever looks, on all servers, when it is committed. */
async function notifyApproval(tx: Queryable, { approval_id: id }: ApprovalId): Promise<void> {
  await tx.query('approval_notify', 'SELECT pg_notify($1, $2)', [APPROVALS_CHANNEL, id]);
}

export async function updateApproval(tx: Queryable, row: ApprovalRow): Promise<void> {
  const changes = MOVING.map(([name, type], i) => `${name} = $${i + 3}::${type}`).join(', ');
  await tx.query(
    'approval_update',
    `UPDATE approvals SET ${changes} WHERE app_id = $1::uuid AND approval_id = $2::uuid`,
    [row.app_id, row.approval_id, ...MOVING.map(([name]) => valueOf(row, name))],
  );
  await notifyApproval(tx, row);
}

export async function findApproval(
  db: Queryable,
  appId: string,
  approvalId: string,
): Promise<ApprovalRow | undefined> {
  const rows = await db.query<ApprovalRow>(
    'approval_one',
    `SELECT ${NAMES} FROM approvals WHERE app_id = $1 AND approval_id = $2`,
    [appId, approvalId],
  );
  return rows[0];
}

/** The row, locked until the transaction ends, with the time that decides on it: the database's (A5). */
export async function lockApproval(
  tx: Queryable,
  { app_id, approval_id }: ApprovalId,
): Promise<{ row: ApprovalRow; now: Date } | undefined> {
  const rows = await tx.query<ApprovalRow>(
    'approval_lock',
    `SELECT ${NAMES} FROM approvals WHERE app_id = $1 AND approval_id = $2 FOR UPDATE`,
    [app_id, approval_id],
  );
  const row = rows[0];
  // A statement of its own: the lock may have been waited for.
  return row === undefined ? undefined : { row, now: await databaseTime(tx) };
}

/** In whole milliseconds, which is what a row keeps of it. */
export async function databaseTime(tx: Queryable): Promise<Date> {
  const rows = await tx.query<{ now: Date }>('clock', 'SELECT clock_timestamp() AS now', []);
  return rows[0]?.now ?? new Date(Number.NaN);
}

/** The app of an approval, among those of one organization. */
export async function findAppOfApproval(
  db: Queryable,
  orgId: string,
  approvalId: string,
): Promise<string | undefined> {
  const rows = await db.query<{ app_id: string }>(
    'app_of_approval',
    'SELECT p.app_id FROM approvals p JOIN apps a ON a.app_id = p.app_id WHERE p.approval_id = $1 AND a.org_id = $2',
    [approvalId, orgId],
  );
  return rows[0]?.app_id;
}

export async function findByIdempotency(
  db: Queryable,
  appId: string,
  idempotency: Buffer,
): Promise<ApprovalRow | undefined> {
  const rows = await db.query<ApprovalRow>(
    'approval_idempotent',
    `SELECT ${NAMES} FROM approvals WHERE app_id = $1 AND idempotency = $2`,
    [appId, idempotency],
  );
  return rows[0];
}

export interface ApprovalFilter {
  /** Of one key and those that it was rotated from. */
  readonly keyIds: readonly string[] | undefined;
  readonly status: ApprovalStatus | undefined;
  /** Older than this id: newest first. */
  readonly before: string | undefined;
  readonly limit: number;
}

/** Newest first. What nobody has yet marked as expired is found as `expired` and not as what its row says. */
export async function selectApprovals(
  db: Queryable,
  appId: string,
  filter: ApprovalFilter,
): Promise<(ApprovalRow & { readonly is_overdue: boolean })[]> {
  return db.query(
    'approvals_page',
    `SELECT * FROM (
       SELECT ${NAMES}, status IN ('pending', 'approved') AND expires_at <= clock_timestamp() AS is_overdue FROM approvals
       WHERE app_id = $1 AND ($2::uuid[] IS NULL OR key_id = ANY($2)) AND ($4::uuid IS NULL OR approval_id < $4)
     ) AS a
     WHERE $3::text IS NULL OR CASE WHEN is_overdue THEN 'expired' ELSE status END = $3
     ORDER BY approval_id DESC LIMIT $5`,
    [appId, filter.keyIds ?? null, filter.status ?? null, filter.before ?? null, filter.limit],
  );
}

/** How many held calls of an app are in each state; what nobody has yet marked as expired is. */
export async function countByStatus(db: Queryable, appId: string): Promise<Record<ApprovalStatus, number>> {
  const rows = await db.query<{ status: ApprovalStatus; count: number }>(
    'approvals_by_status',
    `SELECT CASE WHEN status IN ('pending', 'approved') AND expires_at <= clock_timestamp() THEN 'expired' ELSE status END AS status,
       count(*)::int AS count FROM approvals WHERE app_id = $1 GROUP BY 1`,
    [appId],
  );
  const counts = new Map(rows.map((row) => [row.status, row.count]));
  const of = (status: ApprovalStatus): number => counts.get(status) ?? 0;
  return {
    pending: of('pending'),
    approved: of('approved'),
    executing: of('executing'),
    executed: of('executed'),
    failed: of('failed'),
    denied: of('denied'),
    expired: of('expired'),
    cancelled: of('cancelled'),
  };
}

export async function countOpen(tx: Queryable, appId: string, keyId: string): Promise<number> {
  const rows = await tx.query<{ count: number }>(
    'approvals_open',
    `SELECT count(*)::int AS count FROM approvals
     WHERE app_id = $1 AND key_id = $2 AND status IN ('pending', 'approved', 'executing')`,
    [appId, keyId],
  );
  return rows[0]?.count ?? 0;
}

// Work, over all apps

/** Approved and in time, longest waiting first. */
export function selectApproved(db: Queryable, limit: number): Promise<ApprovalId[]> {
  return db.query(
    'approvals_approved',
    `SELECT app_id, approval_id FROM approvals
     WHERE status = 'approved' AND expires_at > clock_timestamp() ORDER BY expires_at LIMIT $1`,
    [limit],
  );
}

export function selectOverdue(db: Queryable, limit: number): Promise<ApprovalId[]> {
  return db.query(
    'approvals_overdue',
    `SELECT app_id, approval_id FROM approvals
     WHERE status IN ('pending', 'approved') AND expires_at <= clock_timestamp() ORDER BY expires_at LIMIT $1`,
    [limit],
  );
}

/** Executing on a process that is dead, or, for `self`, on this one, which knows best what it is doing. */
export function selectStranded(
  db: Queryable,
  self: string,
  limit: number,
): Promise<(ApprovalId & { readonly executor: string })[]> {
  return db.query(
    'approvals_stranded',
    `SELECT app_id, approval_id, executor FROM approvals AS p
     WHERE status = 'executing' AND (executor = $1 OR NOT EXISTS (
       SELECT FROM audit_writers AS w
       WHERE w.writer = p.executor AND w.heartbeat_at > clock_timestamp() - interval '30 seconds'))
     ORDER BY expires_at LIMIT $2`,
    [self, limit],
  );
}

/** Which of these have ended: for whoever waits and missed the hint. */
export async function selectEnded(db: Queryable, approvalIds: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ approval_id: string }>(
    'approvals_ended',
    `SELECT approval_id FROM approvals
     WHERE approval_id = ANY($1::uuid[]) AND status NOT IN ('pending', 'approved', 'executing')`,
    [approvalIds],
  );
  return rows.map((row) => row.approval_id);
}

/**
 * Deletes what ended, was made before `before` and keeps no bytes any more, with its decisions; some at a time. Answers how
 * many. What stands in the audit log goes its own way.
 */
export async function deleteOldApprovals(db: Queryable, before: Date, limit: number): Promise<number> {
  const rows = await db.query(
    'approvals_old',
    `WITH old AS (
       SELECT app_id, approval_id FROM approvals
       WHERE created_at < $1 AND shred_at <= clock_timestamp()
         AND status IN ('executed', 'failed', 'denied', 'expired', 'cancelled')
       LIMIT $2 FOR UPDATE SKIP LOCKED
     ), decisions AS (
       DELETE FROM approval_decisions d USING old WHERE d.app_id = old.app_id AND d.approval_id = old.approval_id
     ), blobs AS (
       DELETE FROM approval_blobs b USING old WHERE b.app_id = old.app_id AND b.approval_id = old.approval_id
     )
     DELETE FROM approvals p USING old WHERE p.app_id = old.app_id AND p.approval_id = old.approval_id
     RETURNING p.approval_id`,
    [before, limit],
  );
  return rows.length;
}

// Decisions

export async function insertDecision(tx: Queryable, row: DecisionRow): Promise<void> {
  await tx.query(
    'approval_decision_insert',
    `INSERT INTO approval_decisions (app_id, approval_id, member_id, decision, reason, via, decided_at, mac)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [row.app_id, row.approval_id, row.member_id, row.decision, row.reason, row.via, row.decided_at, row.mac],
  );
}

export function selectDecisions(db: Queryable, { app_id, approval_id }: ApprovalId): Promise<DecisionRow[]> {
  return db.query<DecisionRow>(
    'approval_decisions',
    `SELECT app_id, approval_id, member_id, decision, reason, via, decided_at, mac FROM approval_decisions
     WHERE app_id = $1 AND approval_id = $2 ORDER BY decided_at, member_id`,
    [app_id, approval_id],
  );
}

/** Which kinds of events the log, which nobody can take anything out of, holds of a request. */
export async function selectKindsOf(
  tx: Queryable,
  appId: string,
  requestId: string,
  month: string,
): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ kind: string }>(
    'approval_kinds',
    'SELECT kind FROM audit_events WHERE app_id = $1 AND month = $2::date AND request_id = $3',
    [appId, month, requestId],
  );
  return new Set(rows.map((row) => row.kind));
}

// What an approval stands on

/** The app's epoch, which can't change until the transaction ends (I12). */
export async function shareEpoch(tx: Queryable, appId: string): Promise<bigint | undefined> {
  const rows = await tx.query<{ epoch: bigint }>(
    'approval_epoch',
    'SELECT epoch FROM apps WHERE app_id = $1 FOR SHARE',
    [appId],
  );
  return rows[0]?.epoch;
}

/** Members as they are, and stay until the transaction ends. */
export function shareMembers(
  tx: Queryable,
  orgId: string,
  memberIds: readonly string[],
): Promise<MemberRow[]> {
  return tx.query<MemberRow>(
    'approval_members',
    `SELECT ${MEMBER} FROM members
     WHERE org_id = $1 AND member_id = ANY($2::uuid[]) ORDER BY member_id FOR SHARE`,
    [orgId, memberIds],
  );
}
