/** Making a channel; the signing secret of a webhook is shown once, then its page opens. */
import { Mail, MessageSquare, Webhook } from 'lucide-react';
import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { common } from '../../texts/common.ts';
import { notifications } from '../../texts/notifications.ts';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { errorsOf } from '../../ui/forms.ts';
import { ErrorNote } from '../../ui/layout.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { creation, EMPTY, problemsOf, TYPES } from './channel-draft.ts';
import { ChannelFields } from './channel-fields.tsx';
import { OnceSecret } from './once-secret.tsx';

const ICONS = { webhook: <Webhook />, slack: <MessageSquare />, smtp: <Mail /> } as const;
const FIELDS = /^(?:name|url|to|from|events)\b/;

export function NewChannel({
  onClose,
  onDone,
}: {
  readonly onClose: () => void;
  readonly onDone: (channelId: string) => void;
}) {
  const app = useAppName();
  const toasts = useToasts();
  const [draft, setDraft] = useState(EMPTY);
  const [isTried, setTried] = useState(false);
  const create = useChange('createChannel', {
    outdates: ['listChannels'],
    onDone: (made) => {
      toasts.done(notifications.created(made.name));
      if (made.signing_secret === undefined) onDone(made.channel_id);
    },
  });
  const problems = problemsOf(draft, true);
  const answered = create.error?.issues ?? [];
  const submit = () => {
    setTried(true);
    if (problems.length === 0) create.mutate({ params: { app }, body: creation(draft) });
  };
  const { data: made } = create;
  if (made?.signing_secret !== undefined)
    return <OnceSecret shown={{ secret: made.signing_secret }} onClose={() => onDone(made.channel_id)} />;
  return (
    <FormDialog
      title={notifications.newChannel}
      action={common.create}
      isBusy={create.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <RadioCards
        label={notifications.type}
        className="sm:grid-cols-3"
        options={TYPES.map((value) => ({ value, ...notifications.types[value], icon: ICONS[value] }))}
        value={draft.type}
        onChange={(type) => setDraft({ ...draft, type, url: '' })}
      />
      <ChannelFields
        draft={draft}
        onChange={(part) => setDraft({ ...draft, ...part })}
        errors={errorsOf([...(isTried ? problems : []), ...answered])}
        isNew
      />
      <ErrorNote error={create.error} issues={answered.filter(({ path }) => !FIELDS.test(path))} />
    </FormDialog>
  );
}
