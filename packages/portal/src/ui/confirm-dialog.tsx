/** Asks before something that can't be taken back; the name of the thing is typed where the loss would be large. */
import { useState, type ReactNode } from 'react';
import { common } from '../texts/common.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { TextField } from './field.tsx';
import { ErrorNote } from './layout.tsx';

export function ConfirmDialog({
  title,
  children,
  action,
  typed,
  isBusy,
  error,
  onConfirm,
  onClose,
}: {
  readonly title: ReactNode;
  /** What will be so afterwards, and what will not come back. */
  readonly children: ReactNode;
  /** What the button says: the verb and what it is done to. */
  readonly action: string;
  /** What has to be typed before the button works, and how the field asks for it. */
  readonly typed?: { readonly text: string; readonly label: ReactNode };
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}) {
  const [text, setText] = useState('');
  const isReady = typed === undefined || text.trim() === typed.text;
  return (
    <Dialog isOpen onClose={onClose} title={title}>
      <form
        className="flex flex-col gap-4 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) onConfirm();
        }}
      >
        <div className="flex flex-col gap-2 text-ink-2">{children}</div>
        {typed !== undefined && (
          <TextField
            label={typed.label}
            isCode
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
        <ErrorNote error={error} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button type="submit" look="danger" disabled={!isReady} isBusy={isBusy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
