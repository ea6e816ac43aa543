/** How a member comes in, and whether that is one factor or two. */
import { members } from '../../texts/members.ts';
import { Badge } from '../../ui/layout.tsx';
import type { Member } from './member.ts';

export function WaysIn({ member }: { readonly member: Member }) {
  const { has_password, has_totp, passkeys } = member;
  return (
    <span className="flex flex-wrap gap-1.5">
      {passkeys > 0 && <Badge tone="ok">{members.ways.passkeys(passkeys)}</Badge>}
      {has_password && has_totp && <Badge tone="ok">{members.ways.totp}</Badge>}
      {has_password && !has_totp && (
        <Badge tone="warn" title={members.ways.passwordAloneHint}>
          {passkeys > 0 ? members.ways.password : members.ways.passwordAlone}
        </Badge>
      )}
      {!has_password && passkeys === 0 && (
        <Badge>{member.status === 'invited' ? members.ways.none : members.ways.token}</Badge>
      )}
    </span>
  );
}
