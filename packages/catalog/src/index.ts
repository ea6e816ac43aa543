/** The provider templates of the vault and what fills them in. Data and pure functions: no I/O. */
import type { Template } from './template.ts';
import { TEMPLATES } from './templates/index.ts';

export {
  catalogEntry,
  catalogItem,
  type CatalogEntry,
  type CatalogItem,
  type Guide,
  type TestCall,
} from './entry.ts';
export { guideSchema, type GuideFile } from './guide.ts';
export { resolveTemplate, type ResolvedTemplate, type UnresolvedTemplate } from './resolve.ts';
export { allSlotNames, type SlotNames } from './slots.ts';
export {
  CATEGORIES,
  templateSchema,
  type Template,
  type TemplateField,
  type TemplateVariable,
  type TemplateVerify,
} from './template.ts';

/** All templates, sorted by id. */
export const CATALOG: readonly Template[] = TEMPLATES;

const byId: ReadonlyMap<string, Template> = new Map(CATALOG.map((template) => [template.id, template]));

export const findTemplate = (id: string): Template | undefined => byId.get(id);
