/** Revoking a grant, after one was told what goes with it. */
import { useState } from 'react';
import { useChange } from '../../../api/queries.ts';
import { grants as words } from '../../../texts/grants.ts';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { TextField } from '../../../ui/field.tsx';
import { useToasts } from '../../../ui/toast.tsx';
import { activeBelow, nameOf, type Grant } from './grant.ts';

export function RevokeGrant({
  of: grant,
  all,
  onClose,
}: {
  readonly of: Grant;
  /** All grants of the secret that are shown: its clones are among them. */
  readonly all: readonly Grant[];
  readonly onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const toasts = useToasts();
  const name = nameOf(grant);
  const below = activeBelow(all, grant.grant_id);
  const revoke = useChange('revokeGrant', {
    outdates: ['listGrants', 'getGrant', 'getSecret', 'listSecrets', 'getAgent', 'listAgents'],
    onDone: ({ clones_revoked: clones }) => {
      toasts.done(clones.length === 0 ? words.revoked(name) : words.revokedWith(name, clones.length));
      onClose();
    },
  });
  const text = reason.trim();
  return (
    <ConfirmDialog
      title={words.revokeTitle(name)}
      action={words.revoke}
      isBusy={revoke.isPending}
      error={revoke.error}
      onConfirm={() =>
        revoke.mutate({
          params: { grant_id: grant.grant_id },
          body: text === '' ? {} : { reason: text },
        })
      }
      onClose={onClose}
    >
      <p>{words.revokeText}</p>
      {below > 0 && <p className="font-medium text-ink">{words.revokeClones(below)}</p>}
      <TextField
        label={words.reason}
        hint={words.reasonHint}
        isOptional
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
    </ConfirmDialog>
  );
}
