/** Members of the organization, and one's own account. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { insideRoute } from '../../roots.tsx';
import { people } from '../../texts/people.ts';

const accountRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/account',
  staticData: { title: people.accountTitle },
  component: lazyRouteComponent(() => import('./account-page.tsx'), 'AccountPage'),
});

export const peopleRoutes = [accountRoute] as const;
