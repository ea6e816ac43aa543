/** Agents: named workload identities. Deleting one ends its keys, grants and policies with it. */
import type { Draft } from '../access/boundaries.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import { newId } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import { selectAllDeciding, type AgentRow } from '../store/deciding.ts';
import { selectLastUses } from '../store/last-uses.ts';
import { getApp, nameTaken } from './apps.ts';
import { changeEvent } from './events.ts';
import { revokeTree } from './grants.ts';
import { activeGrantsOfAgents, activeKeysOfAgents } from './lives.ts';
import { afterOf, page, pageOf } from './pages.ts';
import type { ApiParts } from './parts.ts';
import { endPoliciesOf, policyChange } from './policy-changes.ts';
import type { Routes } from './routes.ts';

/** Shows agents of one snapshot; what is counted over all of its rows is counted once. */
function agentViewer(snapshot: AppSnapshot, now: number, used: ReadonlyMap<string, Date>) {
  const keys = activeKeysOfAgents(snapshot, now);
  const grants = activeGrantsOfAgents(snapshot, now);
  return (agent: AgentRow) => ({
    agent_id: agent.agent_id,
    name: agent.name,
    display_name: agent.display_name,
    metadata: { ...agent.metadata },
    created_at: agent.created_at.toISOString(),
    last_used_at: used.get(agent.agent_id)?.toISOString() ?? null,
    active_keys: keys.get(agent.agent_id) ?? 0,
    active_grants: grants.get(agent.agent_id) ?? 0,
  });
}

async function getAgent(draft: Draft, agentId: string): Promise<AgentRow> {
  const agent = await draft.get('agents', agentId);
  if (agent === undefined || agent.deleted_at !== null) throw new Refusal('not_found');
  return agent;
}

export function registerAgents(routes: Routes, parts: ApiParts): void {
  const viewsIn = async (snapshot: AppSnapshot, agents: readonly AgentRow[]) => {
    const ids = agents.map((agent) => agent.agent_id);
    const used = await selectLastUses(parts.db, snapshot.appId, 'agent', ids);
    return agentViewer(snapshot, parts.clock.now(), used);
  };
  const viewOne = async (appId: string, agent: AgentRow) => {
    const snapshot = await parts.boundaries.fresh(appId);
    if (snapshot === undefined) throw new Refusal('not_found');
    return (await viewsIn(snapshot, [agent]))(agent);
  };

  routes.route('listAgents', async ({ actor, params, query }) => {
    const app = await getApp(parts, actor, params.app);
    const snapshot = await parts.boundaries.fresh(app.app_id);
    if (snapshot === undefined) throw new Refusal('not_found');
    const live = [...snapshot.all('agents')].filter((agent) => agent.deleted_at === null);
    const rows = pageOf(live, afterOf(query.cursor), query.limit, (agent) => agent.agent_id);
    return page(rows, query.limit, (agent) => agent.agent_id, await viewsIn(snapshot, rows));
  });

  routes.route('getAgent', async ({ actor, params }) => {
    const app = await getApp(parts, actor, params.app);
    const snapshot = await parts.boundaries.fresh(app.app_id);
    const agent = snapshot?.agent(params.agent_id);
    if (snapshot === undefined || agent === undefined || agent.deleted_at !== null)
      throw new Refusal('not_found');
    return (await viewsIn(snapshot, [agent]))(agent);
  });

  routes.route('createAgent', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    const agentId = newId();
    try {
      const row = await parts.boundaries.change(app.app_id, async (draft) => {
        draft.audit(
          changeEvent({ actor, requestId, clock: parts.clock, ip }, 'agent.created', {
            agentId,
            context: { agent: body.name },
          }),
        );
        return draft.insert('agents', {
          agent_id: agentId,
          name: body.name,
          display_name: body.display_name ?? null,
          metadata: body.metadata ?? {},
          created_at: new Date(parts.clock.now()),
          deleted_at: null,
        });
      });
      return await viewOne(app.app_id, row);
    } catch (error) {
      throw nameTaken(error, 'agent');
    }
  });

  routes.route('changeAgent', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    try {
      const row = await parts.boundaries.change(app.app_id, async (draft) => {
        const agent = await getAgent(draft, params.agent_id);
        draft.audit(
          changeEvent({ actor, requestId, clock: parts.clock, ip }, 'agent.updated', {
            agentId: agent.agent_id,
            context: { agent: body.name ?? agent.name },
          }),
        );
        return draft.update('agents', agent, {
          name: body.name ?? agent.name,
          display_name: body.display_name === undefined ? agent.display_name : body.display_name,
          metadata: body.metadata ?? agent.metadata,
        });
      });
      return await viewOne(app.app_id, row);
    } catch (error) {
      throw nameTaken(error, 'agent');
    }
  });

  routes.route('deleteAgent', async ({ actor, params, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    const by = await policyChange(parts, app.app_id, { actor, requestId, clock: parts.clock, ip });
    await parts.boundaries.change(app.app_id, async (draft) => {
      const agent = await getAgent(draft, params.agent_id);
      const now = new Date(parts.clock.now());
      await draft.update('agents', agent, { deleted_at: now });
      for (const { key_id, agent_id } of await selectAllDeciding(draft.tx, 'api_keys', draft.appId)) {
        if (agent_id !== agent.agent_id) continue;
        const key = await draft.get('api_keys', key_id);
        if (key !== undefined && key.revoked_at === null)
          await draft.update('api_keys', key, { revoked_at: now });
      }
      const grants = await revokeTree(
        draft,
        now,
        'agent deleted',
        (grant) => grant.principal_type === 'agent' && grant.principal_id === agent.agent_id,
      );
      await endPoliciesOf(draft, by, { agentId: agent.agent_id, grants }, { with_its_agent: agent.agent_id });
      draft.audit(
        changeEvent(by.change, 'agent.deleted', { agentId: agent.agent_id, context: { agent: agent.name } }),
      );
    });
    return undefined;
  });
}
