/** W2: a signing secret on the screen, once: with the dialog it goes from the page and from memory. */
import { notifications } from '../../texts/notifications.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TimeAgo } from '../../ui/time.tsx';

export interface ShownSecret {
  readonly secret: string;
  /** Until then the one before signs along. */
  readonly previousUntil?: string;
}

export function OnceSecret({
  shown,
  onClose,
}: {
  readonly shown: ShownSecret;
  readonly onClose: () => void;
}) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={notifications.secretTitle}
      lead={notifications.secretLead}
      actions={
        <Button look="primary" onClick={onClose}>
          {notifications.secretDone}
        </Button>
      }
    >
      <div className="flex flex-col gap-3 pt-1">
        <CodeBlock label={notifications.secretLabel} code={shown.secret} />
        <p className="text-[13px] text-ink-2">{notifications.secretHint}</p>
        {shown.previousUntil !== undefined && (
          <p className="text-[13px] text-ink-2">
            {notifications.previousUntil} <TimeAgo at={shown.previousUntil} />.
          </p>
        )}
      </div>
    </Dialog>
  );
}
