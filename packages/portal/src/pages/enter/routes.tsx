/** The way in. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { enterRoute } from '../../roots.tsx';
import { enter } from '../../texts/enter.ts';
import { sso as texts } from '../../texts/sso.ts';

interface SignInSearch {
  /** Where to go afterwards, as the address says it: judged where it is used. */
  readonly next?: string;
  /** Why single sign-on did not go on, likewise. */
  readonly sso?: string;
}

const signInRoute = createRoute({
  getParentRoute: () => enterRoute,
  path: '/sign-in',
  staticData: { title: enter.signIn },
  validateSearch: ({ next, sso }): SignInSearch => ({
    ...(typeof next === 'string' ? { next } : {}),
    ...(typeof sso === 'string' ? { sso } : {}),
  }),
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

const steppedUpRoute = createRoute({
  getParentRoute: () => enterRoute,
  path: '/stepped-up',
  staticData: { title: texts.title },
  validateSearch: ({ sso }): Pick<SignInSearch, 'sso'> => (typeof sso === 'string' ? { sso } : {}),
  component: lazyRouteComponent(() => import('./stepped-up-page.tsx'), 'SteppedUpPage'),
});

export const enterRoutes = [signInRoute, setUpRoute, invitationRoute, recoveryRoute, steppedUpRoute] as const;
