/**
 * The places of a request where credentials go, and which of them the caller must not fill (R2, I5): each slot that
 * this secret's rules or any template inject, and every other place where servers look for credentials.
 * Compares names as lenient servers do; leaves every byte of what it keeps as it was.
 */
import { percentDecode } from '../aws/uri.ts';
import { perName } from '../header-names.ts';

export interface Slots {
  /** Folded header names (`headerSlot`). */
  readonly headers: ReadonlySet<string>;
  /** Folded query parameter names (`querySlot`). */
  readonly query: ReadonlySet<string>;
}

/** Headers in which some server or gateway takes a credential, whatever the templates say. */
const CREDENTIAL_HEADERS = [
  'api-key',
  'authorization',
  'cookie',
  'cookie2',
  'proxy-authorization',
  'x-api-key',
  'x-goog-api-key',
  'x-amz-algorithm',
  'x-amz-content-sha256',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-s3session-token',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
] as const;

/**
 * R3: belong to one connection and could name an injected header for removal. Whoever builds the request takes them
 * out with what `Connection` names; that no such header is sent beside a credential must not hang on it.
 */
export const HOP_BY_HOP_HEADERS = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const;

/** What the query form of SigV4 uses: next to a signed header, AWS refuses it. */
export const AWS_QUERY_SLOTS: ReadonlySet<string> = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

/** `headers` and `query`: the names that the templates of the catalogue inject. */
export function makeSlots(headers: ReadonlySet<string>, query: ReadonlySet<string>): Slots {
  return Object.freeze({
    headers: new Set([...headers, ...CREDENTIAL_HEADERS, ...HOP_BY_HOP_HEADERS].map(headerSlot)),
    query: new Set([...query].map(querySlot)),
  });
}

/** CGI-like servers can't tell `X-Api-Key` from `x_api_key`. */
export const headerSlot = perName((name) => name.toLowerCase().replaceAll('_', '-'));

/**
 * `%61pi_key`, `API_KEY`, `api_key[]`, `api_key[0]` and `api.key` are all `api_key` to some server: names are decoded
 * once, cut at a bracket or NUL, and space, dot and plus become an underscore.
 */
export function querySlot(name: string): string {
  const folded = percentDecode(name).toLowerCase().trimStart();
  const [beforeBracket = ''] = folded.split(/[[\0]/, 1);
  return beforeBracket.replace(/[ .+]/g, '_');
}

/** The names of query parameters that are removed: `own` ones also where a server might take `;` for a separator. */
export interface QuerySlots {
  readonly own: ReadonlySet<string>;
  readonly others: ReadonlySet<string>;
}

/** `query` without the parameters whose names are slots; the others keep every byte and their order. */
export function stripQuery(query: string, slots: QuerySlots): string {
  if (query === '') return query;
  const pieces = query.split('&');
  const kept: string[] = [];
  let isChanged = false;
  for (const piece of pieces) {
    const slot = slotOf(piece);
    if (slots.own.has(slot) || slots.others.has(slot)) {
      isChanged = true;
      continue;
    }
    const rest = slots.own.size > 0 && piece.includes(';') ? stripSemicolons(piece, slots.own) : piece;
    if (rest !== piece) isChanged = true;
    kept.push(rest);
  }
  return isChanged ? kept.join('&') : query;
}

function stripSemicolons(piece: string, own: ReadonlySet<string>): string {
  return piece
    .split(';')
    .filter((part) => !own.has(slotOf(part)))
    .join(';');
}

function slotOf(parameter: string): string {
  const equals = parameter.indexOf('=');
  return querySlot(equals === -1 ? parameter : parameter.slice(0, equals));
}
