/** What of a secret asks for somebody to act. */
import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { secret as words } from '../../texts/secret.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Callout } from '../../ui/layout.tsx';
import { Countdown, TimeAgo, useNow } from '../../ui/time.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { statesOf, type SecretItem } from './secret.ts';

const MINUTE_MS = 60_000;

export function Alerts({ of: secret }: { readonly of: SecretItem }) {
  const states = statesOf(secret, useNow(MINUTE_MS));
  const isOverdue = states.includes('overdue');
  return (
    <>
      {(isOverdue || states.includes('due')) && (
        <Callout tone="warn" title={isOverdue ? words.overdueTitle : words.dueTitle}>
          {words.dueText} <TimeAgo at={secret.rotate_by} />.
        </Callout>
      )}
      {states.includes('anyHost') && (
        <Callout tone="warn" title={words.anyHostTitle}>
          {words.anyHostText}
        </Callout>
      )}
      {states.includes('overlap') && <Overlap of={secret} />}
    </>
  );
}

function Overlap({ of: secret }: { readonly of: SecretItem }) {
  const app = useAppName();
  const can = useCan();
  const toasts = useToasts();
  const [isAsking, setAsking] = useState(false);
  const end = useChange('endOverlap', {
    outdates: ['getSecret', 'listSecrets'],
    onDone: () => {
      toasts.done(words.overlapEnded);
      setAsking(false);
    },
  });
  return (
    <Callout
      tone="hold"
      title={words.overlapTitle}
      {...(can('secrets:write')
        ? {
            actions: (
              <Button size="small" onClick={() => setAsking(true)}>
                {words.endOverlap}
              </Button>
            ),
          }
        : {})}
    >
      {words.overlapText} <Countdown until={secret.overlap_until ?? ''} over={words.overlapOver} />
      {isAsking && (
        <ConfirmDialog
          title={words.endOverlapTitle}
          action={words.endOverlap}
          isBusy={end.isPending}
          error={end.error}
          onConfirm={() => end.mutate({ params: { app, secret_id: secret.secret_id } })}
          onClose={() => setAsking(false)}
        >
          <p>{words.endOverlapText}</p>
        </ConfirmDialog>
      )}
    </Callout>
  );
}
