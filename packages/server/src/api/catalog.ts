/** The provider templates, as the catalogue ships them: short in the list, with the set-up guide one by one. */
import { CATALOG, catalogEntry, catalogItem, findTemplate, type Template } from '@alter-vault/catalog';
import { Refusal } from '../refusal.ts';
import type { Routes } from './routes.ts';

const item = (template: Template) => ({ template: template.id, ...catalogItem(template) });
const entry = (template: Template) => ({ template: template.id, ...catalogEntry(template) });

export function registerCatalog(routes: Routes): void {
  routes.route('listCatalog', async ({ query }) => {
    const start = startOf(query.cursor);
    const end = start + query.limit;
    const next = CATALOG[end]?.id;
    return {
      items: CATALOG.slice(start, end).map(item),
      next_cursor: next === undefined ? null : Buffer.from(next).toString('base64url'),
    };
  });

  routes.route('getTemplate', async ({ params }) => {
    const template = findTemplate(params.template);
    if (template === undefined) throw new Refusal('not_found');
    return entry(template);
  });
}

/** A cursor is the id of the template that comes next. */
function startOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const id = Buffer.from(cursor, 'base64url').toString();
  const start = CATALOG.findIndex((template) => template.id === id);
  if (start >= 0) return start;
  throw new Refusal('invalid_request', {
    issues: [{ path: 'cursor', message: 'is not a next_cursor of this list' }],
  });
}
