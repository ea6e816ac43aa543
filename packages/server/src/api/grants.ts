/** Grants and their clones: made, listed, revoked. A clone never outlives or outranks its source. */
import type { schemas } from '@alter-vault/contract';
import type { z } from 'zod';
import type { Draft } from '../access/boundaries.ts';
import { isExpired } from '../access/authorize.ts';
import { isUuid, newId } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import { selectAllDeciding, selectPolicyNames, type GrantRow, type SecretRow } from '../store/deciding.ts';
import { selectLastUses } from '../store/last-uses.ts';
import { getApp, getAppOfGrant } from './apps.ts';
import { changeEvent } from './events.ts';
import { grantViewer, lineOf, treePage } from './grant-views.ts';
import { stateOf } from './lives.ts';
import { afterOf, page, pageOf } from './pages.ts';
import type { ApiParts } from './parts.ts';
import {
  endPoliciesOf,
  insertPolicy,
  policyChange,
  type NewPolicy,
  type PolicyChange,
} from './policy-changes.ts';
import { parseRule } from './policy-rules.ts';
import type { Routes } from './routes.ts';
import { parseExpiry } from './times.ts';
import { unusedFor } from './unused.ts';

type GrantIn = z.output<typeof schemas.grantCreate>;
const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** A first grant, for the app itself. */
export function newGrant(secretId: string, createdBy: string, now: number) {
  return {
    grant_id: newId(),
    secret_id: secretId,
    cloned_from: null,
    principal_type: 'system' as const,
    principal_id: null,
    label: null,
    expires_at: null,
    revoked_at: null,
    revoke_reason: null,
    created_by: createdBy,
    created_at: new Date(now),
  };
}

/** Revokes the chosen grants that are live, with all their clones; answers with what was revoked. */
export async function revokeTree(
  draft: Draft,
  at: Date,
  reason: string | null,
  isChosen: (grant: GrantRow) => boolean,
): Promise<GrantRow[]> {
  const all = await selectAllDeciding(draft.tx, 'grants', draft.appId);
  const children = Map.groupBy(all, (grant) => grant.cloned_from);
  const queue = all.filter(isChosen);
  const seen = new Set<string>();
  const revoked: GrantRow[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (seen.has(next.grant_id)) continue;
    seen.add(next.grant_id);
    queue.push(...(children.get(next.grant_id) ?? []));
    if (next.revoked_at !== null) continue;
    const checked = await draft.get('grants', next.grant_id);
    if (checked !== undefined)
      revoked.push(await draft.update('grants', checked, { revoked_at: at, revoke_reason: reason }));
  }
  return revoked;
}

