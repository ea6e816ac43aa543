/** API keys: made, listed, changed, rotated, revoked. The text of a key is answered once and stored as a hash. */
import type { schemas } from '@alter-vault/contract';
import { cidrProblem } from '@alter-vault/contract/networks';
import type { z } from 'zod';
import { isExpired } from '../access/authorize.ts';
import type { Draft } from '../access/boundaries.ts';
import { hashCredentialText, lineageOf, mintApiKey } from '../access/keys.ts';
import type { Actor } from '../access/people.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import { newId } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import type { KeyRow } from '../store/deciding.ts';
import { selectLastUses } from '../store/last-uses.ts';
import { findMember } from '../store/people.ts';
import { getApp } from './apps.ts';
import { changeEvent } from './events.ts';
import { describeKeyChange } from './key-changes.ts';
import { stateOf } from './lives.ts';
import { afterOf, page, pageOf } from './pages.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';
import { parseExpiry } from './times.ts';
import { unusedFor } from './unused.ts';

const iso = (date: Date | null | undefined): string | null => date?.toISOString() ?? null;

/** Shows keys of one snapshot. */
const keyViewer =
  (snapshot: AppSnapshot, now: number, used: ReadonlyMap<string, Date> = new Map()) =>
  (key: KeyRow) => ({
    key_id: key.key_id,
    name: key.name,
    kind: key.kind,
    agent_id: key.agent_id,
    agent_name: key.agent_id === null ? null : (snapshot.agent(key.agent_id)?.name ?? null),
    prefix: key.prefix,
    status: stateOf(key, now),
    ip_allowlist: key.ip_allowlist === null ? null : [...key.ip_allowlist],
    requests_per_minute: key.requests_per_minute,
    allow_release: key.allow_release,
    owner_member_id: key.owner_member_id,
    expires_at: iso(key.expires_at),
    created_at: key.created_at.toISOString(),
    revoked_at: iso(key.revoked_at),
    last_used_at: iso(used.get(key.key_id)),
    rotated_from: key.rotated_from,
    replaced_by: key.replaced_by,
  });

type KeyFilter = Pick<z.output<typeof schemas.keyQuery>, 'agent_id' | 'status' | 'q' | 'unused_days'>;

function isAskedFor(filter: KeyFilter, now: number): (key: KeyRow) => boolean {
  const text = filter.q?.toLowerCase() ?? '';
  // One that works no more needs no tidying up.
  const status = filter.unused_days === undefined ? filter.status : 'active';
  return (key) =>
    (filter.agent_id === undefined || key.agent_id === filter.agent_id) &&
    (status === undefined || stateOf(key, now) === status) &&
    [key.name, key.prefix].some((part) => part.toLowerCase().includes(text));
}

