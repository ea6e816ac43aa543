/** Settings of the organization and of an app. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute, insideRoute } from '../../roots.tsx';
import { appSettings, settings } from '../../texts/settings.ts';

const settingsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/settings',
  staticData: { title: settings.title, scope: 'settings:read' },
  component: lazyRouteComponent(() => import('./settings-page.tsx'), 'SettingsPage'),
});

const appSettingsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/settings',
  staticData: { title: appSettings.title, scope: 'apps:write' },
  component: lazyRouteComponent(() => import('./app-settings-page.tsx'), 'AppSettingsPage'),
});

export const settingsRoutes = { inside: [settingsRoute], inApp: [appSettingsRoute] } as const;
