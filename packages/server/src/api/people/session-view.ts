/** What a member is told of themselves and of the session that they are in. */
import { csrfToken, getLiveFactor, type Actor, type LiveFactor } from '../../access/people.ts';
import { countPasskeys } from '../../store/passkeys.ts';
import type { MemberRow } from '../../store/people.ts';
import type { ApiParts } from '../parts.ts';
import { hasSso } from './sso-identities.ts';
import { stepUpMethods, steppedUpUntil } from './stepped-up.ts';

export async function sessionView(parts: ApiParts, actor: Actor) {
  const { member, factor } = await getLiveFactor(parts, actor.orgId, actor.memberId);
  const passkeys = await countPasskeys(parts.db, actor.orgId, actor.memberId);
  const isSession = actor.via === 'session';
  const until = isSession ? await steppedUpUntil(parts, actor) : undefined;
  return {
    member_id: actor.memberId,
    email: actor.email,
    display_name: member.display_name,
    role: actor.role,
    scopes: [...actor.scopes],
    organization_id: actor.orgId,
    expires_at: actor.expiresAt?.toISOString() ?? null,
    session_id: isSession ? actor.viaId : null,
    csrf_token: isSession ? csrfToken(parts.pepper(), actor.viaId).toString('base64url') : null,
    stepped_up_until: until?.toISOString() ?? null,
    step_up_methods: await stepUpMethods(parts, member),
    passkeys,
    has_sso: await hasSso(parts, parts.db, member),
    ...ownFactors(member, factor),
  };
}

const ownFactors = (member: MemberRow, factor: LiveFactor | undefined) => ({
  has_password: member.password_hash !== null,
  has_totp: factor !== undefined,
  recovery_codes_left: factor?.row.recovery_hashes.length ?? null,
});
