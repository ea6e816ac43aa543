/** The provider templates, as the catalogue ships them. */
import { CATALOG, findTemplate } from '@alter-vault/catalog';
import { Refusal } from '../refusal.ts';
import type { Routes } from './routes.ts';

export function registerCatalog(routes: Routes): void {
  const items = CATALOG.map((template) => ({ template: template.id, ...template }));

  routes.route('listCatalog', async () => ({ items, next_cursor: null }));

  routes.route('getTemplate', async ({ params }) => {
    const template = findTemplate(params.template);
    if (template === undefined) throw new Refusal('not_found');
    return { template: template.id, ...template };
  });
}
