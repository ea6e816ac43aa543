/**
 * Changes of policies inside a change of their app, each with its event: whoever makes, ends or brings along policies goes
 * through here. Must never write a rule down without taking credentials out of it.
 */
import type { PolicyMode, PolicyRule, schemas } from '@alter-vault/contract';
import type { z } from 'zod';
import type { Draft } from '../access/boundaries.ts';
import type { JsonObject } from '../audit/context.ts';
import { newId } from '../ids.ts';
import { selectAllDeciding, type GrantRow, type PolicyRow } from '../store/deciding.ts';
import type { FingerprintIndex } from '../vault/fingerprint.ts';
import { changeEvent, type Change } from './events.ts';
import type { ApiParts } from './parts.ts';
import { auditedRule } from './policy-rules.ts';

export type AppliesTo = Pick<PolicyRow, 'applies_to_type' | 'applies_to_id'>;

type AppliesToIn = z.output<typeof schemas.appliesToIn>;

export function readAppliesTo(appliesTo: AppliesToIn): AppliesTo {
  if ('secret_id' in appliesTo) return { applies_to_type: 'secret', applies_to_id: appliesTo.secret_id };
  if ('grant_id' in appliesTo) return { applies_to_type: 'grant', applies_to_id: appliesTo.grant_id };
  if ('agent_id' in appliesTo) return { applies_to_type: 'agent', applies_to_id: appliesTo.agent_id };
  return { applies_to_type: 'app', applies_to_id: null };
}

/** What a change of policies says of itself in the log. */
export interface PolicyChange {
  readonly change: Change;
  readonly fingerprints: FingerprintIndex | undefined;
}

export async function policyChange(
  parts: Pick<ApiParts, 'boundaries'>,
  appId: string,
  change: Change,
): Promise<PolicyChange> {
  return { change, fingerprints: (await parts.boundaries.find(appId))?.fingerprints };
}

export interface NewPolicy {
  readonly name: string;
  readonly mode: PolicyMode;
  readonly rule: PolicyRule;
}

/** Inside a change of the app, with its event. What it applies to was checked. */
export async function insertPolicy(
  draft: Draft,
  by: PolicyChange,
  to: AppliesTo,
  policy: NewPolicy,
): Promise<PolicyRow> {
  const now = new Date(by.change.clock.now());
  const row = await draft.insert('policies', {
    policy_id: newId(),
    ...to,
    ...policy,
    created_by: by.change.actor?.memberId ?? null,
    created_at: now,
    updated_at: now,
    deleted_at: null,
  });
  noteChange(draft, by, 'policy.created', row);
  return row;
}

export async function endPolicy(
  draft: Draft,
  by: PolicyChange,
  policy: PolicyRow,
  why: JsonObject = {},
): Promise<void> {
  noteChange(draft, by, 'policy.deleted', policy, why);
  await draft.update('policies', policy, { deleted_at: new Date(by.change.clock.now()) });
}

/** What goes; `grants` are those that were revoked with it. */
export interface Ended {
  readonly secretId?: string;
  readonly agentId?: string;
  readonly grants: readonly GrantRow[];
}

/** The live policies of what goes end with it: they could never apply again. `why` stands in the event of each. */
export async function endPoliciesOf(
  draft: Draft,
  by: PolicyChange,
  { secretId, agentId, grants }: Ended,
  why: JsonObject,
): Promise<void> {
  const ids = new Set([secretId, agentId, ...grants.map((grant) => grant.grant_id)]);
  for (const found of await selectAllDeciding(draft.tx, 'policies', draft.appId)) {
    if (found.deleted_at !== null || found.applies_to_id === null || !ids.has(found.applies_to_id)) continue;
    const policy = await draft.get('policies', found.policy_id);
    if (policy !== undefined) await endPolicy(draft, by, policy, why);
  }
}

type PolicyEvent = 'policy.created' | 'policy.updated' | 'policy.deleted';

export function noteChange(
  draft: Draft,
  { change, fingerprints }: PolicyChange,
  kind: PolicyEvent,
  policy: PolicyRow,
  more: JsonObject = {},
): void {
  const { applies_to_type: type, applies_to_id: id } = policy;
  draft.audit(
    changeEvent(change, kind, {
      policyId: policy.policy_id,
      ...(type === 'grant' ? { grantId: id } : {}),
      ...(type === 'secret' ? { secretId: id } : {}),
      ...(type === 'agent' && id !== null ? { agentId: id } : {}),
      context: {
        policy: policy.name,
        applies_to: id === null ? type : `${type}:${id}`,
        mode: policy.mode,
        rule: auditedRule(policy.rule, fingerprints),
        ...more,
      },
    }),
  );
}
