/** A dialog that is a form: Enter sends it, its buttons stay in sight. */
import { useId, type ReactNode } from 'react';
import { common } from '../texts/common.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

export function FormDialog({
  title,
  lead,
  action,
  isBusy,
  onSubmit,
  onClose,
  children,
}: {
  readonly title: ReactNode;
  readonly lead?: ReactNode;
  /** What the button that sends it says. */
  readonly action: string;
  readonly isBusy: boolean;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      {...(lead === undefined ? {} : { lead })}
      actions={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button type="submit" form={id} look="primary" isBusy={isBusy}>
            {action}
          </Button>
        </>
      }
    >
      <form
        id={id}
        noValidate
        className="flex flex-col gap-4 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          // A dialog that was opened from within another form must not send that one too.
          event.stopPropagation();
          onSubmit();
        }}
      >
        {children}
      </form>
    </Dialog>
  );
}
