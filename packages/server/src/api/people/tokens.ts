/** Access tokens of members: each makes and revokes their own. The text of a token is answered once and stored as a hash. */
import type { Scope } from '@alter-vault/contract';
import { hashCredentialText, mintToken } from '../../access/keys.ts';
import type { Unsealed } from '../../access/people-draft.ts';
import { checkSealed, type Actor } from '../../access/people.ts';
import { newId } from '../../ids.ts';
import { Refusal } from '../../refusal.ts';
import { findToken, selectTokens, type TokenRow } from '../../store/people.ts';
import { changeEvent } from '../events.ts';
import { afterOf, page } from '../pages.ts';
import type { ApiParts } from '../parts.ts';
import type { Routes } from '../routes.ts';
import { parseExpiry, type Lifetime } from '../times.ts';

const tokenView = (token: TokenRow) => ({
  token_id: token.token_id,
  member_id: token.member_id,
  name: token.name,
  prefix: token.prefix,
  scopes: [...token.scopes],
  expires_at: token.expires_at?.toISOString() ?? null,
  created_at: token.created_at.toISOString(),
  revoked_at: token.revoked_at?.toISOString() ?? null,
});

/** A token can't make one that outlives it; a session, with a password behind it, may make any. */
function tokenExpiry(actor: Actor, asked: Lifetime, now: number): Date | null {
  const expiresAt = parseExpiry(asked, now);
  if (actor.via === 'session' || actor.expiresAt === null) return expiresAt;
  if (expiresAt === null) return actor.expiresAt;
  if (expiresAt <= actor.expiresAt) return expiresAt;
  const path = asked.ttl_seconds === undefined ? 'expires_at' : 'ttl_seconds';
  throw new Refusal('invalid_request', {
    hint: 'Sign in with a password to make a longer-lived token.',
    issues: [{ path, message: `must not outlive the token that makes it, ${actor.expiresAt.toISOString()}` }],
  });
}

export function registerTokens(routes: Routes, parts: ApiParts): void {
  routes.route('listTokens', async ({ actor, query }) => {
    const rows = await selectTokens(
      parts.db,
      actor.orgId,
      actor.memberId,
      afterOf(query.cursor),
      query.limit + 1,
    );
    return page(rows, query.limit, (token) => token.token_id, tokenView);
  });

  routes.route('createToken', async ({ actor, body, requestId, ip }) => {
    const minted = mintToken();
    const token = newToken(parts, actor, {
      name: body.name,
      scopes: tokenScopes(actor, body.scopes),
      expiresAt: tokenExpiry(actor, body, parts.clock.now()),
      minted,
    });
    const row = await parts.organizations.change(actor.orgId, async (draft) => {
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'token.created', {
          context: { token: token.prefix, name: token.name },
        }),
      );
      return draft.insertToken(token);
    });
    return { ...tokenView(row), token: minted.text };
  });

  routes.route('revokeToken', async ({ actor, params, requestId, ip }) => {
    await parts.organizations.change(actor.orgId, async (draft) => {
      const before = await findToken(draft.tx, actor.orgId, params.token_id);
      if (before === undefined || before.member_id !== actor.memberId) throw new Refusal('not_found');
      checkSealed(parts, 'access_tokens', before);
      if (before.revoked_at !== null) return;
      await draft.revokeToken(before, new Date(parts.clock.now()));
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'token.revoked', {
          context: { token: before.prefix, name: before.name },
        }),
      );
    });
    return undefined;
  });
}

export function newToken(
  parts: ApiParts,
  actor: Pick<Actor, 'orgId' | 'memberId'>,
  token: {
    name: string;
    scopes: readonly Scope[];
    expiresAt: Date | null;
    minted: { text: string; prefix: string };
  },
): Unsealed<TokenRow> {
  return {
    org_id: actor.orgId,
    token_id: newId(),
    member_id: actor.memberId,
    name: token.name,
    prefix: token.minted.prefix,
    token_hash: hashCredentialText(parts.pepper(), token.minted.text),
    scopes: [...token.scopes],
    expires_at: token.expiresAt,
    created_at: new Date(parts.clock.now()),
    revoked_at: null,
  };
}

/** At most what the caller has: a token can't make one that may more. */
function tokenScopes(actor: Actor, asked: readonly Scope[] | undefined): readonly Scope[] {
  const missing = (asked ?? []).filter((scope) => !actor.scopes.includes(scope));
  if (missing.length > 0)
    throw new Refusal('insufficient_scope', { message: `You do not have ${missing.join(', ')} yourself.` });
  return asked ?? actor.scopes;
}
