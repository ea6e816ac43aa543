/** What the data path is made of, put together by the composition root; types only. */
import type { CallMode } from '@alter-vault/contract';
import type { Authenticator } from '../access/authenticate.ts';
import type { HostsOf } from '../access/authorize.ts';
import type { TurnedAwayLog } from '../access/turned-away.ts';
import type { Boundaries } from '../access/boundaries.ts';
import type { Clock } from '../access/clock.ts';
import type { Limits } from '../access/limits/limits.ts';
import type { Approvals } from '../approvals/approvals.ts';
import type { JsonObject } from '../audit/context.ts';
import type { AuditWriter } from '../audit/writer.ts';
import type { Egress } from '../egress/egress.ts';
import type { CompiledInjection } from '../injection/rules.ts';
import type { Slots } from '../injection/slots.ts';
import type { Log } from '../log.ts';
import type { Queryable } from '../store/database.ts';
import type { SecretRow } from '../store/deciding.ts';
import type { Credentials } from './credentials.ts';
import type { EchoWatch } from './echo-watch.ts';
import type { LastUses } from './last-uses.ts';
import type { OpenCalls } from './open-calls.ts';
import type { Roles } from './roles.ts';
import type { Target } from './target.ts';

/** Milliseconds; a body or a stream has no deadline on its whole. */
export interface Deadlines {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
}

export interface PathSettings {
  readonly deadlines: Deadlines;
  readonly heldBodyBytesMax: number;
  readonly callsMax: number;
  readonly responseBytesMax: number | undefined;
}

export interface PathParts {
  readonly authenticator: Authenticator;
  readonly turnedAway: TurnedAwayLog;
  readonly boundaries: Boundaries;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly db: Queryable;
  readonly audit: AuditWriter;
  readonly credentials: Credentials;
  readonly roles: Roles;
  readonly hostsOf: HostsOf;
  readonly injectionOf: (secret: SecretRow) => CompiledInjection;
  readonly slots: Slots;
  readonly egress: Egress;
  readonly echoWatch: EchoWatch;
  readonly openCalls: OpenCalls;
  readonly lastUses: LastUses;
  readonly approvals: Approvals;
  /** Where people look at a held call. */
  readonly approvalUrl: (approvalId: string) => string;
  readonly settings: PathSettings;
  readonly log: Log;
}

/** A call as its door understood it: the one canonical request that policy, signature, wire and audit see (lesson 2). */
export interface CallRequest {
  readonly mode: CallMode;
  readonly grantId: string;
  readonly method: string;
  readonly target: Target;
  /** Flat, as they will be forwarded, before injection. */
  readonly headers: readonly string[];
  readonly reason: string | null;
  readonly context: JsonObject | null;
  readonly caller: string | null;
  /** For how long a URL is to work by itself; undefined for a call of the client's own. */
  readonly presignSeconds?: number | undefined;
}
