/** API keys of an app. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute } from '../../roots.tsx';
import { idIn, textIn, wordIn } from '../../shell/search.ts';
import { keys } from '../../texts/keys.ts';
import { SHOWN, type Shown } from './key.ts';

interface KeysSearch {
  readonly show?: Shown | undefined;
  readonly q?: string | undefined;
  /** Only keys of this agent. */
  readonly agent?: string | undefined;
  /** The one that was asked for: its row is marked. */
  readonly key?: string | undefined;
}

const keysRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/keys',
  staticData: { title: keys.title, scope: 'keys:read' },
  // Each is named, also where it is not given: what is left out here would stay as it came.
  validateSearch: (search): KeysSearch => ({
    show: wordIn(search['show'], SHOWN),
    q: textIn(search['q']),
    agent: idIn(search['agent']),
    key: idIn(search['key']),
  }),
  component: lazyRouteComponent(() => import('./keys-page.tsx'), 'KeysPage'),
});

export const keysRoutes = [keysRoute] as const;
