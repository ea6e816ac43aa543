/**
 * A caller's request and the answer to it, as the data path sees them: node:http's own, or those of a plain call
 * (plain-connection.ts). What the path does with either is the same.
 */
import type { IncomingMessage } from 'node:http';
import type { PlainRequest } from './plain-request.ts';

export type CallerRequest = IncomingMessage | PlainRequest;

/** What of node:http's ServerResponse the data path uses. */
export interface CallerResponse {
  readonly req: { readonly method?: string | undefined; readonly httpVersion: string };
  readonly socket: { resetAndDestroy(): unknown } | null;
  /** The head has gone out, or is about to. */
  readonly headersSent: boolean;
  readonly writableFinished: boolean;
  /** Nothing can be written any more. */
  readonly destroyed: boolean;
  /** Whether a Date of ours goes out. */
  sendDate: boolean;
  /** False: the connection is closed behind this answer, and the caller is told so. */
  shouldKeepAlive: boolean;
  /** Not there where no caller waits to be asked for its body. */
  writeContinue?(): void;
  /** `headers` flat, names and values in turn. Goes out with what is written next. */
  writeHead(status: number, statusText: string, headers: string[]): unknown;
  flushHeaders(): void;
  /** False where the caller should be given time: until `drain`. */
  write(bytes: Buffer): boolean;
  addTrailers(trailers: readonly [string, string][]): void;
  /** With a body only where nothing of it was written before. */
  end(): unknown;
  end(body: Buffer | undefined): unknown;
  end(body: string, encoding: 'latin1'): unknown;
  destroy(): unknown;
  /** `close`: the answer is whole, or will never be. */
  once(event: 'close' | 'drain', listener: () => void): unknown;
}
