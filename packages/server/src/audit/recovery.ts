/**
 * Calls without an outcome: heartbeats of writers, closing what dead writers left, closing releases whose client never told,
 * and taking the outcomes that clients tell (F1, WIRE §8).
 * Must never close a call that may still get its outcome from a living writer.
 */
import { Refusal } from '../refusal.ts';
import { UniqueViolation, type Queryable } from '../store/database.ts';
import { EMPTY_EVENT, type AuditEvent } from './event.ts';
import { EVENT_COLUMNS, toItem, type EventRow } from './search.ts';
import { lowestIdAt, monthOf } from './uuid.ts';
import type { AuditWriter } from './writer.ts';

export const HEARTBEAT_MS = 10_000;
/** An outcome of request mode is taken this long. */
const OUTCOME_MINUTES = 15;
/** Clocks of servers differ; a group's id carries its server's clock. */
const SKEW_MS = 5 * 60_000;
const CLOSED_PER_RUN = 1_000;
/** As long as a call waits for its event. */
const OUTCOME_WRITE_MS = 2_000;
export const OUTCOME_UNKNOWN = 'outcome_unknown';

export interface ReportedOutcome {
  readonly requestId: string;
  readonly statusCode?: number | undefined;
  /** Present when no answer came; its text is the client's word and is not kept. */
  readonly error?: string | undefined;
  readonly latencyMs: number;
  readonly bytesIn?: number | undefined;
  readonly bytesOut?: number | undefined;
}

/** Tells the others that this writer lives, and how far back its calls without outcome reach. Before its first call, then every 10 s. */
export async function beat(db: Queryable, writer: AuditWriter): Promise<void> {
  await db.query('audit.beat', BEAT_SQL, [writer.writerId, writer.lowWater()]);
}

/** Closes, as unknown, the calls of writers without a heartbeat for 30 s. Answers how many. Any server may do it, at any time. */
export async function closeDeadWriters(db: Queryable, writer: AuditWriter): Promise<number> {
  const dead = await db.query<{ writer: string; low_water: Date }>('audit.dead_writers', DEAD_SQL, []);
  let closed = 0;
  for (const { writer: id, low_water: lowWater } of dead) {
    const from = lowestIdAt(lowWater.getTime() - SKEW_MS);
    const open = await db.query<EventRow>('audit.open_of', OPEN_OF_SQL, [id, from, CLOSED_PER_RUN]);
    closed += await closeAll(writer, open);
    if (open.length < CLOSED_PER_RUN) await db.query('audit.bury', BURY_SQL, [id]);
  }
  return closed;
}

/** Closes, as unknown, releases of request mode whose outcome nobody told in time. Answers how many. */
export async function closeSilentReleases(db: Queryable, writer: AuditWriter): Promise<number> {
  const [window] = await db.query<{ since: Date; until: Date }>('audit.sweep_window', WINDOW_SQL, [
    OUTCOME_MINUTES,
  ]);
  if (!window || window.until <= window.since) return 0;
  const bounds = [lowestIdAt(window.since.getTime() - SKEW_MS), lowestIdAt(window.until.getTime() + SKEW_MS)];
  const open = await db.query<EventRow>('audit.silent', SILENT_SQL, [
    ...bounds,
    OUTCOME_MINUTES,
    CLOSED_PER_RUN,
  ]);
  const closed = await closeAll(writer, open);
  if (open.length < CLOSED_PER_RUN) await db.query('audit.swept', SWEPT_SQL, [window.until]);
  return closed;
}

/**
 * Takes what a client tells about its releases: once each, from the key that released, within 15 minutes. The rest is ignored.
 * @throws Refusal `audit_unavailable` when one could not be written in time: it may be told again
 */
export async function takeOutcomes(
  db: Queryable,
  writer: AuditWriter,
  key: { readonly appId: string; readonly keyId: string },
  outcomes: readonly ReportedOutcome[],
): Promise<number> {
  const byRequest = new Map(outcomes.map((outcome) => [outcome.requestId, outcome]));
  const ids = [...byRequest.keys()];
  const months = [...new Set(ids.map(monthOf))];
  const values = [key.appId, key.keyId, ids, months, OUTCOME_MINUTES];
  const released = await db.query<EventRow>('audit.released', RELEASED_SQL, values);
  const taken = released.map(async (row) => {
    const outcome = byRequest.get(row.request_id);
    if (!outcome) return false;
    return recordOnce(writer, {
      ...completionOf(row),
      code: codeOfReported(outcome.error),
      statusCode: outcome.statusCode ?? null,
      latencyMs: outcome.latencyMs,
      bytesIn: outcome.bytesIn ?? null,
      bytesOut: outcome.bytesOut ?? null,
      flags: ['reported_by_client'],
    });
  });
  return (await within(OUTCOME_WRITE_MS, Promise.all(taken))).filter(Boolean).length;
}

