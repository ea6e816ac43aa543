/** The request handler of an AWS client whose requests the vault makes: what it sends is signed there. */
import type { AwsHttpRequest, AwsHttpResponse, AwsRequestHandler } from './aws-types.ts';
import { type AwsOptions, type AwsParts, urlOf } from './aws-request.ts';
import { bytesOf } from './body.ts';
import { type CallOptions, prepareCall } from './call.ts';
import { invalid } from './error-of.ts';
import { isObject } from './json.ts';
import { callProxied } from './proxy-mode.ts';

export function proxyHandler(options: AwsOptions, parts: AwsParts): AwsRequestHandler {
  return {
    handle: async (request, { abortSignal } = {}) => ({
      response: await proxied(request, options, parts, abortSignal),
    }),
    destroy: () => undefined,
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

async function proxied(
  request: AwsHttpRequest,
  { grantId, reason, context, caller, timeoutMs }: AwsOptions,
  { client, defaults, assertOpen }: AwsParts,
  abortSignal: unknown,
): Promise<AwsHttpResponse> {
  assertOpen();
  const url = urlOf(request);
  const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
  const body = bodyOf(request.body);
  const headers = Object.entries(request.headers);
  const call = await prepareCall(
    request.method,
    url,
    { grantId, reason, context, caller, timeoutMs, headers, body, signal },
    defaults,
  );
  const contentLength = body instanceof ReadableStream ? lengthOf(request.headers) : undefined;
  const answer = (await callProxied({ ...call, url, contentLength }, {}, client)).toResponse();
  return {
    statusCode: answer.status,
    reason: answer.statusText,
    headers: Object.fromEntries(answer.headers),
    body: answer.body === null ? undefined : nodeStream(answer.body),
  };
}

function lengthOf(headers: Readonly<Record<string, string>>): number | undefined {
  const text = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-length')?.[1];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function bodyOf(body: unknown): CallOptions['body'] {
  const bytes = bytesOf(body);
  if (bytes !== undefined) return bytes.byteLength === 0 ? undefined : bytes;
  if (body instanceof ReadableStream || body instanceof Blob) return body;
  if (isObject(body) && isAsyncIterable(body)) return streamOf(body);
  throw invalid('body', 'this kind of body is not supported.');
}

const isAsyncIterable = (value: object): value is AsyncIterable<Uint8Array> => Symbol.asyncIterator in value;

/** A stream of Node, read as fast as it is sent. */
function streamOf(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream({
    pull: async (controller) => {
      const next = await iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: async (reason) => void (await iterator.return?.(reason)),
  });
}

/** In Node, AWS's clients hand out its own kind of stream; elsewhere that of the web. */
function nodeStream(body: ReadableStream<Uint8Array>): unknown {
  const getModule = memberOf(memberOf(globalThis, 'process'), 'getBuiltinModule');
  if (typeof getModule !== 'function') return body;
  const stream: unknown = Reflect.apply(getModule, undefined, ['node:stream']);
  const fromWeb = memberOf(memberOf(stream, 'Readable'), 'fromWeb');
  return typeof fromWeb === 'function' ? Reflect.apply(fromWeb, undefined, [body]) : body;
}

/** Of an object or a function, as modules of Node are either. */
function memberOf(value: unknown, name: string): unknown {
  const isHolder = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isHolder ? Reflect.get(value, name) : undefined;
}
