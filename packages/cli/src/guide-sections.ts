/** A set-up guide as the sections that a terminal shows. Reads what the vault answers, and makes nothing up that is missing. */
import { isRow } from './vault-api.ts';

type Section = readonly [heading: string, lines: readonly string[]];

export function guideSections(guide: unknown): Section[] {
  if (!isRow(guide)) return [];
  const page = isRow(guide['key_page'])
    ? [`${text(guide['key_page']['label'])}: ${text(guide['key_page']['url'])}`]
    : [];
  const steps = texts(guide['steps']).map((step, at) => `${at + 1}. ${step}`);
  return [
    ['How to get it', [...page, ...steps]],
    ['Where its values are', valueLines(guide['values'])],
    ['What to allow it', rows(guide['scopes']).map(({ name, why }) => `${text(name)}: ${text(why)}`)],
    ['How long it lives', present(guide['expires'])],
    ['How it is tried', isRow(guide['test_call']) ? [callLine(guide['test_call'])] : []],
    ['What to know', texts(guide['pitfalls']).map((pitfall) => `- ${pitfall}`)],
    ['Where this is from', [SOURCES[text(guide['checked'])] ?? ''].filter((line) => line !== '')],
  ];
}

const SOURCES: Readonly<Record<string, string>> = {
  vendor_docs: "Compared with the vendor's documentation.",
  from_memory: "Not compared with the vendor's documentation: menus may have other names by now.",
};

function valueLines(values: unknown): string[] {
  if (!isRow(values)) return [];
  return Object.entries(values).flatMap(([name, value]) => {
    if (!isRow(value)) return [];
    const looks = value['looks'] === undefined ? '' : ` (${text(value['looks'])})`;
    return [`${name}: ${text(value['where'])}${looks}`];
  });
}

function callLine({
  method,
  url,
  says,
  counts_against_quota: isCounted,
}: Readonly<Record<string, unknown>>): string {
  return `${text(method)} ${text(url)}: ${text(says)}${isCounted === true ? ' It counts against the quota.' : ''}`;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const present = (value: unknown): string[] => [text(value)].filter((line) => line !== '');
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(text) : []);
const rows = (value: unknown) => (Array.isArray(value) ? value.filter(isRow) : []);
