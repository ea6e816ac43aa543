/**
 * A body that AWS clients send in chunks: signed anew on its way out, or without its framing for those who judge or hold it.
 * Holds one chunk at a time. Must never let a body that is not framed as it should be go out as if it were whole.
 */
import { Readable, Transform, pipeline, type TransformCallback } from 'node:stream';
import { chunkedForm, unchunked } from '../aws/aws-chunked.ts';
import type { ChunkResigner } from '../aws/chunk-signer.ts';
import type { CompiledInjection } from '../injection/rules.ts';
import { GATHER_BYTES_MAX, type CallerBody } from './body.ts';

/** The body as it goes out; its bytes are counted without the framing. @throws Refusal where it is there and not as it must be */
export function resignedBody({ body, contentLength }: CallerBody, chunks: ChunkResigner): CallerBody {
  const bytes = (): number => chunks.decodedBytes;
  if (body instanceof Readable) return { body: resignedStream(body, chunks), contentLength, bytes };
  try {
    const out = Buffer.concat([...chunks.push(body ?? Buffer.alloc(0)), ...chunks.end()]);
    return { body: out, contentLength: out.length, bytes };
  } finally {
    chunks.destroy();
  }
}

function resignedStream(source: Readable, chunks: ChunkResigner): Readable {
  const sign = (stream: Transform, signed: () => Buffer[], done: TransformCallback): void => {
    try {
      for (const part of signed()) stream.push(part);
    } catch (thrown) {
      // The last bytes have not gone out, so that to the upstream the body is cut off.
      return done(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
    done();
  };
  const out = new Transform({
    highWaterMark: GATHER_BYTES_MAX,
    transform(piece: Buffer, _encoding, done) {
      sign(this, () => chunks.push(piece), done);
    },
    flush(done) {
      sign(this, () => chunks.end(), done);
    },
    destroy(error, done) {
      chunks.destroy();
      done(error);
    },
  });
  // Whoever sends it listens too; until then nobody does.
  out.on('error', () => undefined);
  // Either that breaks ends the other: an upload that the upstream drops is not read on for it.
  pipeline(source, out, () => undefined);
  return out;
}

interface PlainMessage {
  readonly headers: readonly string[];
  readonly body: Buffer | null;
}

/** What the upstream makes of headers and body: for AWS without the framing of chunks, all else as it is. @throws Refusal */
export function plainMessage(
  compiled: CompiledInjection,
  headers: readonly string[],
  body: Buffer | null,
): PlainMessage {
  const form = compiled.aws === null ? undefined : chunkedForm(headers);
  return form === undefined ? { headers, body } : unchunked(body ?? Buffer.alloc(0), headers, form);
}
