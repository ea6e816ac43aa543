/** Which templates a search finds, best first. Pure: no word of it goes anywhere. */
import type { Template } from '../../api/catalog.ts';

export interface Wanted {
  readonly text: string;
  /** All where undefined. */
  readonly category?: string | undefined;
}

/** Every word must be found somewhere; what the name begins with counts most. */
export function findTemplates(
  templates: readonly Template[],
  { text, category }: Wanted,
): readonly Template[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return templates
    .filter((template) => category === undefined || template.category === category)
    .map((template) => ({ template, score: scoreOf(template, words) }))
    .filter(({ score }) => score > 0)
    .toSorted((one, other) => other.score - one.score || compare(one.template, other.template))
    .map(({ template }) => template);
}

const compare = (one: Template, other: Template): number => one.name.localeCompare(other.name, 'en');

function scoreOf(template: Template, words: readonly string[]): number {
  const scores = words.map((word) => scoreOfWord(template, word));
  return scores.some((score) => score === 0) ? 0 : scores.reduce((sum, score) => sum + score, 1);
}

function scoreOfWord({ name, id, keywords, summary, allowed_hosts: hosts }: Template, word: string): number {
  const lower = name.toLowerCase();
  if (lower.startsWith(word)) return 100;
  if (lower.split(/[\s(,:-]+/).some((part) => part.startsWith(word))) return 60;
  if (lower.includes(word) || id.includes(word)) return 40;
  if (keywords.some((keyword) => keyword.startsWith(word))) return 30;
  if (keywords.some((keyword) => keyword.includes(word))) return 15;
  return summary.toLowerCase().includes(word) || hosts.some((host) => host.includes(word)) ? 8 : 0;
}
