/** Asks before what was typed is left behind: another page of the portal, or another address altogether. */
import { useBlocker } from '@tanstack/react-router';
import { policies } from '../../texts/policies.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';

export function LeaveGuard({ isDirty }: { readonly isDirty: boolean }) {
  const blocker = useBlocker({
    // The parts of this page are no other page.
    shouldBlockFn: ({ current, next }) => isDirty && current.pathname !== next.pathname,
    enableBeforeUnload: isDirty,
    withResolver: true,
  });
  if (blocker.status !== 'blocked') return null;
  return (
    <ConfirmDialog
      title={policies.leaveTitle}
      action={policies.leaveAction}
      isBusy={false}
      error={undefined}
      onClose={blocker.reset}
      onConfirm={blocker.proceed}
    >
      <p>{policies.leaveText}</p>
    </ConfirmDialog>
  );
}
