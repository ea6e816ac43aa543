/** Removing a member, typed. */
import { useChange } from '../../api/queries.ts';
import { members } from '../../texts/members.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { nameOf, type Member } from './member.ts';

export function RemoveDialog({ member, onClose }: { readonly member: Member; readonly onClose: () => void }) {
  const toasts = useToasts();
  const remove = useChange('removeMember', {
    outdates: ['listMembers'],
    onDone: () => {
      toasts.done(members.removed);
      onClose();
    },
  });
  const typed = member.email ?? member.member_id;
  return (
    <ConfirmDialog
      title={members.removeTitle(nameOf(member))}
      action={members.removeAction}
      typed={{ text: typed, label: members.removeTyped(typed) }}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { member_id: member.member_id } })}
      onClose={onClose}
    >
      <p>{members.removeText}</p>
    </ConfirmDialog>
  );
}
