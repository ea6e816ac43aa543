/**
 * The body of a call: made ready once, with its length, its digest and its content type, so that what is
 * signed is what is sent. Never reads a stream before it is sent.
 */
import { invalid } from './error-of.ts';

/** What `body` may be. A stream can be sent once only, so that it is never tried again. */
export type Body =
  | string
  | ArrayBuffer
  | ArrayBufferView<ArrayBuffer>
  | Blob
  | URLSearchParams
  | FormData
  | ReadableStream<Uint8Array>;

export interface PreparedBody {
  /** What `fetch` is given; undefined for no body. */
  readonly content: Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array> | undefined;
  /** Set where the caller sets no `Content-Type`. */
  readonly contentType: string | undefined;
}

/** A Blob up to here is read and hashed; a larger one may be a file on disk and is streamed. */
const BLOB_READ_BYTES_MAX = 10 * 1024 * 1024;

const utf8 = new TextEncoder();

/** Snapshots `json` or `body`; both at once are refused. */
export async function prepareBody(json: unknown, body: Body | null | undefined): Promise<PreparedBody> {
  if (json !== undefined && body !== undefined && body !== null)
    throw invalid('body', 'give json or body, not both.');
  if (json !== undefined)
    return { content: utf8.encode(formatJson('json', json)), contentType: 'application/json' };
  if (body === undefined || body === null) return { content: undefined, contentType: undefined };
  return prepareContent(body);
}

async function prepareContent(body: Body): Promise<PreparedBody> {
  if (typeof body === 'string')
    return { content: utf8.encode(body), contentType: 'text/plain;charset=UTF-8' };
  if (body instanceof URLSearchParams) {
    return {
      content: utf8.encode(body.toString()),
      contentType: 'application/x-www-form-urlencoded;charset=UTF-8',
    };
  }
  if (body instanceof ArrayBuffer) return { content: new Uint8Array(body.slice(0)), contentType: undefined };
  if (ArrayBuffer.isView(body)) return { content: copyOf(body), contentType: undefined };
  if (body instanceof FormData) return prepareForm(body);
  if (body instanceof Blob) return prepareBlob(body);
  if (body instanceof ReadableStream) return { content: body, contentType: undefined };
  throw invalid('body', 'this kind of body is not supported; a plain object goes into json.');
}

const copyOf = (view: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();

/** The runtime's own encoder chooses the boundary and names it in the content type. */
async function prepareForm(form: FormData): Promise<PreparedBody> {
  const encoded = new Response(form);
  const contentType = encoded.headers.get('content-type') ?? undefined;
  return { content: new Uint8Array(await encoded.arrayBuffer()), contentType };
}

async function prepareBlob(blob: Blob): Promise<PreparedBody> {
  const contentType = blob.type === '' ? undefined : blob.type;
  if (blob.size > BLOB_READ_BYTES_MAX) return { content: blob, contentType };
  return { content: new Uint8Array(await blob.arrayBuffer()), contentType };
}

/** Whether the same body can be sent a second time. */
export const isReplayable = (body: PreparedBody): boolean => !(body.content instanceof ReadableStream);

/** Bytes of the body where known ahead; undefined for a stream. */
export function lengthOf(body: PreparedBody): number | undefined {
  if (body.content === undefined) return 0;
  if (body.content instanceof Uint8Array) return body.content.byteLength;
  return body.content instanceof Blob ? body.content.size : undefined;
}

/** SHA-256 in hex, for requests that are signed over their body; undefined where it isn't in memory. */
export async function sha256Of(body: PreparedBody): Promise<string | undefined> {
  return body.content instanceof Uint8Array ? hexSha256(body.content) : undefined;
}

/** What is in memory, as bytes; undefined for streams and files. */
export function bytesOf(body: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === 'string') return utf8.encode(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (!ArrayBuffer.isView(body)) return undefined;
  const { buffer, byteOffset, byteLength } = body;
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : new Uint8Array(buffer, byteOffset, byteLength).slice();
}

export async function hexSha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** JSON text of a value that has one; `name` is the option that it came in. */
export function formatJson(name: string, value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    throw invalid(name, 'this can not be written as JSON.');
  }
  if (text === undefined) throw invalid(name, 'this can not be written as JSON.');
  return text;
}
