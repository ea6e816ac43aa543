/** Setting up an authenticator app: the secret as a QR code and as text, a code that proves that it arrived, and the recovery codes. */
import { useEffect, useEffectEvent } from 'react';
import { useForm } from 'react-hook-form';
import type { Answer } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { account } from '../../texts/account.ts';
import { common } from '../../texts/common.ts';
import { Button } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { showIssues } from '../../ui/forms.ts';
import { ErrorNote, Skeleton } from '../../ui/layout.tsx';
import { QrCode } from '../../ui/qr-code.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

interface DialogProps {
  readonly onClose: () => void;
}

export function EnrolmentDialog({ onClose }: DialogProps) {
  const start = useChange('startTotp');
  const confirm = useChange('confirmTotp', { outdates: ['getSession', 'listMembers'] });
  const begin = useEffectEvent(() => start.mutate({}));
  useEffect(() => begin(), []);
  if (confirm.data !== undefined)
    return (
      <Dialog isOpen onClose={onClose} title={account.codesTitle} lead={account.codesLead}>
        <RecoveryCodes codes={confirm.data.recovery_codes} onKept={onClose} />
      </Dialog>
    );
  return (
    <Dialog isOpen onClose={onClose} title={account.totpSetUpTitle} lead={account.totpScan}>
      <div className="flex flex-col gap-4 pt-1">
        {start.data === undefined ? <Skeleton className="size-48" /> : <Told told={start.data} />}
        <ErrorNote error={start.error} onRetry={() => start.mutate({})} />
        {start.data !== undefined && <Confirmation confirm={confirm} onClose={onClose} />}
      </div>
    </Dialog>
  );
}

function Told({ told }: { readonly told: Answer<'startTotp'> }) {
  return (
    <div className="flex flex-wrap items-start gap-5">
      <QrCode text={told.otpauth_url} label={account.totpQr} />
      <div className="flex min-w-0 flex-1 basis-48 flex-col gap-1.5">
        <h3 className="text-[13px] font-medium">{account.totpSecret}</h3>
        <CopyText text={told.secret} isWhole />
      </div>
    </div>
  );
}

function Confirmation({
  confirm,
  onClose,
}: DialogProps & { readonly confirm: ReturnType<typeof useChange<'confirmTotp'>> }) {
  const form = useForm({ defaultValues: { code: '' } });
  const submit = form.handleSubmit(({ code }) =>
    confirm.mutate(
      { body: { code: code.replaceAll(/\s/g, '') } },
      { onError: (error) => void showIssues(error, form.setError, ['code']) },
    ),
  );
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <TextField
        label={account.totpCode}
        inputMode="numeric"
        autoComplete="one-time-code"
        isCode
        {...form.register('code', { required: common.required })}
        error={form.formState.errors.code?.message}
      />
      <ErrorNote error={confirm.error} issues={[]} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{common.cancel}</Button>
        <Button type="submit" look="primary" isBusy={confirm.isPending}>
          {account.totpConfirm}
        </Button>
      </div>
    </form>
  );
}
