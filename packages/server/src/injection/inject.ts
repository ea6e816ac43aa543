/**
 * Puts a credential into a request (WIRE §5): first every caller-sent value in a credential slot goes, then the rules
 * apply, then default headers where nothing is set, and the AWS signature comes last, over exactly what is sent.
 * Pure and synchronous; the one place on the data path that reveals a `Secret`. Its result holds the credential:
 * it goes to the wire or the released answer and nowhere else (I8).
 */
import type { SignableRequest } from '../aws/canonical.ts';
import type { ChunkResigner } from '../aws/chunk-signer.ts';
import { Refusal } from '../refusal.ts';
import { awsPresigned, awsSigned } from './aws.ts';
import type { CompiledHeader, CompiledInjection } from './rules.ts';
import { base64, render, type CredentialFields } from './format.ts';
import { headerSlot, stripQuery, type Slots } from './slots.ts';

export type OutgoingRequest = SignableRequest;

export interface InjectOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly slots: Slots;
  /** Of the template; each is set only where the caller sent none. */
  readonly defaultHeaders: readonly (readonly [string, string])[];
  /** SHA-256 of the body in hex, or `UNSIGNED-PAYLOAD` (S3 over https). Absent: the body is empty. Read for AWS only. */
  readonly bodySha256?: string | undefined;
  /** AWS only: sign into the query, for a URL that works by itself for so long. */
  readonly presignSeconds?: number | undefined;
  /** AWS only: the body comes by here, and chunks of up to so many bytes are signed anew through `chunks`. */
  readonly chunkBytesMax?: number | undefined;
}

export interface Injected {
  readonly path: string;
  readonly query: string;
  /** name, value, name, value …; binary strings. */
  readonly headers: readonly string[];
  /** Where the body is in signed chunks: what it must go out through. */
  readonly chunks?: ChunkResigner | undefined;
  /** What was added, for request mode: default headers are among the headers. */
  readonly injected: {
    readonly headers: readonly (readonly [string, string])[];
    /** Percent-encoded, as they stand in `query`. */
    readonly query: readonly (readonly [string, string])[];
    /** The URL is more than the caller's with parameters appended: a client must call `path` and `query` as given here. */
    readonly pathChanged: boolean;
  };
}

type Pair = readonly [string, string];

export function inject(
  compiled: CompiledInjection,
  fields: CredentialFields,
  request: OutgoingRequest,
  options: InjectOptions,
): Injected {
  const headers = keptHeaders(compiled, request, options.slots);
  const path = injectedPath(compiled, fields, request.path);
  const keptQuery = ownQuery(compiled, request.query, options.slots);
  const addedQuery = renderQuery(compiled, fields);
  const query = appended(keptQuery, addedQuery);

  const addedHeaders: Pair[] = [];
  for (const header of compiled.headers) {
    const value = renderHeader(header, fields);
    if (value !== null) addedHeaders.push([header.name, value]);
  }
  for (const added of options.defaultHeaders) {
    const name = added[0];
    if (!hasHeader(headers, name) && !addedHeaders.some((other) => isSameName(other[0], name)))
      addedHeaders.push(added);
  }
  append(headers, addedHeaders);
  let chunks: ChunkResigner | undefined;
  if (options.presignSeconds !== undefined && compiled.aws === null) throw notPresignable();
  if (compiled.aws !== null) {
    const { bodySha256, presignSeconds, chunkBytesMax } = options;
    const now = new Date(options.now);
    const outgoing = { ...request, path, query, headers };
    const call = { outgoing, called: request, now, bodySha256, chunkBytesMax };
    if (presignSeconds !== undefined) {
      const presigned = awsPresigned(compiled.aws, fields, call, presignSeconds);
      const injected = {
        headers: [...addedHeaders, ...presigned.headers],
        query: addedQuery,
        pathChanged: true,
      };
      return { path, query: joined(query, presigned.query), headers, injected };
    }
    const signed = awsSigned(compiled.aws, fields, call);
    chunks = signed.chunks;
    append(headers, signed.headers);
    addedHeaders.push(...signed.headers);
  }
  const pathChanged = path !== request.path || keptQuery !== request.query;
  const injected = { headers: addedHeaders, query: addedQuery, pathChanged };
  return { path, query, headers, chunks, injected };
}

const joined = (query: string, added: string): string => (query === '' ? added : `${query}&${added}`);

const notPresignable = (): Refusal =>
  new Refusal('invalid_request', {
    issues: [{ path: 'presign', message: 'is for AWS credentials only: no other makes a URL that expires' }],
  });

/** What would be sent, but for what the credential fills: for people who judge a call before it is made. */
export function lessCredential(
  compiled: CompiledInjection,
  request: OutgoingRequest,
  options: Pick<InjectOptions, 'slots' | 'defaultHeaders'>,
): Pick<Injected, 'path' | 'query' | 'headers'> {
  const headers = keptHeaders(compiled, request, options.slots);
  for (const [name, value] of options.defaultHeaders) {
    const isFilled = compiled.headers.some((header) => isSameName(header.name, name));
    if (!isFilled && !hasHeader(headers, name)) headers.push(name, value);
  }
  return { path: request.path, query: ownQuery(compiled, request.query, options.slots), headers };
}

/** R2: `slots` are those of all templates, `headerSlots` those of these rules. */
function keptHeaders(compiled: CompiledInjection, request: OutgoingRequest, slots: Slots): string[] {
  const kept: string[] = [];
  const { headers } = request;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    const slot = headerSlot(name);
    if (slots.headers.has(slot) || compiled.headerSlots.has(slot)) continue;
    kept.push(name, headers[at + 1] ?? '');
  }
  return kept;
}

function injectedPath(compiled: CompiledInjection, fields: CredentialFields, path: string): string {
  if (compiled.path === null) return path;
  const rendered = render(compiled.path.format, fields);
  if (rendered === null) return path;
  return compiled.path.mode === 'prefix' ? rendered + path : rendered;
}

/** What stays of the caller's query. For AWS a `+` becomes the `%20` it means there: services differ in how they sign it. */
function ownQuery(compiled: CompiledInjection, query: string, slots: Slots): string {
  const kept = stripQuery(query, { own: compiled.querySlots, others: slots.query });
  return compiled.aws !== null && kept.includes('+') ? kept.replaceAll('+', '%20') : kept;
}

const NO_PAIRS: readonly Pair[] = Object.freeze([]);

function renderQuery(compiled: CompiledInjection, fields: CredentialFields): readonly Pair[] {
  if (compiled.query.length === 0) return NO_PAIRS;
  const added: Pair[] = [];
  for (const { name, format } of compiled.query) {
    const value = render(format, fields);
    if (value !== null) added.push([name, value]);
  }
  return added;
}

function appended(query: string, added: readonly Pair[]): string {
  let all = query;
  for (const [name, value] of added) all = joined(all, `${name}=${value}`);
  return all;
}

function renderHeader(header: CompiledHeader, fields: CredentialFields): string | null {
  const value = render(header.format, fields);
  return header.isBasic && value !== null ? `Basic ${base64(value)}` : value;
}

function append(headers: string[], added: readonly Pair[]): void {
  for (const pair of added) headers.push(pair[0], pair[1]);
}

function isSameName(left: string, right: string): boolean {
  return left.length === right.length && left.toLowerCase() === right.toLowerCase();
}

function hasHeader(headers: readonly string[], name: string): boolean {
  for (let at = 0; at < headers.length; at += 2) if (isSameName(headers[at] ?? '', name)) return true;
  return false;
}