export function registerKeys(routes: Routes, parts: ApiParts): void {
  const freshOf = async (appId: string): Promise<AppSnapshot> => {
    const snapshot = await parts.boundaries.fresh(appId);
    if (snapshot === undefined) throw new Refusal('not_found');
    return snapshot;
  };
  const viewOne = async (appId: string, key: KeyRow) => {
    const used = await selectLastUses(parts.db, appId, 'key', [key.key_id]);
    return keyViewer(await freshOf(appId), parts.clock.now(), used)(key);
  };

  routes.route('listKeys', async ({ actor, params, query }) => {
    const app = await getApp(parts, actor, params.app);
    const snapshot = await freshOf(app.app_id);
    const now = parts.clock.now();
    const shown = await unusedFor(
      parts,
      { appId: app.app_id, subject: 'key', days: query.unused_days },
      [...snapshot.all('api_keys')].filter(isAskedFor(query, now)),
      (key) => key.key_id,
    );
    const rows = pageOf(shown, afterOf(query.cursor), query.limit, (key) => key.key_id);
    const used = await selectLastUses(
      parts.db,
      app.app_id,
      'key',
      rows.map((key) => key.key_id),
    );
    return page(rows, query.limit, (key) => key.key_id, keyViewer(snapshot, now, used));
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
        rotated_from: null,
        replaced_by: null,
        lineage_id: null,
      });
    });
    return { ...(await viewOne(app.app_id, row)), api_key: minted.text };
  });

  routes.route('changeKey', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    checkAllowlist(body.ip_allowlist ?? undefined);
    const now = parts.clock.now();
    const expiresAt =
      body.expires_at == null ? body.expires_at : parseExpiry({ expires_at: body.expires_at }, now);
    const row = await parts.boundaries.change(app.app_id, async (draft) => {
      const before = await getLiveKey(draft, params.key_id);
      const after = {
        name: body.name ?? before.name,
        ip_allowlist: body.ip_allowlist === undefined ? before.ip_allowlist : body.ip_allowlist,
        requests_per_minute:
          body.requests_per_minute === undefined ? before.requests_per_minute : body.requests_per_minute,
        expires_at: expiresAt === undefined ? before.expires_at : expiresAt,
        allow_release: body.allow_release ?? before.allow_release,
      };
      if (before.replaced_by !== null) refuseLongerGrace(before, after.expires_at);
      const change = describeKeyChange(before, after);
      if (change === undefined) return before;
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'key.updated', {
          keyId: before.key_id,
          context: { key: after.name, prefix: before.prefix, ...change },
        }),
      );
      return draft.update('api_keys', before, after);
    });
    return viewOne(app.app_id, row);
  });

  routes.route('rotateKey', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    const now = Math.floor(parts.clock.now());
    const asked = parseExpiry({ expires_at: body.expires_at }, now);
    const keyId = newId();
    const { row, text } = await parts.boundaries.change(app.app_id, async (draft) => {
      const before = await getLiveKey(draft, params.key_id);
      if (isExpired(before, now))
        throw new Refusal('conflict', {
          message: 'This key has expired.',
          hint: 'Make a new key; an expired one has nothing left to hand over.',
        });
      const lost = await refuseSecondReplacement(draft, before);
      const minted = mintApiKey(before.kind, app.app_id, keyId);
      const graceEnds = earlier(before.expires_at, new Date(now + body.grace_seconds * 1000));
      const made = await draft.insert('api_keys', {
        ...before,
        key_id: keyId,
        prefix: minted.prefix,
        key_hash: hashCredentialText(parts.pepper(), minted.text),
        owner_member_id: before.owner_member_id ?? (await keyOwner(parts, actor, undefined)),
        created_by: actor.memberId,
        created_at: new Date(now),
        expires_at: asked ?? sameLifetime(lost ?? before, now),
        rotated_from: before.key_id,
        replaced_by: null,
        lineage_id: lineageOf(before),
      });
      await draft.update('api_keys', before, { expires_at: graceEnds, replaced_by: keyId });
      const change = { actor, requestId, clock: parts.clock, ip };
      draft.audit(
        changeEvent(change, 'key.rotated', {
          keyId: before.key_id,
          context: {
            key: before.name,
            prefix: before.prefix,
            replaced_by: keyId,
            expires_at: graceEnds.toISOString(),
          },
        }),
      );
      draft.audit(
        changeEvent(change, 'key.created', {
          keyId,
          context: { key: made.name, prefix: made.prefix, rotated_from: before.key_id },
        }),
      );
      return { row: made, text: minted.text };
    });
    return { ...(await viewOne(app.app_id, row)), api_key: text };
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

async function getLiveKey(draft: Draft, keyId: string): Promise<KeyRow> {
  const key = await draft.get('api_keys', keyId);
  if (key === undefined) throw new Refusal('not_found');
  if (key.revoked_at === null) return key;
  throw new Refusal('conflict', { message: 'This key is revoked.', hint: 'Make a new key.' });
}

/** A key is replaced by one key at a time; when that one was revoked, as its text was lost, another can be made: answers with it. */
async function refuseSecondReplacement(draft: Draft, key: KeyRow): Promise<KeyRow | undefined> {
  const replacement = key.replaced_by === null ? undefined : await draft.get('api_keys', key.replaced_by);
  if (replacement === undefined || replacement.revoked_at !== null) return replacement;
  throw new Refusal('conflict', {
    message: 'This key was rotated already.',
    hint: `Rotate key ${replacement.key_id}, which replaces it, or revoke that one first.`,
  });
}

/** Who rotated a key relies on its end. */
function refuseLongerGrace(key: KeyRow, expiresAt: Date | null): void {
  if (expiresAt !== null && key.expires_at !== null && expiresAt <= key.expires_at) return;
  throw new Refusal('invalid_request', {
    issues: [
      {
        path: 'expires_at',
        message: 'must not be later than the end of the grace period: this key was rotated',
      },
    ],
  });
}

const earlier = (a: Date | null, b: Date): Date => (a !== null && a < b ? a : b);

function sameLifetime(key: KeyRow, now: number): Date | null {
  if (key.expires_at === null) return null;
  return new Date(now + key.expires_at.getTime() - key.created_at.getTime());
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
