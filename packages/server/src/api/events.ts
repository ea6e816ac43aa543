/** Audit events of the control plane. Their context says what was changed by name, never a value. */
import type { Actor } from '../access/people.ts';
import type { JsonObject } from '../audit/context.ts';
import { EMPTY_EVENT, NO_ACTOR, type AuditEvent, type AuditKind } from '../audit/event.ts';
import type { Clock } from '../access/clock.ts';
import { findHomeApp } from '../store/apps.ts';
import type { Queryable } from '../store/database.ts';
import type { ApiParts } from './parts.ts';

export interface Change {
  readonly actor: Actor | undefined;
  readonly requestId: string;
  readonly clock: Clock;
  /** Null for what the vault does by itself. */
  readonly ip: string | null;
}

export type About = Partial<
  Pick<
    AuditEvent,
    'grantId' | 'secretId' | 'policyId' | 'provider' | 'reason' | 'decision' | 'code' | 'flags'
  >
> & {
  readonly context?: JsonObject;
  readonly memberId?: string;
  readonly keyId?: string;
  readonly agentId?: string;
};

/** `appId`, `ordinal` and `epoch` are filled in where the event joins its transaction. */
export function changeEvent<Kind extends AuditKind>(
  change: Change,
  kind: Kind,
  about: About = {},
): AuditEvent & { readonly kind: Kind } {
  const { memberId, keyId, agentId, ...rest } = about;
  return {
    ...EMPTY_EVENT,
    ...rest,
    appId: '',
    requestId: change.requestId,
    ordinal: 0,
    kind,
    at: new Date(change.clock.now()),
    actor: {
      ...NO_ACTOR,
      memberId: change.actor?.memberId ?? memberId ?? null,
      keyId: keyId ?? null,
      agentId: agentId ?? null,
      ip: change.ip,
    },
  };
}

/** Events about people, who belong to no app: they stand in the organization's first one. */
export async function appendForPeople(
  parts: Pick<ApiParts, 'audit'>,
  tx: Queryable,
  orgId: string,
  ...events: AuditEvent[]
): Promise<void> {
  const appId = (await findHomeApp(tx, orgId)) ?? orgId;
  await parts.audit.appendInTransaction(
    tx,
    events.map((event, ordinal) => ({ ...event, appId, ordinal })),
  );
}
