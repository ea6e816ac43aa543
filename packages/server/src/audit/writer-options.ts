/** What an audit writer is made with. */
import type { KeyObject } from 'node:crypto';

export interface AuditFault {
  readonly what: string;
  readonly events: number;
  /** Of the call whose outcome is lost. */
  readonly request_id?: string;
  readonly cause: unknown;
}

export interface AuditWriterOptions {
  /** Out of `deriveGroupKey(signingKey)` (log.ts). */
  readonly groupKey: KeyObject;
  /** Made up unless given; one per process. */
  readonly writerId?: string;
  /** Called after each commit, so that the log is integrated soon. */
  readonly onCommitted?: () => void;
  /** For the server's log: an event could not be written. Called once per failed attempt, with no content of events. */
  readonly onFault?: (fault: AuditFault) => void;
  /** Calls that may wait for their commit. */
  readonly waitingMax?: number;
  /** Outcomes that may wait in memory while the database is away. */
  readonly outcomesMax?: number;
  /** How long a call waits for its commit. */
  readonly deadlineMs?: number;
  /** Commits of this writer at the same time. */
  readonly lanes?: number;
}
