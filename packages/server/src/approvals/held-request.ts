/**
 * What is held of a call: the request exactly as it will be sent, less the credential, and what the caller said of it.
 * Owns its digest and its bytes at rest (docs/approvals.md). Pure; must never hold a credential.
 */
import { z } from 'zod';
import type { JsonObject } from '../audit/context.ts';
import { sha256 } from '../vault/hash.ts';
import { IntegrityError } from '../vault/integrity.ts';
import { lengthPrefixed } from '../vault/parts.ts';

/** As it will be sent, but for the credential, and for `Host` and the framing, which follow from URL and body. */
export interface HeldMessage {
  readonly method: string;
  readonly url: string;
  /** name, value, name, value …; one character for each byte. */
  readonly headers: readonly string[];
  readonly body: Buffer | null;
}

export interface HeldRequest extends HeldMessage {
  /** The caller's URL, before the slots of credentials were taken out of it: what policies judge. */
  readonly calledUrl: string;
  readonly timeoutMs: number | null;
  /** What the caller said, as the audit log has it. */
  readonly said: {
    readonly url: string | null;
    readonly reason: string | null;
    readonly caller: string | null;
    readonly context: JsonObject | null;
    readonly ip: string;
  };
}

const DIGEST_LABEL = 'alter-vault/v1/held-request';
const LENGTH_BYTES = 4;

/** SHA-256 over the length-prefixed parts: label, method, URL, each header's name and value, and last the body. */
export function requestDigest({ method, url, headers, body }: HeldMessage): Buffer {
  const head = lengthPrefixed([
    DIGEST_LABEL,
    method,
    url,
    ...headers.map((text) => Buffer.from(text, 'latin1')),
  ]);
  return sha256(Buffer.concat([head, withLength(body ?? Buffer.alloc(0))]));
}

/** A JSON head and the body, each with its length in front. */
export function encodeHeld({ body, ...head }: HeldRequest): Buffer {
  const text = Buffer.from(JSON.stringify({ ...head, hasBody: body !== null }));
  return Buffer.concat([withLength(text), withLength(body ?? Buffer.alloc(0))]);
}

/** @throws IntegrityError */
export function decodeHeld(bytes: Buffer): HeldRequest {
  const { head, body } = splitSealed(bytes);
  const { hasBody, ...rest } = parsed(requestHead, head);
  return { ...rest, body: hasBody ? body : null };
}

export interface HeldResult {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** The body is longer than what is kept of it. */
  readonly isTruncated: boolean;
  readonly flags: readonly string[];
}

export function encodeResult({ body, ...head }: HeldResult): Buffer {
  return Buffer.concat([withLength(Buffer.from(JSON.stringify(head))), withLength(body)]);
}

/** @throws IntegrityError */
export function decodeResult(bytes: Buffer): HeldResult {
  const { head, body } = splitSealed(bytes);
  return { ...parsed(resultHead, head), body };
}

const nullableText = z.string().nullable();
const requestHead = z.strictObject({
  method: z.string(),
  url: z.string(),
  headers: z.array(z.string()),
  calledUrl: z.string(),
  timeoutMs: z.number().nullable(),
  said: z.strictObject({
    url: nullableText,
    reason: nullableText,
    caller: nullableText,
    context: z.record(z.string(), z.json()).nullable(),
    ip: z.string(),
  }),
  hasBody: z.boolean(),
});
const resultHead = z.strictObject({
  status: z.number(),
  headers: z.array(z.string()),
  isTruncated: z.boolean(),
  flags: z.array(z.string()),
});

function parsed<Head>(schema: z.ZodType<Head>, head: unknown): Head {
  const result = schema.safeParse(head);
  if (result.success) return result.data;
  throw new IntegrityError('the head of a held call is not what is sealed');
}

function splitSealed(bytes: Buffer): { head: unknown; body: Buffer } {
  if (bytes.length < 2 * LENGTH_BYTES) throw new IntegrityError('a held call is cut short');
  const headEnd = LENGTH_BYTES + bytes.readUInt32BE(0);
  const bodyStart = headEnd + LENGTH_BYTES;
  if (bodyStart > bytes.length || bodyStart + bytes.readUInt32BE(headEnd) !== bytes.length)
    throw new IntegrityError('a held call has another length than it says');
  const head: unknown = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, headEnd));
  return { head, body: Buffer.from(bytes.subarray(bodyStart)) };
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