export function registerGrants(routes: Routes, parts: ApiParts): void {
  const viewOne = async (appId: string, grant: GrantRow) => {
    const snapshot = await parts.boundaries.find(appId);
    if (snapshot === undefined) throw new Refusal('not_found');
    const used = await selectLastUses(parts.db, appId, 'grant', [grant.grant_id]);
    return grantViewer(snapshot, parts.clock.now(), used)(grant);
  };

  routes.route('listGrants', async ({ actor, params, query }) => {
    const app = await getApp(parts, actor, params.app);
    const snapshot = await parts.boundaries.fresh(app.app_id);
    if (snapshot === undefined) throw new Refusal('not_found');
    const now = parts.clock.now();
    const { root } = query;
    const matching = [...snapshot.all('grants')].filter(
      (grant) =>
        (root === undefined || lineOf(snapshot, grant).includes(root)) &&
        (query.secret_id === undefined || grant.secret_id === query.secret_id) &&
        (query.principal === undefined || matchesPrincipal(grant, query.principal)) &&
        (query.status === undefined || stateOf(grant, now) === query.status) &&
        (query.unused_days === undefined || stateOf(grant, now) === 'active') &&
        snapshot.secret(grant.secret_id)?.deleted_at === null,
    );
    const shown = await unusedFor(
      parts,
      { appId: app.app_id, subject: 'grant', days: query.unused_days },
      matching,
      (grant) => grant.grant_id,
    );
    const isTree = root !== undefined || query.tree === 'true';
    const rows = isTree
      ? treePage(snapshot, shown, afterOf(query.cursor), query.limit)
      : pageOf(shown, afterOf(query.cursor), query.limit, (grant) => grant.grant_id);
    const used = await selectLastUses(
      parts.db,
      app.app_id,
      'grant',
      rows.map((grant) => grant.grant_id),
    );
    return page(rows, query.limit, (grant) => grant.grant_id, grantViewer(snapshot, now, used));
  });

  routes.route('getGrant', async ({ actor, params }) => {
    const appId = await getAppOfGrant(parts, actor, params.grant_id);
    const snapshot = await parts.boundaries.fresh(appId);
    const grant = snapshot?.grant(params.grant_id);
    if (grant === undefined || snapshot?.secret(grant.secret_id)?.deleted_at !== null)
      throw new Refusal('not_found');
    return viewOne(appId, grant);
  });

  routes.route('createGrant', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    const now = parts.clock.now();
    const expiresAt = parseExpiry(body, now);
    const row = await parts.boundaries.change(app.app_id, async (draft) => {
      const secret = await getLiveSecret(draft, params.secret_id);
      const principal = await parsePrincipal(draft, body.principal);
      const grant = await draft.insert('grants', {
        ...newGrant(secret.secret_id, actor.memberId, now),
        ...principal,
        label: body.label ?? null,
        expires_at: expiresAt,
      });
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'grant.created', {
          grantId: grant.grant_id,
          secretId: secret.secret_id,
          provider: secret.template ?? secret.name,
          context: describeGrant(grant),
        }),
      );
      return grant;
    });
    return viewOne(app.app_id, row);
  });

  routes.route('cloneGrant', async ({ actor, params, body, requestId, ip }) => {
    const appId = await getAppOfGrant(parts, actor, params.grant_id);
    const now = parts.clock.now();
    const by = await policyChange(parts, appId, { actor, requestId, clock: parts.clock, ip });
    const policies = await parsePolicies(parts, actor.orgId, body.policies ?? []);
    const row = await parts.boundaries.change(appId, async (draft) => {
      const source = await getGrant(draft, params.grant_id);
      if (source.revoked_at !== null) throw new Refusal('grant_revoked');
      if (isExpired(source, now)) throw new Refusal('grant_expired');
      const principal =
        body.principal === undefined
          ? { principal_type: source.principal_type, principal_id: source.principal_id }
          : await parsePrincipal(draft, body.principal);
      checkNotOutranked(source, principal);
      const grant = await draft.insert('grants', {
        ...newGrant(source.secret_id, actor.memberId, now),
        ...principal,
        cloned_from: source.grant_id,
        label: body.label ?? null,
        expires_at: cloneExpiry(body, source, now),
      });
      draft.audit(
        changeEvent(by.change, 'grant.cloned', {
          grantId: grant.grant_id,
          secretId: grant.secret_id,
          context: {
            ...describeGrant(grant),
            cloned_from: source.grant_id,
            ...(policies.length === 0 ? {} : { policies: policies.length }),
          },
        }),
      );
      await insertClonePolicies(draft, by, grant, policies);
      return grant;
    });
    return viewOne(appId, row);
  });

  routes.route('revokeGrant', async ({ actor, params, body, requestId, ip }) => {
    const appId = await getAppOfGrant(parts, actor, params.grant_id);
    const by = await policyChange(parts, appId, { actor, requestId, clock: parts.clock, ip });
    // I8: why a grant is revoked may be that a value was seen somewhere.
    const reason = body.reason === undefined ? null : (by.fingerprints?.redact(body.reason) ?? body.reason);
    const { grant, clones } = await parts.boundaries.change(appId, async (draft) => {
      const named = await getGrant(draft, params.grant_id);
      const revoked = await revokeTree(
        draft,
        new Date(parts.clock.now()),
        reason,
        (one) => one.grant_id === named.grant_id,
      );
      for (const one of revoked) {
        draft.audit(
          changeEvent(by.change, 'grant.revoked', {
            grantId: one.grant_id,
            secretId: one.secret_id,
            reason,
            context: one.grant_id === named.grant_id ? {} : { with_its_source: named.grant_id },
          }),
        );
      }
      await endPoliciesOf(draft, by, { grants: revoked }, { with_its_grant: named.grant_id });
      const after = revoked.find((one) => one.grant_id === named.grant_id) ?? named;
      return { grant: after, clones: revoked.filter((one) => one.grant_id !== named.grant_id) };
    });
    return { ...(await viewOne(appId, grant)), clones_revoked: clones.map((clone) => clone.grant_id) };
  });
}

