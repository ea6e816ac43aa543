/** Apps, and where an address without a page leads. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute, insideRoute } from '../../roots.tsx';
import { apps } from '../../texts/apps.ts';

const homeRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./home-page.tsx'), 'HomePage'),
});

const appsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/apps',
  staticData: { title: apps.title, scope: 'apps:read' },
  component: lazyRouteComponent(() => import('./apps-page.tsx'), 'AppsPage'),
});

const appHomeRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./home-page.tsx'), 'AppHomePage'),
});

export const appsRoutes = { inside: [homeRoute, appsRoute], inApp: [appHomeRoute] } as const;