/** What a client says is its own word: of what it may say, the codes of failed calls are kept. */
const REPORTED_CODES: ReadonlySet<string> = new Set([
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_too_large',
]);

function codeOfReported(error: string | undefined): string | null {
  if (error === undefined) return null;
  return REPORTED_CODES.has(error) ? error : 'upstream_unreachable';
}

async function closeAll(writer: AuditWriter, open: readonly EventRow[]): Promise<number> {
  const closed = open.map((row) => recordOnce(writer, { ...completionOf(row), flags: [OUTCOME_UNKNOWN] }));
  return (await Promise.all(closed)).filter(Boolean).length;
}

/**
 * False when the call has its outcome: another server may have closed the same a moment before, and the table takes one for
 * each. @throws Refusal when it could not be written
 */
async function recordOnce(writer: AuditWriter, event: AuditEvent): Promise<boolean> {
  try {
    await writer.record(event);
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.cause instanceof UniqueViolation) return false;
    throw error;
  }
}

/** The writer keeps an outcome until the database is back; whoever told it is not kept waiting for that. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Refusal('audit_unavailable', { detail: 'outcomes wait' })), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The outcome of a call repeats what was called. */
function completionOf(row: EventRow): AuditEvent {
  return {
    ...EMPTY_EVENT,
    appId: row.app_id,
    requestId: row.request_id,
    ordinal: Math.min(row.ordinal + 1, 15),
    kind: 'call.completed',
    at: new Date(),
    actor: {
      keyId: row.key_id,
      keyPrefix: row.key_prefix,
      agentId: row.agent_id,
      memberId: row.member_id,
      caller: row.caller,
      ip: row.ip,
    },
    grantId: row.grant_id,
    secretId: row.secret_id,
    provider: row.provider,
    mode: row.mode,
    method: row.method,
    url: toItem(row).url,
    reason: row.reason,
    context: row.context,
    approvalId: row.approval_id,
  };
}

const BEAT_SQL = `
INSERT INTO audit_writers (writer, low_water) VALUES ($1, $2)
ON CONFLICT (writer) DO UPDATE SET heartbeat_at = clock_timestamp(), low_water = excluded.low_water`;
const DEAD_SQL = `
SELECT writer, low_water FROM audit_writers WHERE heartbeat_at < clock_timestamp() - interval '30 seconds' ORDER BY heartbeat_at LIMIT 20`;
const BURY_SQL = `DELETE FROM audit_writers WHERE writer = $1 AND heartbeat_at < clock_timestamp() - interval '30 seconds'`;
const WITHOUT_OUTCOME = `
e.kind = 'call.authorized' AND NOT EXISTS (
  SELECT FROM audit_events AS c
  WHERE c.app_id = e.app_id AND c.month = e.month AND c.request_id = e.request_id AND c.kind = 'call.completed')`;
const OPEN_OF_SQL = `
SELECT ${EVENT_COLUMNS} FROM audit_groups AS g CROSS JOIN unnest(g.app_ids) AS a (app_id)
JOIN audit_events AS e ON e.app_id = a.app_id AND e.group_id = g.group_id
WHERE g.writer = $1 AND g.group_id >= $2 AND e.mode IS DISTINCT FROM 'request' AND ${WITHOUT_OUTCOME} LIMIT $3`;
const WINDOW_SQL = `
SELECT swept_until AS since, clock_timestamp() - make_interval(mins => $1::int) AS until FROM audit_sweep`;
const SILENT_SQL = `
SELECT ${EVENT_COLUMNS} FROM audit_groups AS g CROSS JOIN unnest(g.app_ids) AS a (app_id)
JOIN audit_events AS e ON e.app_id = a.app_id AND e.group_id = g.group_id
WHERE g.has_release AND g.group_id >= $1 AND g.group_id < $2 AND e.mode = 'request'
  AND e.at < clock_timestamp() - make_interval(mins => $3::int) AND ${WITHOUT_OUTCOME} LIMIT $4`;
const SWEPT_SQL = 'UPDATE audit_sweep SET swept_until = greatest(swept_until, $1)';
const RELEASED_SQL = `
SELECT ${EVENT_COLUMNS} FROM audit_events AS e JOIN audit_groups AS g USING (group_id)
WHERE e.app_id = $1 AND e.key_id = $2 AND e.request_id = ANY($3::uuid[]) AND e.month = ANY($4::date[]) AND e.mode = 'request'
  AND e.at > clock_timestamp() - make_interval(mins => $5::int) AND ${WITHOUT_OUTCOME}`;
