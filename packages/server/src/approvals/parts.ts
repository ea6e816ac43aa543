/** What approvals are made of, put together by the composition root; types only. */
import type { KeyObject } from 'node:crypto';
import type { Boundaries } from '../access/boundaries.ts';
import type { KeyringHolder } from '../access/keyring-holder.ts';
import type { Organizations } from '../access/organizations.ts';
import type { AuditWriter } from '../audit/writer.ts';
import type { Log } from '../log.ts';
import type { Outbox } from '../notify/outbox.ts';
import type { Database } from '../store/database.ts';

export interface ApprovalParts {
  readonly db: Database;
  readonly keyring: KeyringHolder;
  readonly macKey: () => KeyObject;
  readonly audit: AuditWriter;
  readonly boundaries: Boundaries;
  readonly organizations: Organizations;
  readonly outbox: Outbox;
  readonly approvalUrl: (approvalId: string) => string;
  /** How long request and result are kept once the call has ended. */
  readonly keepMs: number;
  readonly log: Log;
}
