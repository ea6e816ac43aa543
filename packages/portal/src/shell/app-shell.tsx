/** The frame of every page inside: navigation at the side, or in a drawer where it is narrow, and what is above the page. */
import { Outlet, useMatches, useRouterState } from '@tanstack/react-router';
import { Menu as MenuIcon, Search } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useCan } from '../api/session.ts';
import { common } from '../texts/common.ts';
import { shell } from '../texts/shell.ts';
import { IconButton } from '../ui/button.tsx';
import { SkeletonRows } from '../ui/layout.tsx';
import { AccountMenu } from './account-menu.tsx';
import { NotAllowed } from './failures.tsx';
import { useCurrentApp } from './current-app.ts';
import { pendingText, usePending } from './pending.ts';
import { Sidebar, SidebarDrawer } from './sidebar.tsx';
import { StepUpArea } from './step-up.tsx';

const CommandPalette = lazy(async () => ({
  default: (await import('./command-palette.tsx')).CommandPalette,
}));

export function AppShell() {
  /** The path on which the drawer was opened: on any other it is closed again. */
  const [navigatingAt, setNavigatingAt] = useState<string>();
  const [isSearching, setSearching] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const matches = useMatches();
  const { scope, title } = matches.at(-1)?.staticData ?? {};
  const can = useCan();

  const pending = usePending(useCurrentApp());

  useEffect(() => {
    const name = title === undefined ? common.product : `${title} · ${common.product}`;
    document.title = pending === 0 ? name : `(${pendingText(pending)}) ${name}`;
  }, [title, pending]);
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setSearching((before) => !before);
    };
    addEventListener('keydown', open);
    return () => removeEventListener('keydown', open);
  }, []);

  return (
    <StepUpArea>
      <a
        href="#content"
        className="fixed top-2 left-2 z-60 -translate-y-20 rounded-lg bg-accent px-3 py-2 text-on-accent focus:translate-y-0"
      >
        {common.skipToContent}
      </a>
      <div className="flex min-h-dvh">
        <Sidebar />
        <SidebarDrawer isOpen={navigatingAt === path} onClose={() => setNavigatingAt(undefined)} />
        <div className="flex min-w-0 flex-1 flex-col">
          <header className="sticky top-0 z-30 flex h-14 items-center gap-2 border-b border-line bg-bg/85 px-4 backdrop-blur sm:px-6">
            <IconButton
              label={shell.openNavigation}
              size="normal"
              className="-ml-2 lg:hidden!"
              onClick={() => setNavigatingAt(path)}
            >
              <MenuIcon aria-hidden />
            </IconButton>
            <button
              type="button"
              onClick={() => setSearching(true)}
              className="flex h-9 min-w-0 flex-1 items-center gap-2 rounded-lg border border-line bg-surface px-3 text-left text-ink-3 shadow-card hover:border-line-strong sm:max-w-md"
            >
              <Search className="size-4 shrink-0" aria-hidden />
              <span className="min-w-0 flex-1 truncate">{shell.palette}</span>
              <kbd className="hidden rounded border border-line px-1.5 font-sans text-xs sm:block">
                {shortcut()}
              </kbd>
            </button>
            <div className="ml-auto">
              <AccountMenu />
            </div>
          </header>
          <main id="content" tabIndex={-1} className="flex-1 px-4 py-6 outline-none sm:px-6 lg:px-8">
            {scope !== undefined && !can(scope) ? (
              <NotAllowed scope={scope} />
            ) : (
              <Suspense fallback={<SkeletonRows />}>
                <Outlet />
              </Suspense>
            )}
          </main>
        </div>
      </div>
      {isSearching && (
        <Suspense>
          <CommandPalette onClose={() => setSearching(false)} />
        </Suspense>
      )}
    </StepUpArea>
  );
}

const shortcut = (): string => (navigator.userAgent.includes('Mac') ? '⌘ K' : 'Ctrl K');
