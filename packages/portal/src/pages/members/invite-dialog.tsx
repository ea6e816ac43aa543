/** Inviting a member, and the link that they take it up with, shown once. */
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useChange } from '../../api/queries.ts';
import { useSession, type Role } from '../../api/session.ts';
import { common } from '../../texts/common.ts';
import { members } from '../../texts/members.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { showIssues } from '../../ui/forms.ts';
import { ErrorNote } from '../../ui/layout.tsx';
import { LinkDialog } from './link-dialog.tsx';
import { nameOf, type Member } from './member.ts';
import { RoleChoice } from './role-choice.tsx';

interface DialogProps {
  readonly onClose: () => void;
}

export function InviteDialog({ onClose }: DialogProps) {
  const [role, setRole] = useState<Role>('developer');
  const session = useSession();
  const form = useForm({ defaultValues: { email: '', display_name: '' } });
  const invite = useChange('inviteMember', { outdates: ['listMembers'] });
  const { errors } = form.formState;
  if (invite.data !== undefined) return <Invited invited={invite.data} onClose={onClose} />;
  const submit = form.handleSubmit(({ email, display_name: name }) =>
    invite.mutate(
      { body: { email: email.trim(), role, ...(name.trim() === '' ? {} : { display_name: name.trim() }) } },
      { onError: (error) => void showIssues(error, form.setError, ['email', 'display_name']) },
    ),
  );
  return (
    <Dialog isOpen onClose={onClose} title={members.invite} lead={members.inviteLead}>
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4 pt-1">
        <TextField
          label={members.email}
          type="email"
          {...form.register('email', { required: common.required })}
          error={errors.email?.message}
        />
        <TextField
          label={members.displayName}
          isOptional
          {...form.register('display_name')}
          error={errors.display_name?.message}
        />
        <RoleChoice value={role} onChange={setRole} hasOwner={session.role === 'owner'} />
        <ErrorNote error={invite.error} issues={[]} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isBusy={invite.isPending}>
            {members.invite}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function RenewDialog({ member, onClose }: DialogProps & { readonly member: Member }) {
  const renew = useChange('renewInvitation', { outdates: ['listMembers'] });
  if (renew.data !== undefined) return <Invited invited={renew.data} onClose={onClose} />;
  return (
    <ConfirmDialog
      title={members.renewTitle(nameOf(member))}
      action={members.renew}
      isBusy={renew.isPending}
      error={renew.error}
      onConfirm={() => renew.mutate({ params: { member_id: member.member_id } })}
      onClose={onClose}
    >
      <p>{members.renewText}</p>
    </ConfirmDialog>
  );
}

function Invited({
  invited,
  onClose,
}: DialogProps & {
  readonly invited: { readonly invitation_url?: string | undefined; readonly mailed: boolean };
}) {
  return (
    <LinkDialog
      title={members.inviteDone}
      lead={invited.mailed ? members.inviteMailed : members.inviteNotMailed}
      label={members.inviteLink}
      url={invited.invitation_url ?? ''}
      onClose={onClose}
    />
  );
}
