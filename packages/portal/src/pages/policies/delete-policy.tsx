/** Deleting a policy lifts its restriction: its name has to be typed. */
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { policies } from '../../texts/policies.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { useToasts } from '../../ui/toast.tsx';
import type { Policy } from './draft.ts';

export function DeletePolicy({ policy, onDone }: { readonly policy: Policy; readonly onDone: () => void }) {
  const app = useAppName();
  const toasts = useToasts();
  const [isAsking, setAsking] = useState(false);
  const remove = useChange('deletePolicy', {
    outdates: ['listPolicies', 'listGrants', 'getGrant'],
    onDone: () => {
      toasts.done(policies.removed(policy.name));
      onDone();
    },
  });
  return (
    <>
      <Button icon={<Trash2 aria-hidden />} onClick={() => setAsking(true)}>
        {policies.remove}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={policies.removeTitle(policy.name)}
          action={policies.remove}
          typed={{ text: policy.name, label: policies.removeTyped }}
          isBusy={remove.isPending}
          error={remove.error}
          onClose={() => setAsking(false)}
          onConfirm={() => remove.mutate({ params: { app, policy_id: policy.policy_id } })}
        >
          <p>{policies.removeText}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
