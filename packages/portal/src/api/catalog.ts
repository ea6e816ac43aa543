/** The provider templates, in the catalogue's own types: the contract leaves their shape open. */
import type { CatalogEntry, CatalogItem } from '@alter-vault/catalog';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ApiError } from './client.ts';
import { useApi } from './queries.ts';

export type Template = CatalogItem;
export type TemplateWithGuide = CatalogEntry;

/** All of them at once: a gallery is searched without asking. */
const TEMPLATES_MAX = 200;

interface Catalog {
  readonly templates: readonly Template[] | undefined;
  readonly query: UseQueryResult<unknown, ApiError>;
}

export function useCatalog(): Catalog {
  const query = useApi('listCatalog', { query: { limit: TEMPLATES_MAX } });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: the endpoint answers with the catalogue's items
  return { query, templates: query.data?.items as readonly Template[] | undefined };
}

/** One template with its set-up guide. */
export function useTemplate(id: string | undefined): {
  readonly template: TemplateWithGuide | undefined;
  readonly query: UseQueryResult<unknown, ApiError>;
} {
  const query = useApi('getTemplate', { params: { template: id ?? '' } }, { enabled: id !== undefined });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: the endpoint answers with an entry of the catalogue
  return { query, template: query.data as TemplateWithGuide | undefined };
}
