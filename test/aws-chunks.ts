/** Bodies as AWS clients send them in chunks, signed with a key that nobody has: what the vault must sign anew. */
import type { RawCall } from './path-rig.ts';

export const CHUNKS = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
export const CHUNKS_AND_TRAILER = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
export const UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
export const MADE_UP_SIGNATURE = 'feed'.repeat(16);
export const CHECKSUM = 'x-amz-checksum-crc32c';

interface ChunkOptions {
  /** Of each chunk but the last. */
  readonly chunkBytes?: number;
  readonly payload?: string;
  /** The value of the checksum that follows the body. */
  readonly checksum?: string;
  /** Behind the checksum; clients differ. */
  readonly lineEnd?: '\r\n' | '\n\r\n';
  readonly headers?: readonly string[];
}

/** Headers and body of an upload. */
export function chunkedCall(
  data: Buffer,
  { chunkBytes = 65_536, payload = CHUNKS, checksum, lineEnd = '\r\n', headers = [] }: ChunkOptions = {},
): RawCall & { readonly headers: readonly string[]; readonly body: Buffer } {
  const signature = payload === UNSIGNED_TRAILER ? '' : `;chunk-signature=${MADE_UP_SIGNATURE}`;
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; at += chunkBytes) {
    const piece = data.subarray(at, at + chunkBytes);
    parts.push(Buffer.from(`${piece.length.toString(16)}${signature}\r\n`), piece, Buffer.from('\r\n'));
  }
  parts.push(Buffer.from(`0${signature}\r\n${tailOf(checksum, lineEnd, signature !== '')}`));
  return {
    method: 'PUT',
    headers: [
      ...['X-Amz-Date', '20200101T000000Z', 'X-Amz-Content-Sha256', payload],
      ...['X-Amz-Decoded-Content-Length', String(data.length), 'Content-Encoding', 'aws-chunked'],
      ...(checksum === undefined ? [] : ['X-Amz-Trailer', CHECKSUM]),
      ...headers,
    ],
    body: Buffer.concat(parts),
  };
}

function tailOf(checksum: string | undefined, lineEnd: string, isSigned: boolean): string {
  if (checksum === undefined) return '\r\n';
  const signature = isSigned ? `x-amz-trailer-signature:${MADE_UP_SIGNATURE}\r\n` : '';
  return `${CHECKSUM}:${checksum}${lineEnd}${signature}\r\n`;
}
