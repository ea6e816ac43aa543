/** How a member comes in, and whether that is one factor or two; of who did not yet, until when their link is good. */
import { members } from '../../texts/members.ts';
import { Badge } from '../../ui/layout.tsx';
import { TimeAgo, useNow } from '../../ui/time.tsx';
import type { Member } from './member.ts';

const EVERY_MS = 60_000;

export function WaysIn({ member }: { readonly member: Member }) {
  const { has_password, has_totp, has_sso, passkeys } = member;
  if (member.status === 'invited') return <Link until={member.invited_until} />;
  return (
    <span className="flex flex-wrap gap-1.5">
      {passkeys > 0 && <Badge tone="ok">{members.ways.passkeys(passkeys)}</Badge>}
      {has_sso && <Badge tone="ok">{members.ways.sso}</Badge>}
      {has_password && has_totp && <Badge tone="ok">{members.ways.totp}</Badge>}
      {has_password && !has_totp && (
        <Badge tone="warn" title={members.ways.passwordAloneHint}>
          {passkeys > 0 || has_sso ? members.ways.password : members.ways.passwordAlone}
        </Badge>
      )}
      {!has_password && !has_sso && passkeys === 0 && <Badge>{members.ways.token}</Badge>}
    </span>
  );
}

function Link({ until }: { readonly until: string | null }) {
  const now = useNow(EVERY_MS);
  if (until === null) return <Badge>{members.noLink}</Badge>;
  if (Date.parse(until) <= now) return <Badge tone="warn">{members.linkOver}</Badge>;
  return (
    <Badge tone="hold">
      {members.linkEnds} <TimeAgo at={until} />
    </Badge>
  );
}
