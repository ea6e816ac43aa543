/**
 * Reads the head of a plain call: HTTP/1.1 to a door of the data plane, whole in one piece, with a body of known, small size
 * or none, and nothing that needs thought. Whatever else there may be is left to node:http, which knows all of HTTP; so this
 * must never take a head that node:http and framing.ts would refuse, or would read in another way (R11).
 */
import { isLineEnd, readFieldLines } from '../field-lines.ts';
import { perName } from '../header-names.ts';
import { BODYLESS, HOST } from './framing.ts';

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
const CR = 0x0d;
const HEAD_END = Buffer.from('\r\n\r\n');
const VERSION = ' HTTP/1.1';
const LENGTH = /^(?:0|[1-9]\d{0,4})$/;
/** A larger body is not gathered. */
const BODY_BYTES_MAX = 64 * 1024;
/** What a head is read for, by the names of its headers; `odd` ones are for node:http, which takes Proxy-Connection for Connection. */
const PARTS = [
  'authorization',
  'content-length',
  'content-type',
  'x-forwarded-for',
  'host',
  'connection',
] as const;
const ODD = ['transfer-encoding', 'expect', 'proxy-connection', 'upgrade', '__proto__'];
const partOf = perName((name) => {
  const lower = name.toLowerCase();
  return ODD.includes(lower) ? 'odd' : (PARTS.find((part) => part === lower) ?? 'other');
});

/** Undefined for what is not plain. `isDoor`: whether the data plane answers this method there. */
export function readPlainHead(
  bytes: Buffer,
  isDoor: (method: string, target: string) => boolean,
): PlainHead | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0 || end > HEAD_BYTES_MAX) return undefined;
  const lineEnd = bytes.indexOf(CR);
  const line = bytes.toString('latin1', 0, lineEnd);
  const methodEnd = line.indexOf(' ');
  const targetEnd = lineEnd - VERSION.length;
  const isLine = isLineEnd(bytes, lineEnd) && line.startsWith(VERSION, targetEnd);
  if (!isLine || methodEnd > METHOD_CHARS_MAX || targetEnd <= methodEnd) return undefined;
  const method = line.slice(0, methodEnd);
  const door = line.slice(methodEnd + 1, targetEnd);
  if (!METHODS.has(method) || !isDoor(method, door)) return undefined;
  const fields = readFieldLines(bytes, lineEnd + 2, end + 2);
  const read = fields && readFields(fields);
  if (read === undefined || (read.bodyLength > 0 && BODYLESS.has(method))) return undefined;
  const { rawHeaders, headers, bodyLength } = read;
  return { method, door, rawHeaders, headers, bodyLength, end: end + HEAD_END.length };
}

type Fields = Pick<PlainHead, 'rawHeaders' | 'headers' | 'bodyLength'>;

function readFields(rawHeaders: string[]): Fields | undefined {
  const headers: PlainHeaders = {
    authorization: undefined,
    'content-length': undefined,
    'content-type': undefined,
    'x-forwarded-for': undefined,
    expect: undefined,
    'transfer-encoding': undefined,
  };
  let hasHost = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const part = partOf(rawHeaders[i] ?? '');
    if (part === 'other') continue;
    const value = rawHeaders[i + 1] ?? '';
    switch (part) {
      case 'authorization':
      case 'content-length':
      case 'content-type':
        // What two servers could take from either end of the list.
        if (headers[part] !== undefined) return undefined;
        headers[part] = value;
        break;
      case 'x-forwarded-for':
        headers[part] = headers[part] === undefined ? value : `${headers[part]}, ${value}`;
        break;
      case 'host':
        if (hasHost || !HOST.test(value)) return undefined;
        hasHost = true;
        break;
      case 'connection':
        if (value.toLowerCase() !== 'keep-alive') return undefined;
        break;
      default:
        return undefined;
    }
  }
  const length = headers['content-length'] ?? '0';
  if (!hasHost || !LENGTH.test(length)) return undefined;
  const bodyLength = Number(length);
  return bodyLength > BODY_BYTES_MAX ? undefined : { rawHeaders, headers, bodyLength };
}
