/** Another role for a member. */
import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import { type Role, useSession } from '../../api/session.ts';
import { common } from '../../texts/common.ts';
import { members } from '../../texts/members.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNote } from '../../ui/layout.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { nameOf, type Member } from './member.ts';
import { RoleChoice } from './role-choice.tsx';

export function RoleDialog({ member, onClose }: { readonly member: Member; readonly onClose: () => void }) {
  const [role, setRole] = useState<Role>(member.role);
  const session = useSession();
  const toasts = useToasts();
  const change = useChange('changeMember', {
    outdates: ['listMembers'],
    onDone: () => {
      toasts.done(members.changeRoleDone);
      onClose();
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={members.changeRoleTitle(nameOf(member))}
      lead={members.changeRoleLead}
    >
      <form
        className="flex flex-col gap-4 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ params: { member_id: member.member_id }, body: { role } });
        }}
      >
        <RoleChoice value={role} onChange={setRole} hasOwner={session.role === 'owner'} />
        <ErrorNote error={change.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" disabled={role === member.role} isBusy={change.isPending}>
            {members.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
