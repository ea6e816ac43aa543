/** Menus of actions behind a button. */
import { clsx } from 'clsx';
import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

export interface MenuItem {
  readonly label: ReactNode;
  readonly icon?: ReactNode;
  readonly onSelect: () => void;
  readonly isDanger?: boolean;
  readonly isDisabled?: boolean;
  readonly isChosen?: boolean;
}

export function Menu({
  trigger,
  items,
  heading,
  align = 'end',
}: {
  /** One element that takes a ref: a button of the kit. */
  readonly trigger: ReactNode;
  readonly items: readonly (MenuItem | 'line')[];
  readonly heading?: ReactNode;
  readonly align?: 'start' | 'end';
}) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          className="appear z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 overflow-y-auto rounded-xl border border-line bg-surface p-1.5 shadow-raised"
        >
          {heading !== undefined && (
            <DropdownMenu.Label className="px-2.5 py-1.5 text-xs text-ink-3">{heading}</DropdownMenu.Label>
          )}
          {items.map((item, index) =>
            item === 'line' ? (
              <DropdownMenu.Separator key={index} className="my-1.5 h-px bg-line" />
            ) : (
              <DropdownMenu.Item
                key={index}
                disabled={item.isDisabled === true}
                onSelect={item.onSelect}
                className={clsx(
                  'flex cursor-default items-center gap-2.5 rounded-lg px-2.5 py-1.5 outline-none select-none',
                  'data-disabled:opacity-50 data-highlighted:bg-sunken [&_svg]:size-4',
                  item.isDanger === true ? 'text-bad' : 'text-ink',
                )}
              >
                {item.icon}
                <span className="min-w-0 flex-1 truncate">{item.label}</span>
                {item.isChosen === true && <Check aria-hidden className="text-accent-ink" />}
              </DropdownMenu.Item>
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
