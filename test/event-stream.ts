/** Reading server-sent events in tests, as a browser's EventSource does. */
import assert from 'node:assert/strict';
import type { Json } from './vault.ts';

export interface StreamedEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: Json;
}

export interface EventReader {
  readonly status: number;
  readonly headers: Headers;
  /** The next event; fails when there is none in time. */
  next(): Promise<StreamedEvent>;
  /** Resolves when the vault has ended the stream; answers after how many ms. */
  ended(): Promise<number>;
  close(): void;
}

const WAIT_MS = 10_000;

export async function readEvents(url: string, headers: Record<string, string>): Promise<EventReader> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  const events = response.ok && response.body !== null ? parse(response.body) : undefined;
  const next = async (): Promise<IteratorResult<StreamedEvent, void>> => {
    assert.ok(events !== undefined, `no stream: ${response.status}`);
    const timer = setTimeout(() => abort.abort(new Error('no event in time')), WAIT_MS);
    try {
      return await events.next();
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    status: response.status,
    headers: response.headers,
    next: async () => {
      const { value, done } = await next();
      assert.ok(done !== true && value !== undefined, 'the stream ended');
      return value;
    },
    ended: async () => {
      const start = performance.now();
      while ((await next()).done !== true);
      return performance.now() - start;
    },
    close: () => abort.abort(),
  };
}

async function* parse(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamedEvent, void> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line): [string, string] => {
            const colon = line.indexOf(':');
            return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
          }),
      );
      text = text.slice(end + 2);
      const data = fields.get('data');
      if (data !== undefined)
        yield { event: fields.get('event') ?? 'message', id: fields.get('id'), data: JSON.parse(data) };
    }
  }
}
