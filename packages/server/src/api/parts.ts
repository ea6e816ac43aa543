/** What the control plane is made of, put together by the composition root; types only. */
import type { KeyObject } from 'node:crypto';
import type { Role } from '@alter-vault/contract';
import type { Caller as KeyHolder } from '../access/authenticate.ts';
import type { Boundaries } from '../access/boundaries.ts';
import type { Organizations } from '../access/organizations.ts';
import type { Clock } from '../access/clock.ts';
import type { Limits } from '../access/limits/limits.ts';
import type { Approvals } from '../approvals/approvals.ts';
import type { Waiters } from '../approvals/waiters.ts';
import type { AuditTail } from '../audit/tail.ts';
import type { UsageCounter } from '../audit/usage/count.ts';
import type { AuditWriter } from '../audit/writer.ts';
import type { CompiledInjection } from '../injection/rules.ts';
import type { Log } from '../log.ts';
import type { FailedSignIns } from '../people/failed-sign-ins.ts';
import type { Deliverer } from '../notify/deliverer.ts';
import type { MemberMail } from '../notify/member-mail.ts';
import type { SsoProvider } from '../oidc/provider.ts';
import type { Database } from '../store/database.ts';
import type { SecretRow } from '../store/deciding.ts';
import type { Keyring } from '../vault/keyring.ts';
import type { AuditLog } from '../audit/log.ts';
import type { DetailFilter } from '../audit/retention.ts';
import type { TestCallBy, TestResult } from '../path/test-call.ts';
import type { KeyringAdmin } from './keyring-admin.ts';
import type { Health } from './health.ts';
import type { Outcome } from '../notify/outgoing.ts';
import type { VaultFacts } from '../vault-facts.ts';
import type { Streams } from './streams.ts';

export interface ApiParts {
  readonly db: Database;
  /** For what reads much of the log at once: patient, and few connections. */
  readonly reports: Database;
  readonly boundaries: Boundaries;
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly usage: UsageCounter;
  readonly audit: AuditWriter;
  readonly auditLog: AuditLog;
  readonly auditTail: AuditTail;
  readonly streams: Streams;
  readonly keyring: () => Keyring;
  readonly macKey: () => KeyObject;
  readonly pepper: () => KeyObject;
  readonly keyringAdmin: KeyringAdmin;
  readonly approvals: Approvals;
  readonly waiters: Waiters;
  readonly approvalUrl: (approvalId: string) => string;
  readonly injectionOf: (secret: SecretRow) => CompiledInjection;
  /** The holder of the API key that a request came with. @throws Refusal `unauthenticated` */
  readonly authenticateKey: (request: {
    readonly headers: { readonly authorization?: string | undefined };
    readonly ip: string;
  }) => KeyHolder | Promise<KeyHolder>;
  readonly testCall: (appId: string, secretId: string, by: TestCallBy) => Promise<TestResult>;
  /** Erases details of audit events, in the owner role. */
  readonly erase: (appId: string, filter: DetailFilter) => Promise<number>;
  readonly failedSignIns: FailedSignIns;
  readonly deliverer: Pick<Deliverer, 'test'>;
  /** Whether there is one to send e-mail through. */
  readonly hasMailServer: boolean;
  /** One attempt to send a test mail there. */
  readonly sendTestMail: (to: string) => Promise<Outcome>;
  readonly facts: VaultFacts;
  /** How long the audit log is kept by default, and at least, as the operator says. */
  readonly retentionMonthsMin: number | undefined;
  readonly memberMail: MemberMail;
  /** Undefined: no single sign-on. */
  readonly sso: SsoProvider | undefined;
  /** Who becomes a member by it without an invitation, and as what. */
  readonly ssoProvisioning: { readonly domains: readonly string[]; readonly role: Role };
  readonly health: Health;
  /** Origin in links and cookies. */
  readonly publicUrl: () => string;
  readonly log: Log;
}
