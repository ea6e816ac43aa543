/**
 * Reads the head of a plain call: HTTP/1.1 to a door of the data plane, whole in one piece, with a body of known, small size
 * or none, and nothing that needs thought. Whatever else there may be is left to node:http, which knows all of HTTP; so this
 * must never take a head that node:http and framing.ts would refuse, or would read in another way (R11).
 */
import { lowerName } from '../header-names.ts';
import { BODYLESS, HOST, HOST_BIT, ONCE } from './framing.ts';

export interface PlainHead {
  readonly method: string;
  readonly door: string;
  /** Flat, names and values in turn, as they came, Latin-1. */
  readonly rawHeaders: string[];
  readonly headers: PlainHeaders;
  /** Of the body, in bytes. */
  readonly bodyLength: number;
  /** Where the body begins in the bytes that were read. */
  readonly end: number;
}

/** As node:http's `headers`: those that the data plane asks for by name. */
export interface PlainHeaders {
  authorization: string | undefined;
  'content-length': string | undefined;
  'content-type': string | undefined;
  'x-forwarded-for': string | undefined;
  /** A head with one of these is not plain. */
  readonly expect: undefined;
  readonly 'transfer-encoding': undefined;
}

/** A larger head has something unusual in it. */
const HEAD_BYTES_MAX = 16 * 1024;
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const METHOD_CHARS_MAX = 7;
const HEAD_END = Buffer.from('\r\n\r\n');
const VERSION = ' HTTP/1.1';
/** Field lines (RFC 9112 §5), each whole: no folding, no space before a colon, no control character in a value. */
const FIELDS = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)+$/;
const LENGTH = /^(?:0|[1-9]\d{0,4})$/;
/** A larger body is not gathered. */
const BODY_BYTES_MAX = 64 * 1024;
const [SPACE, TAB] = [0x20, 0x09] as const;

/** Undefined for what is not plain. `isDoor`: whether the data plane answers this method there. */
export function readPlainHead(
  bytes: Buffer,
  isDoor: (method: string, target: string) => boolean,
): PlainHead | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0 || end > HEAD_BYTES_MAX) return undefined;
  const text = bytes.toString('latin1', 0, end + 2);
  const methodEnd = text.indexOf(' ');
  const lineEnd = text.indexOf('\r\n');
  const targetEnd = lineEnd - VERSION.length;
  if (methodEnd > METHOD_CHARS_MAX || targetEnd <= methodEnd || !text.startsWith(VERSION, targetEnd))
    return undefined;
  const method = text.slice(0, methodEnd);
  const door = text.slice(methodEnd + 1, targetEnd);
  if (!METHODS.has(method) || !isDoor(method, door)) return undefined;
  const fields = text.slice(lineEnd + 2);
  if (!FIELDS.test(fields)) return undefined;
  const read = readFields(fields);
  if (read === undefined || (read.bodyLength > 0 && BODYLESS.has(method))) return undefined;
  return { method, door, ...read, end: end + HEAD_END.length };
}

type Fields = Pick<PlainHead, 'rawHeaders' | 'headers' | 'bodyLength'>;

function readFields(text: string): Fields | undefined {
  const rawHeaders: string[] = [];
  const headers: PlainHeaders = {
    authorization: undefined,
    'content-length': undefined,
    'content-type': undefined,
    'x-forwarded-for': undefined,
    expect: undefined,
    'transfer-encoding': undefined,
  };
  let seen = 0;
  for (let at = 0; at < text.length;) {
    const colon = text.indexOf(':', at);
    const end = text.indexOf('\r\n', colon);
    const raw = text.slice(at, colon);
    const value = trimmed(text, colon + 1, end);
    rawHeaders.push(raw, value);
    at = end + 2;
    const name = lowerName(raw);
    const bit = ONCE.get(name);
    if (bit !== undefined && (seen & bit) !== 0) return undefined;
    seen |= bit ?? 0;
    switch (name) {
      case 'authorization':
      case 'content-length':
      case 'content-type':
        headers[name] = value;
        break;
      case 'x-forwarded-for':
        headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
        break;
      case 'host':
        if (!HOST.test(value)) return undefined;
        break;
      case 'connection':
        if (lowerName(value) !== 'keep-alive') return undefined;
        break;
      case 'transfer-encoding':
      case 'expect':
      // node:http takes it for Connection.
      case 'proxy-connection':
      case 'upgrade':
      case '__proto__':
        return undefined;
      default:
    }
  }
  const length = headers['content-length'] ?? '0';
  if ((seen & HOST_BIT) === 0 || !LENGTH.test(length)) return undefined;
  const bodyLength = Number(length);
  return bodyLength > BODY_BYTES_MAX ? undefined : { rawHeaders, headers, bodyLength };
}

/** Without the spaces and tabs around it. */
function trimmed(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB;
