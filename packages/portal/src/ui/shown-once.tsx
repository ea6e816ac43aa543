/** What is shown once and never again (W7): it lives in the dialog that shows it, and is gone from the page with it. */
import { KeyRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { common } from '../texts/common.ts';
import { Button } from './button.tsx';
import { CodeBlock } from './copy.tsx';
import { Dialog } from './dialog.tsx';

export function ShownOnce({
  title,
  warning,
  label,
  text,
  children,
  onClose,
}: {
  readonly title: ReactNode;
  /** That it won't come back, and what to do when it is lost. */
  readonly warning: ReactNode;
  readonly label: string;
  readonly text: string;
  /** What to do with it. */
  readonly children?: ReactNode;
  readonly onClose: () => void;
}) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      actions={
        <Button look="primary" onClick={onClose}>
          {common.savedIt}
        </Button>
      }
    >
      <div className="flex flex-col gap-4 pt-1">
        <p className="flex gap-2.5 rounded-lg bg-warn-soft px-3.5 py-2.5 text-[13px] text-warn">
          <KeyRound className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span>{warning}</span>
        </p>
        <CodeBlock label={label} code={text} isWrapped />
        {children}
      </div>
    </Dialog>
  );
}
