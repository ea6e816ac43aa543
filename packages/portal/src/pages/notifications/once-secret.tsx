/** W2: a signing secret on the screen, once: with the dialog it goes from the page and from memory. */
import { notifications } from '../../texts/notifications.ts';
import { ShownOnce } from '../../ui/shown-once.tsx';
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
    <ShownOnce
      title={notifications.secretTitle}
      warning={notifications.secretLead}
      label={notifications.secretLabel}
      text={shown.secret}
      onClose={onClose}
    >
      <p className="text-[13px] text-ink-2">{notifications.secretHint}</p>
      {shown.previousUntil !== undefined && (
        <p className="text-[13px] text-ink-2">
          {notifications.previousUntil} <TimeAgo at={shown.previousUntil} />.
        </p>
      )}
    </ShownOnce>
  );
}
