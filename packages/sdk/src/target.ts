/**
 * The target of a call: parsed once, refused by the rules that the vault itself applies to `Alter-Url`
 * (WIRE §9), so that SDK, policy, signature and wire see one URL. Knows nothing of credentials.
 */
import { invalid } from './error-of.ts';

export type QueryValue = string | number | boolean | null | undefined;

/** Parameters appended to those of the URL; a list gives one parameter for each item, null and undefined none. */
export type Query = URLSearchParams | Readonly<Record<string, QueryValue | readonly QueryValue[]>>;

const WRITTEN = /^(https?):\/\/([^/?#\\]*)/i;
const ENCODED_CONTROL_IN_PATH = /%(?:[01][0-9a-f]|7f)/i;
const DEFAULT_PORT: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** A URL that is what the caller wrote, or an `invalid_request`. `query` is appended to it. */
export function parseTarget(url: string | URL, query?: Query): URL {
  const written = typeof url === 'string' ? url : url.href;
  const target = parseWritten(written);
  const added = query === undefined ? '' : formatQuery(query);
  if (added !== '') target.search = target.search === '' ? added : `${target.search}&${added}`;
  return target;
}

function parseWritten(written: string): URL {
  // oxlint-disable-next-line no-control-regex -- the control characters are the point
  if (/[\u0000-\u001f\u007f]/.test(written) || written !== written.trim()) {
    throw invalid('url', 'control characters and surrounding blanks are not allowed.');
  }
  const authority = WRITTEN.exec(written)?.[2];
  if (authority === undefined) throw invalid('url', 'an absolute URL of http or https is needed.');
  if (!URL.canParse(written)) throw invalid('url', 'this is no valid URL.');
  const target = new URL(written);
  if (authority.includes('@'))
    throw invalid('url', 'user information is not allowed; the vault injects the credential.');
  if (written.includes('#')) throw invalid('url', 'a fragment is not allowed; it is never sent.');
  if (written.split('?', 1)[0]?.includes('\\'))
    throw invalid('url', 'a backslash is not allowed before the query.');
  if (!isCanonical(authority, target)) {
    throw invalid('url', `write the host in its canonical form, ${target.host}.`);
  }
  if (ENCODED_CONTROL_IN_PATH.test(target.pathname))
    throw invalid('url', 'encoded control characters are not allowed in a path.');
  return target;
}

/** S11: what is written and what is dialled are the same host, letter case and a default port aside. */
function isCanonical(authority: string, target: URL): boolean {
  const lower = authority.toLowerCase();
  return (
    lower === target.host ||
    (target.port === '' && lower === `${target.hostname}:${DEFAULT_PORT[target.protocol]}`)
  );
}

/** Percent-encoded with `%20` for a blank: `+` means different things to different signers. */
function formatQuery(query: Query): string {
  const pairs =
    query instanceof URLSearchParams
      ? [...query]
      : Object.entries(query).flatMap(([name, value]) => pairsOf(name, value));
  try {
    return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  } catch {
    throw invalid('query', 'a lone surrogate can not be sent.');
  }
}

function pairsOf(name: string, value: QueryValue | readonly QueryValue[]): [string, string][] {
  const values: readonly QueryValue[] = Array.isArray(value) ? value : [value as QueryValue];
  return values.filter((item) => item !== null && item !== undefined).map((item) => [name, String(item)]);
}
