/** Members of the organization. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { insideRoute } from '../../roots.tsx';
import { members } from '../../texts/members.ts';

interface MembersSearch {
  /** Which are shown, as the address says it: judged where it is used. */
  readonly status?: string;
}

const membersRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/members',
  staticData: { title: members.title, scope: 'members:read' },
  validateSearch: ({ status }): MembersSearch => (typeof status === 'string' ? { status } : {}),
  component: lazyRouteComponent(() => import('./members-page.tsx'), 'MembersPage'),
});

export const membersRoutes = [membersRoute] as const;
