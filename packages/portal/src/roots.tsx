/** The routes that all others hang from: outside the sign-in, inside it, and inside an app. */
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { loadSession, type Scope } from './api/session.ts';
import { Crashed, NotFound } from './shell/failures.tsx';

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** What the tab of the browser says. */
    readonly title?: string;
    /** Without it the page is not shown; the API refuses it anyway. */
    readonly scope?: Scope;
  }
}

export const rootRoute = createRootRouteWithContext()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: Crashed,
});

/** Pages for who is not signed in yet. */
export const enterRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'enter',
  component: lazyRouteComponent(() => import('./shell/enter-shell.tsx'), 'EnterShell'),
});

export const insideRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'inside',
  beforeLoad: async ({ location }) => {
    if ((await loadSession()) === null)
      // oxlint-disable-next-line typescript/only-throw-error -- how the router is told to go elsewhere
      throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { next: location.href } });
  },
  component: lazyRouteComponent(() => import('./shell/app-shell.tsx'), 'AppShell'),
});

/** Pages of one app; `app` is its name or id. */
export const appRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/apps/$app',
  component: Outlet,
});
