/** Which app the pages are about: the one in the address, else the one that was looked at last, else the first. */
import { useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useApi } from '../api/queries.ts';
import type { Answer } from '../api/client.ts';

export type App = Answer<'listApps'>['items'][number];

/** More apps than this are found by the command palette. */
const APPS_MAX = 200;

let lastApp: string | undefined;

export function useApps(): readonly App[] | undefined {
  return useApi('listApps', { query: { limit: APPS_MAX } }).data?.items;
}

/** The name of the app in the address; for pages below `/apps/$app`. */
export function useAppName(): string {
  const { app } = useParams({ strict: false });
  if (app === undefined) throw new Error('This page belongs below an app.');
  return app;
}

/** Also outside of an app: where its links lead. Undefined while there is none. */
export function useCurrentApp(): string | undefined {
  const { app } = useParams({ strict: false });
  const apps = useApps();
  useEffect(() => {
    if (app !== undefined) lastApp = app;
  }, [app]);
  return app ?? apps?.find(({ name }) => name === lastApp)?.name ?? apps?.[0]?.name;
}
