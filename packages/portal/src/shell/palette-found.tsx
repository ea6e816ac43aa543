/** What the vault finds for the typed text in the app: things by name or id, each leading to where it is shown. */
import { useNavigate } from '@tanstack/react-router';
import { Bell, Bot, KeyRound, Lock, ShieldCheck, Waypoints, UserRound, type LucideIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Answer } from '../api/client.ts';
import { useApi } from '../api/queries.ts';
import { shell } from '../texts/shell.ts';
import { Group, Item } from './palette-items.tsx';

type FoundItem = Answer<'search'>['items'][number];

const ICONS: Readonly<Record<FoundItem['kind'], LucideIcon>> = {
  secret: Lock,
  grant: Waypoints,
  agent: Bot,
  key: KeyRound,
  policy: ShieldCheck,
  channel: Bell,
  member: UserRound,
};
const WAIT_MS = 150;
const LENGTH_MIN = 2;

export function Found({
  text,
  app,
  onGo,
}: {
  readonly text: string;
  readonly app: string | undefined;
  readonly onGo: () => void;
}) {
  const asked = useSettled(text.trim());
  const isAsked = app !== undefined && asked.length >= LENGTH_MIN;
  const { data } = useApi(
    'search',
    { params: { app: app ?? '' }, query: { q: asked } },
    { enabled: isAsked, keepPrevious: true },
  );
  const open = useOpen(app ?? '');
  if (!isAsked || data === undefined || data.items.length === 0) return null;
  return (
    <Group heading={shell.paletteFound}>
      {data.items.map((one) => {
        const Icon = ICONS[one.kind];
        return (
          <Item
            key={one.id}
            value={`${one.name} ${one.detail} ${one.id}`}
            icon={<Icon aria-hidden />}
            onSelect={() => {
              onGo();
              open(one);
            }}
          >
            <span className="min-w-0 flex-1 truncate">
              {one.name} <span className="text-ink-3">{one.detail}</span>
            </span>
            <span className="text-xs text-ink-3">{shell.paletteKinds[one.kind]}</span>
          </Item>
        );
      })}
    </Group>
  );
}

function useOpen(app: string): (one: FoundItem) => void {
  const navigate = useNavigate();
  return ({ kind, id, name, detail, secret_id: secretId }) => {
    switch (kind) {
      case 'secret':
        return void navigate({ to: '/apps/$app/secrets/$secret', params: { app, secret: id } });
      case 'grant':
        return void navigate({
          to: '/apps/$app/secrets/$secret',
          params: { app, secret: secretId ?? id },
          search: { grant: id, grants: 'all' },
        });
      case 'agent':
        return void navigate({ to: '/apps/$app/agents/$agent', params: { app, agent: id } });
      case 'policy':
        return void navigate({ to: '/apps/$app/policies/$policy', params: { app, policy: id } });
      case 'key':
        return void navigate({
          to: '/apps/$app/keys',
          params: { app },
          search: { show: 'all', q: detail, key: id },
        });
      case 'channel':
        return void navigate({ to: '/apps/$app/notifications/$channel', params: { app, channel: id } });
      case 'member':
        return void navigate({ to: '/members', search: { q: name, member: id } });
    }
  };
}

/** The text once nobody has typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), WAIT_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
