/**
 * The one place that knows of `process`: settings from the environment, and what is still to be told when
 * the process ends. In runtimes without `process` it does nothing. Installs no signal handlers.
 */

/** What wants a last word. */
export interface EndListener {
  finish(): Promise<void>;
  finishNow(): void;
}

/** How long `process.exit()` may be held up by outcomes that were not sent yet. */
const EXIT_WAIT_MS = 1_000;

const listeners = new Set<EndListener>();
let isListening = false;

/** A variable of the environment; undefined where there is none or the runtime forbids reading it. */
export function readEnvironment(name: string): string | undefined {
  try {
    return globalThis.process?.env?.[name];
  } catch {
    return undefined;
  }
}

/** All clients share one pair of handlers, and a client is held here only while it has something to say. */
export function watchProcessEnd(listener: EndListener): void {
  listeners.add(listener);
  if (!isListening && typeof globalThis.process?.on === 'function') {
    isListening = true;
    // The loop is empty: sending keeps it alive until the answers are there.
    globalThis.process.on('beforeExit', () => {
      for (const each of listeners) void each.finish();
    });
    globalThis.process.on('exit', () => {
      for (const each of listeners) each.finishNow();
    });
  }
}

/** Nothing would be lost any more. */
export function unwatchProcessEnd(listener: EndListener): void {
  listeners.delete(listener);
}

const SENDER = `
const { workerData: { url, init, done } } = require('node:worker_threads');
fetch(url, init).catch(() => {}).finally(() => { Atomics.store(done, 0, 1); Atomics.notify(done, 0); });
`;

/** Sends from a thread of its own while this one waits, as nothing asynchronous runs in `exit` any more. */
export function sendBeforeExit(
  url: string,
  headers: readonly (readonly [string, string])[],
  body: string,
): boolean {
  try {
    const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
    if (threads === undefined || !threads.isMainThread) return false;
    const done = new Int32Array(new SharedArrayBuffer(4));
    const init = { method: 'POST', headers, body, redirect: 'manual' };
    const options = { eval: true, workerData: { url, init, done }, execArgv: [], stdout: true, stderr: true };
    new threads.Worker(SENDER, options);
    return Atomics.wait(done, 0, 0, EXIT_WAIT_MS) !== 'timed-out';
  } catch {
    return false;
  }
}
