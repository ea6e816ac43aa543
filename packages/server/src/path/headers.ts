/**
 * Which headers pass, in both directions (WIRE §9). Pure, over flat lists name, value, name, value … in wire order,
 * so that order, case and repetition survive.
 */
import { lowerName, perName } from '../header-names.ts';
import { headerSlot } from '../injection/slots.ts';

/** RFC 9110 §7.6.1, and what proxies made of it. */
const HOP_BY_HOP = [
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Ours to make (framing, Host), the caller's own credential, and what tells or changes how the call is read (R4). */
const NOT_FORWARDED = new Set([
  ...HOP_BY_HOP,
  'authorization',
  'content-length',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-url',
  'x-rewrite-url',
]);

/** What would act on this origin or on the caller's client instead of describing the answer (P5). */
const NOT_HANDED_BACK = new Set([
  ...HOP_BY_HOP,
  'alt-svc',
  'clear-site-data',
  'public-key-pins',
  'public-key-pins-report-only',
  'service-worker-allowed',
  'set-cookie',
  'set-cookie2',
]);

/** What no longer holds once a secret was replaced in the body. */
const ABOUT_THE_BYTES = new Set([
  'content-length',
  'etag',
  'digest',
  'content-digest',
  'repr-digest',
  'content-md5',
  'want-digest',
]);

/** By the name alone. CGI-like servers can't tell `x_forwarded_for` from `x-forwarded-for` (R4). */
const isForwarded = perName((name) => {
  const slot = headerSlot(name);
  return !NOT_FORWARDED.has(slot) && !slot.startsWith('alter-') && !slot.startsWith('x-forwarded-');
});

const isHandedBack = perName((name) => {
  const lower = name.toLowerCase();
  return !NOT_HANDED_BACK.has(lower) && !lower.startsWith('alter-') && !lower.startsWith('access-control-');
});

const SPACE = 0x20;

/** Of two lengths they are two names, which spares most look-ups. */
const isNamed = (found: string, lower: string): boolean =>
  found.length === lower.length && lowerName(found) === lower;

/** The values of a header in a flat list; `name` in lower case. */
export function valuesOf(headers: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (isNamed(headers[i] ?? '', name)) values.push(headers[i + 1] ?? '');
  }
  return values;
}

/** Whether a flat list has a header; `name` in lower case. */
export function hasHeader(headers: readonly string[], name: string): boolean {
  for (let i = 0; i < headers.length; i += 2) if (isNamed(headers[i] ?? '', name)) return true;
  return false;
}

function namedByConnection(headers: readonly string[]): ReadonlySet<string> | undefined {
  if (!hasHeader(headers, 'connection')) return undefined;
  const values = valuesOf(headers, 'connection');
  // What nearly all say, and names nothing that is not left out anyway.
  if (values.length === 1 && values[0] === 'keep-alive') return undefined;
  const names = values.join(',').toLowerCase().split(',');
  return new Set(names.map((name) => name.trim()));
}

/** Also as the user or password of a Basic value, where its base64 would hide it. */
export function carriesKey(value: string, callerKey: string): boolean {
  if (value.includes(callerKey)) return true;
  const isBasic = value.charCodeAt(5) === SPACE && value.slice(0, 5).toLowerCase() === 'basic';
  return isBasic && Buffer.from(value.slice(6), 'base64').toString('latin1').includes(callerKey);
}

/** The caller's headers that go to the upstream. `callerKey` is removed by value, whichever header carries it (lesson 3). */
export function forwardedHeaders(headers: readonly string[], callerKey: string): string[] {
  const named = namedByConnection(headers);
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    if (!isForwarded(name) || named?.has(lowerName(name)) === true || carriesKey(value, callerKey)) continue;
    kept.push(name, value);
  }
  return kept;
}

/** The upstream's headers or trailers that go back to the caller, with what `clean` makes of each value, or without it. */
export function handedBackHeaders(
  headers: readonly string[],
  clean: (name: string, value: string) => string | undefined,
): string[] {
  const named = namedByConnection(headers);
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!isHandedBack(name) || named?.has(lowerName(name)) === true) continue;
    const value = clean(name, headers[i + 1] ?? '');
    if (value !== undefined) kept.push(name, value);
  }
  return kept;
}

/** The headers without those that describe the exact bytes of the body; `keepsLength` where that still holds. */
export function withoutByteHeaders(headers: readonly string[], keepsLength: boolean): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const lower = lowerName(name);
    if (!ABOUT_THE_BYTES.has(lower) || (keepsLength && lower === 'content-length'))
      kept.push(name, headers[i + 1] ?? '');
  }
  return kept;
}
