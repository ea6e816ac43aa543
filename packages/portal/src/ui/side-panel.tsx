/** A panel at the side for the details of one of many: the list stays in view. The whole width on a phone. */
import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { common } from '../texts/common.ts';
import { IconButton } from './button.tsx';

export function SidePanel({
  title,
  actions,
  onClose,
  children,
}: {
  readonly title: ReactNode;
  readonly actions?: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-[rgb(8_12_20/25%)]" />
        <Radix.Content
          aria-describedby={undefined}
          className="appear fixed inset-y-0 right-0 z-50 flex w-full max-w-xl flex-col border-l border-line bg-surface shadow-raised outline-none"
        >
          <div className="flex items-center justify-between gap-3 border-b border-line px-5 py-3">
            <Radix.Title className="min-w-0 text-base font-semibold break-words">{title}</Radix.Title>
            <div className="flex shrink-0 items-center gap-1">
              {actions}
              <Radix.Close asChild>
                <IconButton label={common.close}>
                  <X aria-hidden />
                </IconButton>
              </Radix.Close>
            </div>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4" tabIndex={-1}>
            {children}
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
