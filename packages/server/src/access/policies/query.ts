/**
 * The query under a policy (R10): parsed once, as form data is. Must never choose between two readings: what is there
 * twice, in another case or as an array (`a[]`), or can't be decoded, is unclear where it is judged.
 */
import { ambiguous, type Match } from './types.ts';

interface Parameter {
  readonly name: string;
  /** Undefined when it can't be decoded. */
  readonly value: string | undefined;
}

export interface ParsedQuery {
  /** By what the most careless of servers takes the name for: without case and array brackets. */
  readonly parameters: ReadonlyMap<string, readonly Parameter[]>;
  /** Whether some name can't be decoded, or a `;` parts parameters for some servers only. */
  readonly isUnclear: boolean;
}

export function parseQuery(query: string): ParsedQuery {
  const parameters = new Map<string, Parameter[]>();
  let isUnclear = query.includes(';');
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = decode(equals === -1 ? '' : pair.slice(equals + 1));
    if (name === undefined) isUnclear = true;
    else {
      const known = parameters.get(fold(name));
      if (known === undefined) parameters.set(fold(name), [{ name, value }]);
      else known.push({ name, value });
    }
  }
  return { parameters, isUnclear };
}

/** Whether the parameter is there once, with one of the values. */
export function matchParameter(query: ParsedQuery, name: string, values: ReadonlySet<string>): Match {
  if (query.isUnclear) return ambiguous('the query can be read in more than one way');
  const found = query.parameters.get(fold(name));
  if (found === undefined) return false;
  const [one] = found;
  if (found.length !== 1 || one?.name !== name || one.value === undefined)
    return ambiguous(`the query parameter ${name} can be read in more than one way`);
  return values.has(one.value);
}

const fold = (name: string): string => {
  const bracket = name.indexOf('[', 1);
  return (bracket === -1 ? name : name.slice(0, bracket)).toLowerCase();
};

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
