/** The authenticator app: set up, removed, and the recovery codes that go with it. */
import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import { useSession } from '../../api/session.ts';
import { account } from '../../texts/account.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge, Card } from '../../ui/layout.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { EnrolmentDialog } from './enrolment-dialog.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

type Doing = 'set-up' | 'remove' | 'replace';
const FEW_CODES = 3;

export function AuthenticatorCard() {
  const session = useSession();
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const left = session.recovery_codes_left;
  return (
    <Card
      title={account.totp}
      lead={account.totpLead}
      actions={
        <Badge tone={session.has_totp ? 'ok' : 'neutral'}>
          {session.has_totp ? account.totpOn : account.totpOff}
        </Badge>
      }
    >
      <div className="flex flex-col gap-3">
        {session.has_totp ? (
          <>
            {left !== null && (
              <p className={left < FEW_CODES ? 'text-warn' : 'text-ink-2'}>{account.codesLeft(left)}</p>
            )}
            <div className="flex flex-wrap gap-2">
              <Button onClick={() => setDoing('replace')}>{account.codesReplace}</Button>
              <Button onClick={() => setDoing('remove')}>{account.totpRemove}</Button>
            </div>
          </>
        ) : session.has_password ? (
          <>
            <p className="text-ink-2">{account.totpOffText}</p>
            <div>
              <Button onClick={() => setDoing('set-up')}>{account.totpSetUp}</Button>
            </div>
          </>
        ) : (
          <p className="text-ink-2">{account.totpNeedsPassword}</p>
        )}
      </div>
      {doing === 'set-up' && <EnrolmentDialog onClose={close} />}
      {doing === 'remove' && <RemoveDialog onClose={close} />}
      {doing === 'replace' && <ReplaceDialog onClose={close} />}
    </Card>
  );
}

interface DialogProps {
  readonly onClose: () => void;
}

function RemoveDialog({ onClose }: DialogProps) {
  const toasts = useToasts();
  const remove = useChange('removeTotp', {
    outdates: ['getSession', 'listMembers'],
    onDone: () => {
      toasts.done(account.totpRemoved);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={account.totpRemoveTitle}
      action={account.totpRemove}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({})}
      onClose={onClose}
    >
      <p>{account.totpRemoveText}</p>
    </ConfirmDialog>
  );
}

function ReplaceDialog({ onClose }: DialogProps) {
  const replace = useChange('replaceRecoveryCodes', { outdates: ['getSession'] });
  if (replace.data !== undefined)
    return (
      <Dialog isOpen onClose={onClose} title={account.codesTitle} lead={account.codesLead}>
        <RecoveryCodes codes={replace.data.recovery_codes} onKept={onClose} />
      </Dialog>
    );
  return (
    <ConfirmDialog
      title={account.codesReplaceTitle}
      action={account.codesReplace}
      isBusy={replace.isPending}
      error={replace.error}
      onConfirm={() => replace.mutate({})}
      onClose={onClose}
    >
      <p>{account.codesReplaceText}</p>
    </ConfirmDialog>
  );
}
