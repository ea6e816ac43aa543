/**
 * The answer of an upstream as the caller gets it: a standard `Response` that names the caller's URL (never
 * the one with the credential), whose body is redacted and counted while it streams.
 */
import type { Deadline } from './deadline.ts';
import { Redactor } from './redact.ts';
import { unref } from './outcomes.ts';
import { UpstreamError } from './errors.ts';
import { codeOf } from './vault-client.ts';

/** Fetch standard: statuses whose responses have no body. */
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/**
 * `Response` can't be made with every status and has no URL of its own: both are shown as they were. They are
 * own properties because runtimes read `status` while the base class is still being built.
 */
class VaultResponse extends Response {
  constructor(
    body: ReadableStream<Uint8Array> | null,
    status: number,
    statusText: string,
    headers: Headers,
    url: string,
  ) {
    super(body, { status: status >= 200 && status <= 599 ? status : 500, statusText, headers });
    const show = (name: string, value: unknown): void => {
      Object.defineProperty(this, name, { value, enumerable: false });
    };
    show('url', url);
    show('status', status);
    show('ok', status >= 200 && status <= 299);
  }

  override clone(): Response {
    const copy = super.clone();
    return new VaultResponse(copy.body, this.status, this.statusText, copy.headers, this.url);
  }
}

/** Who is told how the body ended. */
export interface BodyWatcher {
  received(bytes: number): void;
  /** The body is open for long: what is known is told now. */
  report(): void;
  /** The code is undefined where the body is complete or was given up by the reader. */
  ended(error?: string): void;
}

/** The vault takes outcomes for 15 minutes; a body that is still open is reported well before. */
const OPEN_BODY_MS = 10 * 60 * 1000;

export interface AnswerOptions {
  readonly url: string;
  readonly redactor: Redactor;
  readonly watcher: BodyWatcher;
  /** Aborted where the caller ended the call. */
  readonly signal: AbortSignal;
}

/** Wraps what `fetch` answered. */
export function answerOf(answer: Response, options: AnswerOptions): Response {
  const { redactor, url, watcher } = options;
  const headers = new Headers();
  for (const [name, value] of answer.headers) headers.append(name, redactor.redactText(value));
  const hasBody = answer.body !== null && !NULL_BODY_STATUSES.has(answer.status);
  const body = hasBody && answer.body !== null ? watchBody(answer.body, options) : null;
  if (body === null) watcher.ended();
  return new VaultResponse(body, answer.status, redactor.redactText(answer.statusText), headers, url);
}

const NO_SECRETS = new Redactor([]);

/** For an answer that came through the vault: from here on only the caller's signal ends the answer, and lets go of it at the end of the body. */
export function proxiedAnswer(answer: Response, url: string, deadline: Deadline): Response {
  deadline.disarm();
  const watcher = {
    received: (): void => undefined,
    report: (): void => undefined,
    ended: (): void => deadline.release(),
  };
  return answerOf(answer, { url, redactor: NO_SECRETS, watcher, signal: deadline.signal });
}

/** A body that nobody reads to its end is closed, and its outcome told, when it is collected. */
const dropped = new FinalizationRegistry<() => void>((drop) => drop());

function watchBody(source: ReadableStream<Uint8Array>, options: AnswerOptions): ReadableStream<Uint8Array> {
  const { watcher, signal } = options;
  const reader = source.getReader();
  const redactor = options.redactor.stream();
  const timer = unref(setTimeout(() => watcher.report(), OPEN_BODY_MS));
  const end = (error?: string): void => {
    clearTimeout(timer);
    watcher.ended(error);
  };
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      const passed = done ? redactor.flush() : redactor.push(value);
      if (value !== undefined) watcher.received(value.byteLength);
      if (passed.byteLength > 0) controller.enqueue(passed);
      if (done) {
        end();
        controller.close();
      }
      if (done || passed.byteLength > 0) return;
    }
  };
  const cancel = async (reason?: unknown): Promise<void> => {
    end();
    await reader.cancel(reason).catch(() => undefined);
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) =>
        pull(controller).catch((failure: unknown) => {
          end(signal.aborted ? 'cancelled' : 'upstream_unreachable');
          throw signal.aborted ? signal.reason : brokenOff(failure);
        }),
      cancel,
    },
    { highWaterMark: 0 },
  );
  dropped.register(stream, () => void cancel());
  return stream;
}

/** The runtime's own error names sockets and addresses: only its code is kept. */
export function brokenOff(failure: unknown): UpstreamError {
  const code = codeOf(failure);
  return new UpstreamError({
    code: 'upstream_unreachable',
    message: `The upstream broke off${code === undefined ? '' : ` (${code})`}.`,
    cause: new Error(code ?? 'connection failed'),
  });
}
