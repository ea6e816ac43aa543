/** The frame of the pages on the way in. */
import { Outlet, useMatches } from '@tanstack/react-router';
import { useEffect } from 'react';
import { common } from '../texts/common.ts';
import { Mark } from './mark.tsx';

export function EnterShell() {
  const { title } = useMatches().at(-1)?.staticData ?? {};
  useEffect(() => {
    document.title = title === undefined ? common.product : `${title} · ${common.product}`;
  }, [title]);
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="flex w-full max-w-sm flex-col gap-6">
        <div className="flex items-center justify-center gap-2.5">
          <Mark className="size-9" />
          <span className="text-lg font-semibold tracking-tight">{common.product}</span>
        </div>
        <Outlet />
      </div>
    </main>
  );
}
