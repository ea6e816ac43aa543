/**
 * Policies: made, listed, changed, deleted. A policy restricts the calls of the app, a secret, a grant (with its clones) or
 * an agent, and ends with what it applies to. Every change is a change of deciding rows: no call is decided under what
 * was before (I12).
 */
import type { schemas } from '@alter-vault/contract';
import type { z } from 'zod';
import type { Draft } from '../access/boundaries.ts';
import { isExpired } from '../access/authorize.ts';
import { ruleWarnings } from '../access/policies/rules.ts';
import { Refusal } from '../refusal.ts';
import type { PolicyRow } from '../store/deciding.ts';
import { getApp, nameTaken } from './apps.ts';
import type { Change } from './events.ts';
import { afterOf, page, pageOf } from './pages.ts';
import type { ApiParts } from './parts.ts';
import {
  endPolicy,
  insertPolicy,
  noteChange,
  policyChange,
  readAppliesTo,
  type AppliesTo,
  type PolicyChange,
} from './policy-changes.ts';
import { parseRule } from './policy-rules.ts';
import type { Routes } from './routes.ts';

type AppliesToOut = z.input<typeof schemas.appliesTo>;

const viewAppliesTo = ({ applies_to_type: type, applies_to_id: id }: AppliesTo): AppliesToOut => {
  if (type === 'app' || id === null) return { app: true };
  if (type === 'secret') return { secret_id: id };
  return type === 'grant' ? { grant_id: id } : { agent_id: id };
};

export const viewPolicy = (policy: PolicyRow) => ({
  policy_id: policy.policy_id,
  name: policy.name,
  applies_to: viewAppliesTo(policy),
  mode: policy.mode,
  rule: policy.rule,
  created_at: policy.created_at.toISOString(),
  updated_at: policy.updated_at.toISOString(),
  warnings: ruleWarnings(policy.rule),
});

async function getLivePolicy(draft: Draft, policyId: string): Promise<PolicyRow> {
  const policy = await draft.get('policies', policyId);
  if (policy === undefined || policy.deleted_at !== null) throw new Refusal('not_found');
  return policy;
}

/** What was written on top of another version would undo it unseen. @throws Refusal `conflict` */
function checkUnchanged(policy: PolicyRow, seen: string | undefined): void {
  if (seen === undefined || Date.parse(seen) === policy.updated_at.getTime()) return;
  throw new Refusal('conflict', {
    message: 'Somebody changed the policy meanwhile.',
    hint: 'Read it again, and decide which rule is meant.',
  });
}

/** Absent, over and in another app answer alike (I9). @throws Refusal `invalid_request` */
async function checkLive(draft: Draft, to: AppliesTo, now: number): Promise<void> {
  const { applies_to_type: type, applies_to_id: id } = to;
  if (type === 'app' || id === null || (await isLive(draft, type, id, now))) return;
  throw new Refusal('invalid_request', {
    issues: [{ path: `applies_to.${type}_id`, message: `must name a live ${type} of this app` }],
  });
}

async function isLive(
  draft: Draft,
  type: 'secret' | 'grant' | 'agent',
  id: string,
  now: number,
): Promise<boolean> {
  if (type === 'agent') return (await draft.get('agents', id))?.deleted_at === null;
  if (type === 'secret') return (await draft.get('secrets', id))?.deleted_at === null;
  const grant = await draft.get('grants', id);
  return grant !== undefined && grant.revoked_at === null && !isExpired(grant, now);
}

export function registerPolicies(routes: Routes, parts: ApiParts): void {
  const by = (appId: string, call: Omit<Change, 'clock'>): Promise<PolicyChange> =>
    policyChange(parts, appId, {
      actor: call.actor,
      requestId: call.requestId,
      clock: parts.clock,
      ip: call.ip,
    });

  routes.route('listPolicies', async ({ actor, params, query }) => {
    const app = await getApp(parts, actor, params.app);
    const snapshot = await parts.boundaries.fresh(app.app_id);
    const isWanted = ({ applies_to_type: type, applies_to_id: id, deleted_at, mode }: PolicyRow): boolean =>
      deleted_at === null &&
      (query.mode === undefined || mode === query.mode) &&
      (query.secret_id === undefined || (type === 'secret' && id === query.secret_id)) &&
      (query.grant_id === undefined || (type === 'grant' && id === query.grant_id)) &&
      (query.agent_id === undefined || (type === 'agent' && id === query.agent_id));
    const idOf = (policy: PolicyRow): string => policy.policy_id;
    const found = [...(snapshot?.all('policies') ?? [])].filter(isWanted);
    return page(pageOf(found, afterOf(query.cursor), query.limit, idOf), query.limit, idOf, viewPolicy);
  });

  routes.route('getPolicy', async ({ actor, params }) => {
    const app = await getApp(parts, actor, params.app);
    const policy = (await parts.boundaries.fresh(app.app_id))?.policy(params.policy_id);
    if (policy === undefined || policy.deleted_at !== null) throw new Refusal('not_found');
    return viewPolicy(policy);
  });

  routes.route('createPolicy', async (call) => {
    const { actor, params, body } = call;
    const app = await getApp(parts, actor, params.app);
    const rule = await parseRule(parts.db, actor.orgId, body.rule, 'rule');
    const to = readAppliesTo(body.applies_to);
    const change = await by(app.app_id, call);
    try {
      const row = await parts.boundaries.change(app.app_id, async (draft) => {
        await checkLive(draft, to, parts.clock.now());
        return insertPolicy(draft, change, to, { name: body.name, mode: body.mode, rule });
      });
      return viewPolicy(row);
    } catch (error) {
      throw nameTaken(error, 'policy');
    }
  });

  routes.route('changePolicy', async (call) => {
    const { actor, params, body } = call;
    const app = await getApp(parts, actor, params.app);
    const rule =
      body.rule === undefined ? undefined : await parseRule(parts.db, actor.orgId, body.rule, 'rule');
    const change = await by(app.app_id, call);
    try {
      const row = await parts.boundaries.change(app.app_id, async (draft) => {
        const before = await getLivePolicy(draft, params.policy_id);
        checkUnchanged(before, body.if_updated_at);
        const after = await draft.update('policies', before, {
          name: body.name ?? before.name,
          mode: body.mode ?? before.mode,
          rule: rule ?? before.rule,
          updated_at: new Date(parts.clock.now()),
        });
        noteChange(draft, change, 'policy.updated', after, {
          ...(before.name === after.name ? {} : { name_before: before.name }),
          ...(before.mode === after.mode ? {} : { mode_before: before.mode }),
        });
        return after;
      });
      return viewPolicy(row);
    } catch (error) {
      throw nameTaken(error, 'policy');
    }
  });

  routes.route('deletePolicy', async (call) => {
    const app = await getApp(parts, call.actor, call.params.app);
    const change = await by(app.app_id, call);
    await parts.boundaries.change(app.app_id, async (draft) => {
      await endPolicy(draft, change, await getLivePolicy(draft, call.params.policy_id));
    });
    return undefined;
  });
}
