/** Where an address without a page leads: to the first page of the app that one may see. */
import { Navigate } from '@tanstack/react-router';
import { useCan } from '../../api/session.ts';
import { useAppName, useApps, useCurrentApp } from '../../shell/current-app.ts';
import { APP_PLACES } from '../../shell/navigation.ts';
import { SkeletonRows } from '../../ui/layout.tsx';

/** To the app that was looked at last. */
export function HomePage() {
  const apps = useApps();
  const app = useCurrentApp();
  if (apps === undefined) return <SkeletonRows />;
  if (app === undefined) return <Navigate to="/apps" replace />;
  return <Navigate to="/apps/$app" params={{ app }} replace />;
}

export function AppHomePage() {
  const app = useAppName();
  const can = useCan();
  const place = APP_PLACES.find(({ scope }) => can(scope));
  return <Navigate to={place?.to ?? '/apps'} params={{ app }} replace />;
}
