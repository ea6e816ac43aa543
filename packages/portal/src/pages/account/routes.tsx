/** One's own account. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { insideRoute } from '../../roots.tsx';
import { account } from '../../texts/account.ts';

interface AccountSearch {
  /** How one came back from the identity provider, as the address says it: judged where it is used. */
  readonly sso?: string;
}

const accountRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/account',
  staticData: { title: account.title },
  validateSearch: ({ sso }): AccountSearch => (typeof sso === 'string' ? { sso } : {}),
  component: lazyRouteComponent(() => import('./account-page.tsx'), 'AccountPage'),
});

export const accountRoutes = [accountRoute] as const;
