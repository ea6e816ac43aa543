/** Removing a member, typed; or taking an invitation back. */
import { useChange } from '../../api/queries.ts';
import { members } from '../../texts/members.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { nameOf, type Member } from './member.ts';

export function RemoveDialog({ member, onClose }: { readonly member: Member; readonly onClose: () => void }) {
  const isInvited = member.status === 'invited';
  const toasts = useToasts();
  const remove = useChange('removeMember', {
    outdates: ['listMembers'],
    onDone: () => {
      toasts.done(isInvited ? members.revoked : members.removed);
      onClose();
    },
  });
  const name = nameOf(member);
  const typed = member.email ?? member.member_id;
  return (
    <ConfirmDialog
      title={isInvited ? members.revokeTitle(name) : members.removeTitle(name)}
      action={isInvited ? members.revoke : members.removeAction}
      {...(isInvited ? {} : { typed: { text: typed, label: members.removeTyped(typed) } })}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { member_id: member.member_id } })}
      onClose={onClose}
    >
      <p>{isInvited ? members.revokeText : members.removeText}</p>
    </ConfirmDialog>
  );
}
