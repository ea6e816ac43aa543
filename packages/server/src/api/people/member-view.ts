/** Members as they are shown. */
import type { ShownMember } from '../../store/people.ts';

/** Whoever has nothing to come in with, and never came in, was invited and did not take it up. */
export const isInvited = (
  member: Pick<ShownMember, 'password_hash' | 'email' | 'last_signed_in_at'>,
): boolean => member.password_hash === null && member.email !== null && member.last_signed_in_at === null;

export const memberView = (member: ShownMember) => ({
  member_id: member.member_id,
  email: member.email,
  display_name: member.display_name,
  role: member.role,
  status: isInvited(member) ? ('invited' as const) : ('active' as const),
  created_at: member.created_at.toISOString(),
  last_signed_in_at: member.last_signed_in_at?.toISOString() ?? null,
  has_password: member.password_hash !== null,
  has_totp: member.second_factor_id !== null,
  passkeys: member.passkeys,
  has_sso: member.has_sso,
  invited_until: isInvited(member) ? (member.invited_until?.toISOString() ?? null) : null,
});
