/** Members of the organization. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { insideRoute } from '../../roots.tsx';
import { idIn, textIn } from '../../shell/search.ts';
import { members } from '../../texts/members.ts';

interface MembersSearch {
  /** Which are shown, as the address says it: judged where it is used. */
  readonly status?: string;
  readonly q?: string | undefined;
  /** The one that was asked for. */
  readonly member?: string | undefined;
}

const membersRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/members',
  staticData: { title: members.title, scope: 'members:read' },
  validateSearch: ({ status, q, member }): MembersSearch => ({
    ...(typeof status === 'string' ? { status } : {}),
    q: textIn(q),
    member: idIn(member),
  }),
  component: lazyRouteComponent(() => import('./members-page.tsx'), 'MembersPage'),
});

export const membersRoutes = [membersRoute] as const;
