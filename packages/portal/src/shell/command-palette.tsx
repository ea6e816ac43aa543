/** Search and jump: pages, apps, and what has the typed name. Opened by Ctrl K or ⌘ K. */
import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { Boxes } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { useState } from 'react';
import { useCan } from '../api/session.ts';
import { common } from '../texts/common.ts';
import { shell } from '../texts/shell.ts';
import { useApps, useCurrentApp } from './current-app.ts';
import { Group, Item } from './palette-items.tsx';
import { Found } from './palette-found.tsx';
import { APP_PLACES, ORGANIZATION_PLACES, type Place } from './navigation.ts';

export function CommandPalette({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const app = useCurrentApp();
  const apps = useApps() ?? [];
  const can = useCan();
  const navigate = useNavigate();
  const go = (to: Place['to'] | '/apps/$app', name: string | undefined) => {
    onClose();
    void navigate({ to, params: { app: name ?? '' } });
  };
  const places = [...(app === undefined ? [] : APP_PLACES), ...ORGANIZATION_PLACES].filter(({ scope }) =>
    can(scope),
  );
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-[rgb(8_12_20/45%)]" />
        <Radix.Content
          aria-describedby={undefined}
          className="appear fixed top-[12dvh] left-1/2 z-50 w-[min(38rem,calc(100vw-2rem))] -translate-x-1/2 overflow-hidden rounded-2xl border border-line bg-surface shadow-raised outline-none"
        >
          <Radix.Title className="sr-only">{shell.paletteTitle}</Radix.Title>
          <Command label={shell.paletteTitle} loop>
            <Command.Input
              value={text}
              onValueChange={setText}
              placeholder={shell.palette}
              aria-label={common.search}
              className="h-12 w-full border-b border-line bg-transparent px-4 text-[15px] outline-none"
            />
            <Command.List className="max-h-[50dvh] overflow-y-auto p-2">
              <Command.Empty className="px-3 py-8 text-center text-ink-3">{shell.paletteEmpty}</Command.Empty>
              <Found text={text} app={app} onGo={onClose} />
              <Group heading={shell.palettePages}>
                {places.map(({ to, label, icon: Icon }) => (
                  <Item key={to} value={label} icon={<Icon aria-hidden />} onSelect={() => go(to, app)}>
                    {label}
                  </Item>
                ))}
              </Group>
              <Group heading={shell.paletteApps}>
                {apps.map(({ app_id: id, name }) => (
                  <Item
                    key={id}
                    value={`${name} ${id}`}
                    icon={<Boxes aria-hidden />}
                    onSelect={() => go('/apps/$app', name)}
                  >
                    {name}
                  </Item>
                ))}
              </Group>
            </Command.List>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
