/**
 * A template as the catalogue shows it: with its summary, its tile, and its set-up guide. Pure; what is called and
 * injected stays the template's alone.
 */
import type { GuideFile } from './guide.ts';
import { GUIDES } from './guides/index.ts';
import type { Template } from './template.ts';

export interface TestCall {
  readonly method: 'GET' | 'POST';
  /** As in `verify`: variables may stand in it. */
  readonly url: string;
  readonly says: string;
  readonly counts_against_quota: boolean;
}

export type Guide = Pick<
  GuideFile,
  'checked' | 'key_page' | 'steps' | 'values' | 'scopes' | 'expires' | 'pitfalls'
> & { readonly test_call: TestCall | null };

type Facts = Pick<GuideFile, 'summary' | 'keywords' | 'tile'>;

/** In the list of the catalogue. */
export type CatalogItem = Template & Facts & Pick<GuideFile, 'key_page'>;

/** One template, whole. */
export type CatalogEntry = Template & Facts & { readonly guide: Guide };

const guideOf: ReadonlyMap<string, GuideFile> = new Map(GUIDES.map((guide) => [guide.template, guide]));

export function catalogItem(template: Template): CatalogItem {
  const { summary, keywords, tile, key_page } = getGuide(template);
  return { ...template, summary, keywords, tile, key_page };
}

export function catalogEntry(template: Template): CatalogEntry {
  const { summary, keywords, tile, template: _id, test_call: says, ...guide } = getGuide(template);
  return { ...template, summary, keywords, tile, guide: { ...guide, test_call: testCall(template, says) } };
}

function testCall({ verify }: Template, says: string | null): TestCall | null {
  if (verify === null || says === null) return null;
  const { method, url, counts_against_quota = false } = verify;
  return { method, url, says, counts_against_quota };
}

function getGuide(template: Template): GuideFile {
  const guide = guideOf.get(template.id);
  if (guide === undefined) throw new Error(`the template "${template.id}" has no guide`);
  return guide;
}
