/** What must hold for every set-up guide: whole, in plain words, about its own vendor, and about what its template has. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { getDomain } from 'tldts';
import { GUIDES } from './guides/index.ts';
import { CATALOG, catalogEntry, catalogItem, findTemplate, guideSchema, type GuideFile } from './index.ts';

/** Vendors whose pages for keys lie under another name than their API and its documentation. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  gemini: 'google.com',
  hcp_terraform: 'terraform.io',
  notion: 'notion.so',
  postman: 'postman.co',
  segment: 'segment.com',
  shopify: 'shopify.com',
};

const textsOf = (guide: GuideFile): string[] => [
  guide.summary,
  ...guide.steps,
  ...Object.values(guide.values).flatMap(({ where, looks = '' }) => [where, looks]),
  ...guide.scopes.flatMap(({ name, why }) => [name, why]),
  ...guide.pitfalls,
  guide.expires ?? '',
  guide.test_call ?? '',
  guide.key_page?.label ?? '',
];

function getTemplate(id: string) {
  const template = findTemplate(id);
  assert.ok(template, `${id} is no template`);
  return template;
}

test('each template has one guide, in a file of its own', () => {
  assert.deepEqual(
    GUIDES.map(({ template }) => template),
    CATALOG.map(({ id }) => id),
  );
  const files = readdirSync(new URL('guides/', import.meta.url)).filter((file) => file !== 'index.ts');
  assert.deepEqual(files.toSorted(), CATALOG.map(({ id }) => `${id.replaceAll('_', '-')}.ts`).toSorted());
});

describe('each guide', () => {
  for (const guide of GUIDES) {
    test(guide.template, () => {
      assert.deepEqual(guideSchema.parse(guide), guide);
      assertWords(guide);
      assertKeyPage(guide);
      assertValues(guide);
      assertTestCall(guide);
    });
  }
});

/** Nothing to click, to fill in or to mistake for a credential. */
function assertWords(guide: GuideFile): void {
  for (const text of textsOf(guide)) {
    assert.doesNotMatch(
      text,
      /https?:|www\.|\]\(|`/,
      'the only address of a guide is that of the page of keys',
    );
    assert.doesNotMatch(text, /[<>{}]|TODO|\?\?/, 'nothing is left to fill in');
    // A run of letters and digits together, as no word of a sentence is.
    for (const [run] of text.matchAll(/[A-Za-z0-9]{16,}/g)) assert.doesNotMatch(run, /\d/, 'no whole value');
  }
  for (const step of guide.steps) assert.match(step, /^(?:\*\*)?[A-Z].*\.$/, 'a step is a sentence');
  assert.deepEqual(guide.keywords, [...new Set(guide.keywords)]);
}

function assertKeyPage({ template: id, key_page: page }: GuideFile): void {
  if (page === null) return;
  const { docs_url: docs, base_urls: bases } = getTemplate(id);
  const own = [docs ?? '', ...bases.map((url) => url.replaceAll(/\{\w+\}/g, 'x')), OWN_NAMES[id] ?? ''];
  const domain = getDomain(page.url);
  assert.ok(
    domain !== null && own.map((url) => getDomain(url)).includes(domain),
    `${domain} is not its vendor's`,
  );
}

function assertValues({ template: id, values }: GuideFile): void {
  const { fields, variables } = getTemplate(id);
  const known = [...fields, ...variables].map(({ name }) => name);
  for (const name of Object.keys(values)) assert.ok(known.includes(name), `${name} is no value of ${id}`);
  const needed = [
    ...fields.filter(({ optional }) => !optional),
    ...variables.filter((variable) => !variable.optional && variable.default === undefined),
  ];
  for (const { name } of needed) assert.ok(values[name], `nothing says where ${name} is found`);
}

function assertTestCall({ template: id, test_call: says }: GuideFile): void {
  const template = getTemplate(id);
  const { test_call: call } = catalogEntry(template).guide;
  assert.equal(call === null, template.verify === null);
  assert.equal(says === null, template.verify === null);
  if (call === null || template.verify === null) return;
  const { method, url, counts_against_quota: isCounted = false } = template.verify;
  assert.deepEqual(call, { method, url, says, counts_against_quota: isCounted });
}

describe('the catalogue shows', () => {
  test('in its list no guide, one by one the whole', () => {
    const template = getTemplate('openai');
    const item = catalogItem(template);
    const { guide, ...entry } = catalogEntry(template);
    assert.ok(!('guide' in item));
    assert.deepEqual({ ...entry, key_page: guide.key_page }, item);
    for (const [name, value] of Object.entries(template)) assert.deepEqual(Reflect.get(item, name), value);
  });
});
