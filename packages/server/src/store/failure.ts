/**
 * What an error of the driver means: the database can't be reached or won't answer (`unavailable`), the attempt may be
 * made again, a unique constraint stood in the way, or a fault of ours. Looks at codes; never at data.
 */
import { DatabaseError } from 'pg';
import { Refusal } from '../refusal.ts';

/** A unique constraint refused the row. Which one tells the caller of the store what name was taken. */
export class UniqueViolation extends Error {
  readonly constraint: string;

  constructor(constraint: string, cause: unknown) {
    // The server's message and detail hold the values; only the constraint's name is kept in the text (I8).
    super(`unique constraint ${constraint}`, { cause });
    this.name = 'UniqueViolation';
    this.constraint = constraint;
  }
}

/** Something that decides has changed since a decision that was to be committed: `audit_stale()` refused it. */
export class StaleEpoch extends Error {
  constructor(cause: unknown) {
    super('the epoch has changed', { cause });
    this.name = 'StaleEpoch';
  }
}

const UNIQUE_VIOLATION = '23505';
/** Of `audit_stale()`, in migration 0020. */
const STALE_EPOCH = 'AV001';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const FEATURE_NOT_SUPPORTED = '0A000';

/** Classes of SQLSTATE that say "not now": connection, insufficient resources, operator intervention, system error. */
const UNAVAILABLE_CLASSES = new Set(['08', '28', '53', '57', '58']);
const UNAVAILABLE_STATES = new Set([
  '3D000', // the database is gone
  '25006', // failed over to a replica that only reads
  '25P03', // idle in transaction for too long
  '55P03', // lock_timeout
  'XX000',
  'XX001', // data corrupted: never serve from it
  'XX002',
]);

/** The driver reports its own troubles as plain errors with these sentences, or with the code of a system call. */
const DRIVER_TROUBLE =
  /^(Connection terminated|Query read timeout|timeout e(xceeded|xpired)|Client has encountered|Client was closed|The server does not support SSL|Cannot use a pool after)/;
const SYSTEM_CALL = /^(E[A-Z]{2,}|ERR_(TLS|SSL|SOCKET|STREAM)_\w+|CERT_\w+|\w+_CERT\w*)$/;

function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}

/** The connection is of no use any more, whatever becomes of the error: it must be destroyed, not given back. */
export function breaksConnection(thrown: unknown): boolean {
  if (thrown instanceof UniqueViolation) return false;
  if (!(thrown instanceof DatabaseError)) return true;
  return codeOf(thrown).startsWith('57P') || codeOf(thrown).startsWith('08') || isStalePlan(thrown);
}

/** A migration changed a table under a prepared statement of this connection. */
export function isStalePlan(thrown: unknown): boolean {
  return (
    thrown instanceof DatabaseError &&
    thrown.code === FEATURE_NOT_SUPPORTED &&
    thrown.message.startsWith('cached plan')
  );
}

/** The whole transaction may be run again: it has left nothing behind. */
export function isRetryable(thrown: unknown): boolean {
  if (!(thrown instanceof DatabaseError)) return false;
  return thrown.code === SERIALIZATION_FAILURE || thrown.code === DEADLOCK || isStalePlan(thrown);
}

const QUERY_CANCELED = '57014';

/** A query took longer than its time, as the server or the driver reports it. */
export function isOutOfTime(thrown: unknown): boolean {
  if (thrown instanceof DatabaseError) return thrown.code === QUERY_CANCELED;
  return thrown instanceof Error && thrown.message.startsWith('Query read timeout');
}

function isUnavailable(thrown: unknown): boolean {
  const code = codeOf(thrown);
  if (thrown instanceof DatabaseError) {
    return UNAVAILABLE_CLASSES.has(code.slice(0, 2)) || UNAVAILABLE_STATES.has(code) || isRetryable(thrown);
  }
  if (thrown instanceof AggregateError) return thrown.errors.every(isUnavailable);
  return thrown instanceof Error && (SYSTEM_CALL.test(code) || DRIVER_TROUBLE.test(thrown.message));
}

/** An error of the driver, in the words of the server; what is none of its kinds is handed back as it came. */
export function toStoreError(thrown: unknown): unknown {
  if (thrown instanceof DatabaseError && thrown.code === UNIQUE_VIOLATION) {
    return new UniqueViolation(thrown.constraint ?? '', thrown);
  }
  if (thrown instanceof DatabaseError && thrown.code === STALE_EPOCH) return new StaleEpoch(thrown);
  if (isUnavailable(thrown)) return new Refusal('unavailable', { cause: thrown });
  return thrown;
}
