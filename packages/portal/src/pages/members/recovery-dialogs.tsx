/** Helping somebody back in: a link for a new password, and taking away factors that are lost. */
import { useChange } from '../../api/queries.ts';
import { members } from '../../texts/members.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { LinkDialog } from './link-dialog.tsx';
import { nameOf, type Member } from './member.ts';

interface MemberProps {
  readonly member: Member;
  readonly onClose: () => void;
}

export function RecoveryDialog({ member, onClose }: MemberProps) {
  const make = useChange('makeRecoveryLink');
  if (make.data !== undefined)
    return (
      <LinkDialog
        title={members.recoveryDone}
        lead={members.recoveryDoneLead}
        label={members.recoveryLink}
        url={make.data.recovery_url}
        onClose={onClose}
      />
    );
  return (
    <ConfirmDialog
      title={members.recoveryTitle(nameOf(member))}
      action={members.recovery}
      isBusy={make.isPending}
      error={make.error}
      onConfirm={() => make.mutate({ params: { member_id: member.member_id } })}
      onClose={onClose}
    >
      <p>{members.recoveryText}</p>
    </ConfirmDialog>
  );
}

export function ResetDialog({ member, onClose }: MemberProps) {
  const toasts = useToasts();
  const reset = useChange('resetFactors', {
    outdates: ['listMembers'],
    onDone: () => {
      toasts.done(members.resetDone);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={members.resetTitle(nameOf(member))}
      action={members.reset}
      isBusy={reset.isPending}
      error={reset.error}
      onConfirm={() => reset.mutate({ params: { member_id: member.member_id } })}
      onClose={onClose}
    >
      <p>{members.resetText}</p>
    </ConfirmDialog>
  );
}
