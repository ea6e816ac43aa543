/** A new signing secret for a webhook, with a time in which the one before signs along. */
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { notifications } from '../../texts/notifications.ts';
import { Button } from '../../ui/button.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { ErrorNote } from '../../ui/layout.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import type { Channel } from './channel-draft.ts';
import type { ShownSecret } from './once-secret.tsx';

const OVERLAPS = ['86400', '604800', '0'] as const;

export function RotateSecret({
  channel,
  onDone,
}: {
  readonly channel: Channel;
  readonly onDone: (shown: ShownSecret) => void;
}) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button icon={<RotateCw aria-hidden />} onClick={() => setAsking(true)}>
        {notifications.rotate}
      </Button>
      {isAsking && (
        <Ask
          channel={channel}
          onClose={() => setAsking(false)}
          onDone={(shown) => {
            setAsking(false);
            onDone(shown);
          }}
        />
      )}
    </>
  );
}

function Ask({
  channel,
  onClose,
  onDone,
}: Parameters<typeof RotateSecret>[0] & { readonly onClose: () => void }) {
  const app = useAppName();
  const [overlap, setOverlap] = useState<(typeof OVERLAPS)[number]>('86400');
  const rotate = useChange('rotateChannelSecret', {
    onDone: ({ signing_secret: secret, previous_expires_at: until }) =>
      onDone({ secret, ...(overlap === '0' ? {} : { previousUntil: until }) }),
  });
  return (
    <FormDialog
      title={notifications.rotateTitle}
      lead={notifications.rotateText}
      action={notifications.rotateAction}
      isBusy={rotate.isPending}
      onSubmit={() =>
        rotate.mutate({
          params: { app, channel_id: channel.channel_id },
          body: { overlap_seconds: Number(overlap) },
        })
      }
      onClose={onClose}
    >
      <RadioCards
        label={notifications.overlap}
        className="grid-cols-1"
        options={OVERLAPS.map((value) => ({ value, label: notifications.overlaps[value] }))}
        value={overlap}
        onChange={setOverlap}
      />
      <ErrorNote error={rotate.error} />
    </FormDialog>
  );
}
