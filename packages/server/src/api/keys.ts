/** API keys: made, listed, revoked. The text of a key is answered once and stored as a hash. */
import { cidrProblem } from '../access/addresses.ts';
import { hashCredentialText, mintApiKey } from '../access/keys.ts';
import type { Actor } from '../access/people.ts';
import { newId } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import type { KeyRow } from '../store/deciding.ts';
import { selectLastUses } from '../store/last-uses.ts';
import { findMember } from '../store/people.ts';
import { getApp } from './apps.ts';
import { changeEvent } from './events.ts';
import { afterOf, page, pageOf } from './pages.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';
import { parseExpiry } from './times.ts';

const iso = (date: Date | null | undefined): string | null => date?.toISOString() ?? null;

function view(key: KeyRow, lastUsedAt: Date | undefined) {
  return {
    key_id: key.key_id,
    name: key.name,
    kind: key.kind,
    agent_id: key.agent_id,
    prefix: key.prefix,
    ip_allowlist: key.ip_allowlist === null ? null : [...key.ip_allowlist],
    requests_per_minute: key.requests_per_minute,
    allow_release: key.allow_release,
    owner_member_id: key.owner_member_id,
    expires_at: iso(key.expires_at),
    created_at: key.created_at.toISOString(),
    revoked_at: iso(key.revoked_at),
    last_used_at: iso(lastUsedAt),
  };
}

export function registerKeys(routes: Routes, parts: ApiParts): void {
  routes.route('listKeys', async ({ actor, params, query }) => {
    const app = await getApp(parts, actor, params.app);
    const snapshot = await parts.boundaries.fresh(app.app_id);
    const rows = pageOf(
      snapshot?.all('api_keys') ?? [],
      afterOf(query.cursor),
      query.limit,
      (key) => key.key_id,
    );
    const used = await selectLastUses(
      parts.db,
      app.app_id,
      'key',
      rows.map((key) => key.key_id),
    );
    return page(
      rows,
      query.limit,
      (key) => key.key_id,
      (key) => view(key, used.get(key.key_id)),
    );
  });

  routes.route('createKey', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    checkAllowlist(body.ip_allowlist);
    const now = parts.clock.now();
    const kind = body.kind ?? (body.agent_id === undefined ? 'app' : 'agent');
    if (kind === 'app' && body.agent_id !== undefined)
      throw new Refusal('invalid_request', {
        issues: [{ path: 'agent_id', message: 'goes with kind "agent"' }],
      });
    const expiresAt = parseExpiry(body, now);
    const ownerId = await keyOwner(parts, actor, body.owner_member_id);
    const keyId = newId();
    const minted = mintApiKey(kind, app.app_id, keyId);
    const row = await parts.boundaries.change(app.app_id, async (draft) => {
      if (kind === 'agent') {
        const agent = body.agent_id === undefined ? undefined : await draft.get('agents', body.agent_id);
        if (agent === undefined || agent.deleted_at !== null) {
          throw new Refusal('invalid_request', {
            issues: [{ path: 'agent_id', message: 'must name an agent of this app' }],
          });
        }
      }
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'key.created', {
          keyId,
          context: { key: body.name, prefix: minted.prefix },
        }),
      );
      return draft.insert('api_keys', {
        key_id: keyId,
        kind,
        agent_id: body.agent_id ?? null,
        name: body.name,
        prefix: minted.prefix,
        key_hash: hashCredentialText(parts.pepper(), minted.text),
        ip_allowlist: body.ip_allowlist ?? null,
        requests_per_minute: body.requests_per_minute ?? null,
        allow_release: body.allow_release ?? kind === 'app',
        owner_member_id: ownerId,
        created_by: actor.memberId,
        expires_at: expiresAt,
        created_at: new Date(now),
        revoked_at: null,
      });
    });
    return { ...view(row, undefined), api_key: minted.text };
  });

  routes.route('revokeKey', async ({ actor, params, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    await parts.boundaries.change(app.app_id, async (draft) => {
      const key = await draft.get('api_keys', params.key_id);
      if (key === undefined) throw new Refusal('not_found');
      if (key.revoked_at !== null) return;
      await draft.update('api_keys', key, { revoked_at: new Date(parts.clock.now()) });
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'key.revoked', {
          keyId: key.key_id,
          context: { key: key.name, prefix: key.prefix },
        }),
      );
    });
    return undefined;
  });
}

function checkAllowlist(cidrs: readonly string[] | undefined): void {
  const issues = (cidrs ?? []).flatMap((cidr, i) => {
    const message = cidrProblem(cidr);
    return message === undefined ? [] : [{ path: `ip_allowlist.${i}`, message }];
  });
  if (issues.length > 0) throw new Refusal('invalid_request', { issues });
}

/** Whoever owns a key can't approve its calls; by default its maker, when that is neither owner nor admin (WIRE §9). */
async function keyOwner(parts: ApiParts, actor: Actor, named: string | undefined): Promise<string | null> {
  if (named === undefined) return actor.role === 'owner' || actor.role === 'admin' ? null : actor.memberId;
  const member = await findMember(parts.db, actor.orgId, named);
  if (member !== undefined && member.removed_at === null) return named;
  throw new Refusal('invalid_request', {
    issues: [{ path: 'owner_member_id', message: 'must name a member' }],
  });
}
