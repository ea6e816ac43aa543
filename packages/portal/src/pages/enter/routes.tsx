/** The way in. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { enterRoute } from '../../roots.tsx';
import { enter } from '../../texts/enter.ts';

interface SignInSearch {
  /** Where to go afterwards, as the address says it: judged where it is used. */
  readonly next?: string;
}

const signInRoute = createRoute({
  getParentRoute: () => enterRoute,
  path: '/sign-in',
  staticData: { title: enter.signIn },
  validateSearch: ({ next }): SignInSearch => (typeof next === 'string' ? { next } : {}),
  component: lazyRouteComponent(() => import('./sign-in-page.tsx'), 'SignInPage'),
});

const setUpRoute = createRoute({
  getParentRoute: () => enterRoute,
  path: '/setup',
  staticData: { title: enter.setUp },
  component: lazyRouteComponent(() => import('./set-up-page.tsx'), 'SetUpPage'),
});

const invitationRoute = createRoute({
  getParentRoute: () => enterRoute,
  path: '/invitation',
  staticData: { title: enter.invitation },
  component: lazyRouteComponent(() => import('./invitation-page.tsx'), 'InvitationPage'),
});

const recoveryRoute = createRoute({
  getParentRoute: () => enterRoute,
  path: '/recovery',
  staticData: { title: enter.recovery },
  component: lazyRouteComponent(() => import('./recovery-page.tsx'), 'RecoveryPage'),
});

export const enterRoutes = [signInRoute, setUpRoute, invitationRoute, recoveryRoute] as const;
