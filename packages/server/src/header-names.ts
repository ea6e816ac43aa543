/**
 * What follows from the name of a header alone, remembered: a few hundred names make up nearly all traffic, and every pass over the
 * headers of a call would otherwise work it out anew.
 */

const NAMES_MAX = 2_000;
const NAME_CHARS_MAX = 64;

/** `workOut`, remembered for each spelling of a name. */
export function perName<T extends string | number | boolean>(
  workOut: (name: string) => T,
): (name: string) => T {
  const known = new Map<string, T>();
  const remember = (name: string): T => {
    const found = workOut(name);
    if (name.length > NAME_CHARS_MAX) return found;
    // Made-up names push the usual ones out now and then, and cost a moment.
    if (known.size >= NAMES_MAX) known.clear();
    known.set(name, found);
    return found;
  };
  return (name) => known.get(name) ?? remember(name);
}

export const lowerName = perName((name) => name.toLowerCase());
