/** One's own account. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { insideRoute } from '../../roots.tsx';
import { account } from '../../texts/account.ts';

const accountRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/account',
  staticData: { title: account.title },
  component: lazyRouteComponent(() => import('./account-page.tsx'), 'AccountPage'),
});

export const accountRoutes = [accountRoute] as const;
