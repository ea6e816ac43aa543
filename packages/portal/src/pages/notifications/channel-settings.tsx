/** Changing a channel. Another URL gives a webhook a new signing secret, which is shown once. */
import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { notifications } from '../../texts/notifications.ts';
import { Button } from '../../ui/button.tsx';
import { errorsOf } from '../../ui/forms.ts';
import { Card, ErrorNote } from '../../ui/layout.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { change, draftOf, problemsOf, type Channel } from './channel-draft.ts';
import { ChannelFields } from './channel-fields.tsx';

const FIELDS = /^(?:name|url|to|from|events)\b/;

export function ChannelSettings({
  channel,
  onSecret,
}: {
  readonly channel: Channel;
  readonly onSecret: (secret: string) => void;
}) {
  const app = useAppName();
  const toasts = useToasts();
  const [draft, setDraft] = useState(() => draftOf(channel));
  const [isTried, setTried] = useState(false);
  const save = useChange('changeChannel', {
    outdates: ['listChannels', 'getChannel'],
    onDone: ({ signing_secret: secret, ...saved }) => {
      // W2: an address of Slack that was typed is gone from the field.
      setDraft(draftOf(saved));
      setTried(false);
      save.reset();
      toasts.done(notifications.saved);
      if (secret !== undefined) onSecret(secret);
    },
  });
  const problems = problemsOf(draft, false);
  const answered = save.error?.issues ?? [];
  const isDirty = JSON.stringify(draft) !== JSON.stringify(draftOf(channel));
  const submit = () => {
    setTried(true);
    if (problems.length === 0)
      save.mutate({ params: { app, channel_id: channel.channel_id }, body: change(draft) });
  };
  return (
    <Card title={notifications.settings}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <ChannelFields
          draft={draft}
          onChange={(part) => setDraft({ ...draft, ...part })}
          errors={errorsOf([...(isTried ? problems : []), ...answered])}
          isNew={false}
        />
        <ErrorNote error={save.error} issues={answered.filter(({ path }) => !FIELDS.test(path))} />
        <div>
          <Button type="submit" look="primary" isBusy={save.isPending} disabled={!isDirty}>
            {notifications.save}
          </Button>
        </div>
      </form>
    </Card>
  );
}
