/** What can be done with a member, and the dialog of what was chosen. */
import { Ellipsis, KeyRound, Link2, ShieldOff, UserCog, UserMinus } from 'lucide-react';
import { useState } from 'react';
import { members } from '../../texts/members.ts';
import { IconButton } from '../../ui/button.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { RenewDialog } from './invite-dialog.tsx';
import { nameOf, type Member } from './member.ts';
import { RecoveryDialog, ResetDialog } from './recovery-dialogs.tsx';
import { RemoveDialog } from './remove-dialog.tsx';
import { RoleDialog } from './role-dialog.tsx';

const DIALOGS = {
  role: RoleDialog,
  renew: RenewDialog,
  recovery: RecoveryDialog,
  reset: ResetDialog,
  remove: RemoveDialog,
} as const;
type Doing = keyof typeof DIALOGS;

export function MemberMenu({ member }: { readonly member: Member }) {
  const [doing, setDoing] = useState<Doing>();
  const Chosen = doing === undefined ? undefined : DIALOGS[doing];
  return (
    <>
      <Menu
        trigger={
          <IconButton label={members.actionsOf(nameOf(member))}>
            <Ellipsis aria-hidden />
          </IconButton>
        }
        items={itemsOf(member, setDoing)}
      />
      {Chosen !== undefined && <Chosen member={member} onClose={() => setDoing(undefined)} />}
    </>
  );
}

function itemsOf(member: Member, choose: (doing: Doing) => void): (MenuItem | 'line')[] {
  const isInvited = member.status === 'invited';
  const hasFactors = member.has_totp || member.passkeys > 0;
  const item = (doing: Doing, label: string, icon: MenuItem['icon']): MenuItem => ({
    label,
    icon,
    onSelect: () => choose(doing),
  });
  return [
    item('role', members.changeRole, <UserCog aria-hidden />),
    ...(isInvited ? [item('renew', members.renew, <Link2 aria-hidden />)] : []),
    ...(isInvited || member.email === null
      ? []
      : [item('recovery', members.recovery, <KeyRound aria-hidden />)]),
    ...(hasFactors ? [item('reset', members.reset, <ShieldOff aria-hidden />)] : []),
    'line',
    {
      ...item('remove', isInvited ? members.revoke : members.remove, <UserMinus aria-hidden />),
      isDanger: true,
    },
  ];
}
