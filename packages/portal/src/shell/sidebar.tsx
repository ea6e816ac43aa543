/** The navigation: the app that is worked in and its pages, then the organization's. */
import { Link, useNavigate } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { Boxes, ChevronsUpDown, X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { useCan } from '../api/session.ts';
import { common } from '../texts/common.ts';
import { shell } from '../texts/shell.ts';
import { IconButton } from '../ui/button.tsx';
import { Menu } from '../ui/menu.tsx';
import { pendingText, usePending } from './pending.ts';
import { useApps, useCurrentApp } from './current-app.ts';
import { Mark } from './mark.tsx';
import { APP_PLACES, ORGANIZATION_PLACES, type Place } from './navigation.ts';

export function Sidebar() {
  return (
    <aside className="sticky top-0 hidden h-dvh w-60 shrink-0 flex-col border-r border-line bg-surface lg:flex">
      <Contents />
    </aside>
  );
}

export function SidebarDrawer({
  isOpen,
  onClose,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-[rgb(8_12_20/45%)]" />
        <Radix.Content
          aria-describedby={undefined}
          className="appear fixed inset-y-0 left-0 z-50 flex w-72 max-w-[85vw] flex-col bg-surface shadow-raised outline-none"
        >
          <Radix.Title className="sr-only">{shell.navigation}</Radix.Title>
          <Radix.Close asChild>
            <IconButton label={shell.closeNavigation} className="absolute top-3 right-2">
              <X aria-hidden />
            </IconButton>
          </Radix.Close>
          <Contents />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Contents() {
  const app = useCurrentApp();
  const can = useCan();
  const organization = ORGANIZATION_PLACES.filter(({ scope }) => can(scope));
  return (
    <>
      <div className="flex h-14 items-center gap-2.5 px-4">
        <Mark />
        <span className="text-[15px] font-semibold tracking-tight">{common.product}</span>
      </div>
      <div className="px-3 pb-2">
        <AppSwitcher current={app} />
      </div>
      <nav
        aria-label={shell.navigation}
        className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-3 py-2"
      >
        {app !== undefined && (
          <ul className="flex flex-col gap-0.5">
            {APP_PLACES.filter(({ scope }) => can(scope)).map((place) => (
              <PlaceLink key={place.to} place={place} app={app} />
            ))}
          </ul>
        )}
        {organization.length > 0 && (
          <div>
            <h2 className="px-2.5 pb-1 text-xs font-medium text-ink-3">{shell.organization}</h2>
            <ul className="flex flex-col gap-0.5">
              {organization.map((place) => (
                <PlaceLink key={place.to} place={place} app={app ?? ''} />
              ))}
            </ul>
          </div>
        )}
      </nav>
    </>
  );
}

function PlaceLink({ place, app }: { readonly place: Place; readonly app: string }) {
  const Icon = place.icon;
  return (
    <li>
      <Link
        to={place.to}
        params={{ app }}
        activeOptions={{ exact: place.to === '/apps' }}
        className={clsx(
          'flex h-9 items-center gap-2.5 rounded-lg px-2.5 font-medium text-ink-2 transition-colors hover:bg-sunken hover:text-ink',
          'data-[status=active]:bg-accent-soft data-[status=active]:text-accent-ink',
        )}
      >
        <Icon className="size-4 shrink-0" aria-hidden />
        <span className="min-w-0 flex-1 truncate">{place.label}</span>
        {place.counts === 'approvals' && <PendingApprovals app={app} />}
      </Link>
    </li>
  );
}

function PendingApprovals({ app }: { readonly app: string }) {
  const pending = usePending(app);
  if (pending === 0) return null;
  return (
    <span className="rounded-full bg-hold-soft px-1.5 text-xs font-semibold text-hold tabular-nums">
      {pendingText(pending)}
      <span className="sr-only"> {shell.pendingApprovals(pending)}</span>
    </span>
  );
}

function AppSwitcher({ current }: { readonly current: string | undefined }) {
  const apps = useApps() ?? [];
  const navigate = useNavigate();
  return (
    <Menu
      align="start"
      heading={shell.switchApp}
      trigger={
        <button
          type="button"
          className="flex h-10 w-full items-center gap-2.5 rounded-lg border border-line bg-bg px-2.5 text-left hover:border-line-strong"
        >
          <span className="grid size-6 shrink-0 place-items-center rounded-md bg-accent-soft text-xs font-semibold text-accent-ink uppercase">
            {current?.[0] ?? '–'}
          </span>
          <span className="min-w-0 flex-1 truncate font-medium">{current ?? shell.allApps}</span>
          <ChevronsUpDown className="size-4 text-ink-3" aria-hidden />
          <span className="sr-only">{shell.switchApp}</span>
        </button>
      }
      items={[
        ...apps.map((app) => ({
          label: app.name,
          isChosen: app.name === current,
          onSelect: () => void navigate({ to: '/apps/$app', params: { app: app.name } }),
        })),
        'line' as const,
        { label: shell.allApps, icon: <Boxes aria-hidden />, onSelect: () => void navigate({ to: '/apps' }) },
      ]}
    />
  );
}
