/** Policies of an app: their list, making one, and one with its trials. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute } from '../../roots.tsx';
import { policies } from '../../texts/policies.ts';

interface ListSearch {
  readonly mode?: unknown;
  readonly secret?: unknown;
  readonly grant?: unknown;
  readonly agent?: unknown;
}

interface NewSearch extends Pick<ListSearch, 'secret' | 'grant' | 'agent'> {
  readonly example?: unknown;
  /** The policy that the new one begins as a copy of. */
  readonly like?: unknown;
  readonly tab?: unknown;
}

const listRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/policies',
  staticData: { title: policies.title, scope: 'policies:read' },
  validateSearch: (search: Readonly<Record<string, unknown>>): ListSearch => search,
  component: lazyRouteComponent(() => import('./list-page.tsx'), 'ListPage'),
});

const newRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/policies/new',
  staticData: { title: policies.newPolicy, scope: 'policies:write' },
  validateSearch: (search: Readonly<Record<string, unknown>>): NewSearch => search,
  component: lazyRouteComponent(() => import('./policy-page.tsx'), 'NewPolicyPage'),
});

const policyRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/policies/$policy',
  staticData: { title: policies.title, scope: 'policies:read' },
  validateSearch: (search: Readonly<Record<string, unknown>>): Pick<NewSearch, 'tab'> => search,
  component: lazyRouteComponent(() => import('./policy-page.tsx'), 'PolicyPage'),
});

export const policiesRoutes = [listRoute, newRoute, policyRoute] as const;
