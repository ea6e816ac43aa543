/** Deleting a channel: nobody is told by it any more. */
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { notifications } from '../../texts/notifications.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { useToasts } from '../../ui/toast.tsx';
import type { Channel } from './channel-draft.ts';

export function DeleteChannel({
  channel,
  onDone,
}: {
  readonly channel: Channel;
  readonly onDone: () => void;
}) {
  const app = useAppName();
  const toasts = useToasts();
  const [isAsking, setAsking] = useState(false);
  const remove = useChange('deleteChannel', {
    outdates: ['listChannels'],
    onDone: () => {
      toasts.done(notifications.removed(channel.name));
      onDone();
    },
  });
  return (
    <>
      <Button icon={<Trash2 aria-hidden />} onClick={() => setAsking(true)}>
        {notifications.remove}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={notifications.removeTitle(channel.name)}
          action={notifications.remove}
          isBusy={remove.isPending}
          error={remove.error}
          onClose={() => setAsking(false)}
          onConfirm={() => remove.mutate({ params: { app, channel_id: channel.channel_id } })}
        >
          <p>{notifications.removeText}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
