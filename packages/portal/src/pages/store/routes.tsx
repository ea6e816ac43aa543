/** Storing a managed secret: which provider, its form, and afterwards the grant and the code that uses it. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute } from '../../roots.tsx';
import { idIn, textIn, wordIn } from '../../shell/search.ts';
import { store } from '../../texts/store.ts';

interface GallerySearch {
  readonly q?: string | undefined;
  readonly category?: string | undefined;
}

interface UseSearch {
  readonly grant?: string | undefined;
  /** Which snippet is shown. */
  readonly code?: string | undefined;
  /** Just now. */
  readonly stored?: 'yes' | undefined;
}

const galleryRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/secrets/new',
  staticData: { title: store.title, scope: 'secrets:write' },
  // Each is named, also where it is not given: what is left out here would stay as it came.
  validateSearch: (search): GallerySearch => ({
    q: textIn(search['q']),
    category: textIn(search['category']),
  }),
  component: lazyRouteComponent(() => import('./gallery-page.tsx'), 'GalleryPage'),
});

const formRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/secrets/new/$template',
  staticData: { title: store.title, scope: 'secrets:write' },
  component: lazyRouteComponent(() => import('./store-page.tsx'), 'StorePage'),
});

const useRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/secrets/$secret/use',
  staticData: { title: store.use.title, scope: 'secrets:read' },
  validateSearch: (search): UseSearch => ({
    grant: idIn(search['grant']),
    code: textIn(search['code']),
    stored: wordIn(search['stored'], ['yes']),
  }),
  component: lazyRouteComponent(() => import('./use-page.tsx'), 'UsePage'),
});

export const storeRoutes = [galleryRoute, formRoute, useRoute] as const;
