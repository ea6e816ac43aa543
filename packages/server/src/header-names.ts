/**
 * The lower-case form of header names, remembered: a few hundred names make up nearly all traffic, and every pass over
 * the headers of a call would otherwise make each of them anew.
 */

const NAMES_MAX = 2_000;
const NAME_CHARS_MAX = 64;
const known = new Map<string, string>();

export function lowerName(name: string): string {
  const found = known.get(name);
  return found ?? remember(name);
}

function remember(name: string): string {
  const lower = name.toLowerCase();
  if (name.length > NAME_CHARS_MAX) return lower;
  // Made-up names push the usual ones out now and then, and cost a moment.
  if (known.size >= NAMES_MAX) known.clear();
  known.set(name, lower);
  return lower;
}
