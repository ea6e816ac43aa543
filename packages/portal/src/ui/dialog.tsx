/** Dialogs: focus stays inside, Escape closes, what opened them gets the focus back. */
import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { common } from '../texts/common.ts';
import { IconButton } from './button.tsx';

export interface DialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly lead?: ReactNode;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

export function Dialog({ isOpen, onClose, title, lead, children, actions }: DialogProps) {
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-[rgb(8_12_20/45%)]" />
        <Radix.Content
          {...(lead === undefined ? { 'aria-describedby': undefined } : {})}
          className="appear fixed top-[max(1rem,8dvh)] left-1/2 z-50 flex max-h-[84dvh] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 flex-col rounded-2xl border border-line bg-surface shadow-raised outline-none"
        >
          <div className="flex items-start justify-between gap-4 px-6 pt-5 pb-3">
            <div className="min-w-0">
              <Radix.Title className="text-base font-semibold break-words">{title}</Radix.Title>
              {lead !== undefined && (
                <Radix.Description className="mt-1 text-[13px] text-ink-2">{lead}</Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <IconButton label={common.close} className="-mt-1 -mr-2">
                <X aria-hidden />
              </IconButton>
            </Radix.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-6 pb-5" tabIndex={-1}>
            {children}
          </div>
          {actions !== undefined && (
            <div className="flex flex-wrap justify-end gap-2 border-t border-line px-6 py-3.5">{actions}</div>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
