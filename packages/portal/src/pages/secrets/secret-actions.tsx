/** What can be done with a secret: verifying, rotating, changing, deleting. */
import { useNavigate } from '@tanstack/react-router';
import { MoreHorizontal, RefreshCw, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { secret as words } from '../../texts/secret.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Menu } from '../../ui/menu.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { ChangeSecret } from './change-secret.tsx';
import { RotateSecret } from './rotate-secret.tsx';
import type { SecretItem } from './secret.ts';
import type { Verify } from '../../ui/verify.tsx';

export function SecretActions({ of: secret, verify }: { readonly of: SecretItem; readonly verify: Verify }) {
  const [open, setOpen] = useState<'rotate' | 'change' | 'delete'>();
  const close = () => setOpen(undefined);
  return (
    <>
      {secret.has_test_call && (
        <Button icon={<ShieldCheck aria-hidden />} isBusy={verify.isPending} onClick={verify.start}>
          {words.verify}
        </Button>
      )}
      <Button look="primary" icon={<RefreshCw aria-hidden />} onClick={() => setOpen('rotate')}>
        {words.rotate}
      </Button>
      <Menu
        trigger={
          <IconButton label={words.more} size="normal" look="secondary">
            <MoreHorizontal aria-hidden />
          </IconButton>
        }
        items={[
          { label: words.change, onSelect: () => setOpen('change') },
          'line',
          { label: words.delete, isDanger: true, onSelect: () => setOpen('delete') },
        ]}
      />
      {open === 'rotate' && <RotateSecret of={secret} onClose={close} />}
      {open === 'change' && <ChangeSecret of={secret} onClose={close} />}
      {open === 'delete' && <DeleteSecret of={secret} onClose={close} />}
    </>
  );
}

function DeleteSecret({ of: secret, onClose }: { readonly of: SecretItem; readonly onClose: () => void }) {
  const app = useAppName();
  const toasts = useToasts();
  const navigate = useNavigate();
  const remove = useChange('deleteSecret', {
    outdates: ['listSecrets', 'listPolicies', 'getOverview'],
    onDone: () => {
      toasts.done(words.deleted(secret.name));
      return navigate({ to: '/apps/$app/secrets', params: { app } });
    },
  });
  return (
    <ConfirmDialog
      title={words.deleteTitle(secret.name)}
      action={words.delete}
      typed={{ text: secret.name, label: words.deleteTyped(secret.name) }}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { app, secret_id: secret.secret_id } })}
      onClose={onClose}
    >
      <p>{words.deleteText}</p>
      <p>{words.deleteGrants(secret.active_grants)}</p>
    </ConfirmDialog>
  );
}
