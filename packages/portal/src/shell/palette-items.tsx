/** Lines of the command palette, and their groups. */
import { Command } from 'cmdk';
import type { ReactNode } from 'react';

export function Group({ heading, children }: { readonly heading: string; readonly children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-ink-3"
    >
      {children}
    </Command.Group>
  );
}

export function Item({
  value,
  icon,
  onSelect,
  children,
}: {
  readonly value: string;
  readonly icon: ReactNode;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex items-center gap-3 rounded-lg px-3 py-2 data-[selected=true]:bg-sunken [&_svg]:size-4 [&_svg]:text-ink-3"
    >
      {icon}
      {children}
    </Command.Item>
  );
}
