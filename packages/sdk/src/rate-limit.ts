/**
 * Reads `RateLimit` and `RateLimit-Policy` (IETF draft "RateLimit header fields for HTTP"): lists of quoted names,
 * each with parameters. What can't be read is left out, for it only informs.
 */

/** One limit that applies to the call. */
export interface RateLimit {
  /** The name that the vault gives it. */
  readonly name: string;
  /** Calls in a window. */
  readonly limit: number | undefined;
  /** Length of the window in milliseconds. */
  readonly windowMs: number | undefined;
  /** Calls that are left now. */
  readonly remaining: number | undefined;
  /** Milliseconds until there are more. */
  readonly resetMs: number | undefined;
}

type Parameters = ReadonlyMap<string, number>;

/** RFC 9651: a string, or a token, and parameters of whole numbers; other parameters are passed over. */
const MEMBER =
  /\s*(?:"((?:[^"\\]|\\["\\])*)"|([A-Za-z*][\w*.!#$%&'+^`|~:/-]*))((?:\s*;\s*[a-z*][a-z0-9_.*-]*(?:=(?:"(?:[^"\\]|\\["\\])*"|[^\s;,"]+))?)*)\s*(?:,|$)/y;
const PARAMETER = /;\s*([a-z*][a-z0-9_.*-]*)=(\d{1,15})(?=\s*(?:;|$))/g;

/** Undefined where the answer says nothing of limits. */
export function parseRateLimits(headers: Headers): readonly RateLimit[] | undefined {
  const states = parseMembers(headers.get('ratelimit'));
  const policies = parseMembers(headers.get('ratelimit-policy'));
  if (states.size + policies.size === 0) return undefined;
  return [...new Set([...states.keys(), ...policies.keys()])].map((name) => ({
    name,
    limit: policies.get(name)?.get('q'),
    windowMs: inMs(policies.get(name)?.get('w')),
    remaining: states.get(name)?.get('r'),
    resetMs: inMs(states.get(name)?.get('t')),
  }));
}

const inMs = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;

function parseMembers(field: string | null): ReadonlyMap<string, Parameters> {
  const members = new Map<string, Parameters>();
  // A field of more than a few limits is none of a vault's.
  const text = (field ?? '').slice(0, 4096);
  MEMBER.lastIndex = 0;
  for (let match = MEMBER.exec(text); match !== null && match[0] !== ''; match = MEMBER.exec(text)) {
    const [, quoted, token, parameters = ''] = match;
    const name = quoted?.replaceAll(/\\(.)/g, '$1') ?? token ?? '';
    members.set(
      name,
      new Map([...parameters.matchAll(PARAMETER)].map(([, key = '', value]) => [key, Number(value)])),
    );
  }
  return members;
}