/** Each is refused with its exact place. */
async function parsePolicies(
  parts: ApiParts,
  orgId: string,
  asked: NonNullable<z.output<typeof schemas.grantClone>['policies']>,
): Promise<readonly ClonePolicy[]> {
  const policies: ClonePolicy[] = [];
  for (const [index, { name, mode, rule }] of asked.entries()) {
    if (name !== undefined && policies.some((other) => other.name === name)) {
      throw new Refusal('invalid_request', {
        issues: [{ path: `policies.${index}.name`, message: 'is there twice' }],
      });
    }
    policies.push({ name, mode, rule: await parseRule(parts.db, orgId, rule, `policies.${index}.rule`) });
  }
  return policies;
}

type ClonePolicy = Omit<NewPolicy, 'name'> & { readonly name: string | undefined };

async function insertClonePolicies(
  draft: Draft,
  by: PolicyChange,
  grant: GrantRow,
  policies: readonly ClonePolicy[],
): Promise<void> {
  if (policies.length === 0) return;
  const to = { applies_to_type: 'grant', applies_to_id: grant.grant_id } as const;
  const taken = new Set(await selectPolicyNames(draft.tx, draft.appId));
  for (const [index, { name, ...rest }] of policies.entries()) {
    if (name !== undefined && taken.has(name)) {
      throw new Refusal('conflict', {
        message: 'There is already a policy of this name.',
        hint: 'Choose another name, or leave it out.',
        issues: [{ path: `policies.${index}.name`, message: 'is taken' }],
      });
    }
    await insertPolicy(draft, by, to, { ...rest, name: name ?? `grant-${grant.grant_id}-${index + 1}` });
  }
}

async function getGrant(draft: Draft, grantId: string): Promise<GrantRow> {
  const grant = await draft.get('grants', grantId);
  if (grant === undefined) throw new Refusal('not_found');
  await getLiveSecret(draft, grant.secret_id);
  return grant;
}

export async function getLiveSecret(draft: Draft, secretId: string): Promise<SecretRow> {
  const secret = await draft.get('secrets', secretId);
  if (secret === undefined || secret.deleted_at !== null) throw new Refusal('not_found');
  return secret;
}

const describeGrant = (grant: GrantRow) => ({
  principal:
    grant.principal_id === null ? grant.principal_type : `${grant.principal_type}:${grant.principal_id}`,
  label: grant.label,
  expires_at: iso(grant.expires_at),
});

/** What belongs to the app may be handed on to anyone; what belongs to one principal stays with that one. */
function checkNotOutranked(
  source: GrantRow,
  principal: Pick<GrantRow, 'principal_type' | 'principal_id'>,
): void {
  if (source.principal_type === 'system') return;
  if (source.principal_type === principal.principal_type && source.principal_id === principal.principal_id)
    return;
  throw new Refusal('invalid_request', {
    issues: [
      {
        path: 'principal',
        message: 'must be that of the source grant, which does not belong to the app as a whole',
      },
    ],
  });
}

/** The earlier of what was asked for and what the source has left. A later one is refused, not silently cut. */
function cloneExpiry(body: GrantIn, source: GrantRow, now: number): Date | null {
  const asked = parseExpiry(body, now);
  if (asked === null || source.expires_at === null) return asked ?? source.expires_at;
  if (asked <= source.expires_at) return asked;
  const path = body.ttl_seconds === undefined ? 'expires_at' : 'ttl_seconds';
  throw new Refusal('invalid_request', {
    issues: [
      {
        path,
        message: `must not outlive the source grant, which expires at ${source.expires_at.toISOString()}`,
      },
    ],
  });
}

function matchesPrincipal(grant: GrantRow, wanted: string): boolean {
  const colon = wanted.indexOf(':');
  if (colon < 0) return grant.principal_type === wanted || grant.principal_id === wanted;
  return grant.principal_type === wanted.slice(0, colon) && grant.principal_id === wanted.slice(colon + 1);
}

async function parsePrincipal(
  draft: Draft,
  principal: GrantIn['principal'],
): Promise<Pick<GrantRow, 'principal_type' | 'principal_id'>> {
  const type = principal?.type ?? 'system';
  const id = principal?.id ?? null;
  const refuse = (message: string) =>
    new Refusal('invalid_request', { issues: [{ path: 'principal.id', message }] });
  if (type === 'system') {
    if (id !== null) throw refuse('must be absent: system is the app itself');
    return { principal_type: type, principal_id: null };
  }
  if (id === null) throw refuse(`is missing: which ${type}?`);
  if (type !== 'agent') return { principal_type: type, principal_id: id };
  const agent = isUuid(id.toLowerCase()) ? await draft.get('agents', id.toLowerCase()) : undefined;
  if (agent === undefined || agent.deleted_at !== null) throw refuse('must name an agent of this app');
  return { principal_type: type, principal_id: agent.agent_id };
}
