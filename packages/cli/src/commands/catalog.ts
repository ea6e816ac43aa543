/** `alter catalog`: the provider templates that the vault ships. */
import { type Add, contextOf, leaf, type Shared } from '../command.ts';
import { guideSections } from '../guide-sections.ts';
import { isRow } from '../vault-api.ts';

export const addCatalogCommands: Add = (root, io, outcome) => {
  const catalog = root.command('catalog').description('Provider templates');
  leaf(catalog, 'list', 'List the templates', ['alter catalog list'], false).action(
    async (options: Shared) => {
      const { api, out } = contextOf(io, outcome, options);
      out.table(
        // Not paged: the catalogue is part of the release.
        (await api.page('/v1/catalog', {})).items,
        [
          ['ID', 'id'],
          ['NAME', 'name'],
          ['CATEGORY', 'category'],
          ['TYPE', 'credential_type'],
          ['SUMMARY', 'summary'],
        ],
        'The catalogue is empty.',
      );
    },
  );
  leaf(
    catalog,
    'show <template>',
    'Show what a template needs, where it goes, and how to get it from the vendor',
    ['alter catalog show openai'],
    false,
  ).action(async (template: string, options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    const found = await api.get(`/v1/catalog/${encodeURIComponent(template)}`);
    out.details(found, [
      ['id', found['id']],
      ['name', found['name']],
      ['summary', found['summary']],
      ['type', found['credential_type']],
      ['fields', names(found['fields'])],
      ['variables', names(found['variables'])],
      ['hosts', found['allowed_hosts']],
      ['base URL', found['base_url']],
      ['documentation', found['docs_url']],
      ['notes', found['notes']],
    ]);
    for (const [heading, lines] of guideSections(found['guide'])) out.section(heading, lines);
  });
};

function names(rows: unknown): unknown {
  return Array.isArray(rows)
    ? rows
        .filter(isRow)
        .map(({ name, optional }) => (optional === true ? `${String(name)} (optional)` : name))
    : rows;
}
