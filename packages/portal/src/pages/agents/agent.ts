/** An agent, and its notes as lines of text. Pure. */
import type { ItemOf } from '../../api/queries.ts';

export type Agent = ItemOf<'listAgents'>;

export const linesOf = (metadata: Agent['metadata']): string =>
  Object.entries(metadata)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

/** Undefined where a line is none. */
export function metadataIn(text: string): Record<string, string> | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const entries = lines.map((line) => /^\s*([^:]+?)\s*:\s*(.+?)\s*$/.exec(line));
  if (entries.includes(null)) return undefined;
  return Object.fromEntries(entries.map((entry) => [entry?.[1] ?? '', entry?.[2] ?? '']));
}
