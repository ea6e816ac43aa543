import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { checkFraming } from './framing.ts';
import { readPlainHead, type PlainHead } from './plain-head.ts';

const isDoor = (method: string, target: string): boolean =>
  target === '/v1/proxy' || (target === '/v1/requests' && method === 'POST');
const readPlain = (text: string): PlainHead | undefined => readPlainHead(Buffer.from(text, 'latin1'), isDoor);
const lines = (...more: string[]): string => ['Host: vault', ...more].map((line) => `${line}\r\n`).join('');
const headOf = (start: string, ...more: string[]): string => `${start} HTTP/1.1\r\n${lines(...more)}\r\n`;

test('a plain head is read with its headers as they came, and says where its body begins', () => {
  const text = headOf(
    'POST /v1/proxy',
    'aUTHORIZATION:Bearer k',
    'X-Odd: \t a \xe9 b\t ',
    'Content-Type: text/plain',
    'Content-Length: 5',
    'Connection: Keep-Alive',
    'X-Forwarded-For: 1.1.1.1',
    'x-forwarded-for: 2.2.2.2',
    'Empty:',
  );
  const head = readPlain(`${text}hello`);
  assert.deepEqual(head, {
    method: 'POST',
    door: '/v1/proxy',
    rawHeaders: [
      ...['Host', 'vault', 'aUTHORIZATION', 'Bearer k', 'X-Odd', 'a \xe9 b', 'Content-Type', 'text/plain'],
      ...['Content-Length', '5', 'Connection', 'Keep-Alive', 'X-Forwarded-For', '1.1.1.1'],
      ...['x-forwarded-for', '2.2.2.2', 'Empty', ''],
    ],
    headers: {
      authorization: 'Bearer k',
      'content-length': '5',
      'content-type': 'text/plain',
      'x-forwarded-for': '1.1.1.1, 2.2.2.2',
      expect: undefined,
      'transfer-encoding': undefined,
    },
    bodyLength: 5,
    end: text.length,
  });
});

const NOT_PLAIN: Readonly<Record<string, string>> = {
  nothing: '',
  'a head that is not whole': 'POST /v1/proxy HTTP/1.1\r\nHost: vault\r\n',
  'another version': headOf('POST /v1/proxy').replace('HTTP/1.1', 'HTTP/1.0'),
  'a version in lower case': headOf('POST /v1/proxy').replace('HTTP/1.1', 'http/1.1'),
  'no target': 'POST HTTP/1.1\r\nHost: vault\r\n\r\n',
  'two spaces': headOf('POST  /v1/proxy'),
  'another target': headOf('GET /healthz'),
  'a query': headOf('POST /v1/proxy?a=b'),
  'an absolute target': headOf('POST http://vault/v1/proxy'),
  'another method on a door': headOf('GET /v1/requests'),
  'a method that node:http does not know': headOf('FOO /v1/proxy'),
  'a method in lower case': headOf('post /v1/proxy'),
  'no Host': 'POST /v1/proxy HTTP/1.1\r\nA: b\r\n\r\n',
  'no header at all': 'POST /v1/proxy HTTP/1.1\r\n\r\n',
  'two Host': headOf('POST /v1/proxy', 'host: b'),
  'a Host that is none': headOf('POST /v1/proxy').replace('vault', 'a/b'),
  'two Authorization': headOf('POST /v1/proxy', 'Authorization: a', 'authorization: b'),
  'two Content-Type': headOf('POST /v1/proxy', 'Content-Type: a', 'Content-Type: a'),
  'two Content-Length': headOf('POST /v1/proxy', 'Content-Length: 1', 'Content-Length: 1'),
  'a list of lengths': headOf('POST /v1/proxy', 'Content-Length: 1, 1'),
  'a length with a sign': headOf('POST /v1/proxy', 'Content-Length: +1'),
  'an empty length': headOf('POST /v1/proxy', 'Content-Length:'),
  'a length of too much': headOf('POST /v1/proxy', 'Content-Length: 65537'),
  'a length in Transfer-Encoding': headOf('POST /v1/proxy', 'Transfer-Encoding: chunked'),
  Expect: headOf('POST /v1/proxy', 'Expect: 100-continue', 'Content-Length: 1'),
  Upgrade: headOf('POST /v1/proxy', 'Upgrade: h2c'),
  'Connection: close': headOf('POST /v1/proxy', 'Connection: close'),
  'Proxy-Connection': headOf('POST /v1/proxy', 'Proxy-Connection: keep-alive'),
  'a header that Connection names': headOf('POST /v1/proxy', 'Connection: keep-alive, x-a'),
  'a GET with a body': headOf('GET /v1/proxy', 'Content-Length: 1'),
  'a folded line': headOf('POST /v1/proxy', 'A: b', ' c: d'),
  'a space before the colon': headOf('POST /v1/proxy', 'A : b'),
  'a line without a colon': headOf('POST /v1/proxy', 'A'),
  'a header without a name': headOf('POST /v1/proxy', ': a'),
  'a line that ends with LF': headOf('POST /v1/proxy', 'A: b\nTransfer-Encoding: chunked'),
  'a line that ends with CR': headOf('POST /v1/proxy', 'A: b\rTransfer-Encoding: chunked'),
  'a NUL': headOf('POST /v1/proxy', 'A: b\0'),
  'a control character': headOf('POST /v1/proxy', 'A: \x0bb'),
  __proto__: headOf('POST /v1/proxy', '__proto__: a'),
  'an empty line first': `\r\n${headOf('POST /v1/proxy')}`,
  'very much': headOf('POST /v1/proxy', `A: ${'a'.repeat(20_000)}`),
};

for (const [name, text] of Object.entries(NOT_PLAIN)) {
  test(`R11: ${name} is left to node:http`, () => assert.equal(readPlain(text), undefined));
}

let server: Server;
let asked: ((request: ReadByNode | Error) => void) | undefined;

interface ReadByNode {
  readonly request: IncomingMessage;
  readonly isKept: boolean;
}

before(async () => {
  server = createServer({ requireHostHeader: false }, (request, response) => {
    asked?.({ request, isKept: response.shouldKeepAlive });
    response.end();
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code?.startsWith('HPE_') === true) asked?.(error);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
after(() => void server.close());

/** How node:http reads it. */
async function readByNode(text: string): Promise<ReadByNode | Error> {
  const { port } = server.address() as AddressInfo; // a server that listens on a port has one
  const socket = connect(port, '127.0.0.1');
  try {
    return await new Promise((resolve) => {
      asked = resolve;
      socket.end(Buffer.from(text, 'latin1'));
    });
  } finally {
    socket.destroy();
  }
}

const LINES = [
  ...[
    'Host: vault',
    'Host: vault',
    'Host: vault',
    'Authorization: Bearer a',
    'Content-Type: a/b',
    'Accept: */*',
  ],
  ...[
    'Content-Length: 3',
    'Content-Length: 0',
    'content-length:\t3 ',
    'Content-Length: 03',
    'Content-Length: 3\t',
  ],
  ...['Connection: keep-alive', 'Connection: close', 'connection: Keep-Alive', 'TE: trailers', 'Trailer: A'],
  ...[
    'Transfer-Encoding: chunked',
    'Expect: 100-continue',
    'Upgrade: a',
    'Keep-Alive: timeout=5',
    'A:',
    'A:b',
  ],
  ...[
    'A: \xa0b\xff',
    'A: b ',
    'a!#$%&\'*+-.^_`|~1: "',
    'A: b:c',
    'Proxy-Connection: close',
    'Set-Cookie: a=b',
  ],
];
const odd = fc.stringMatching(/^[\x00-\x02\t\n\r !-~\x7f-\xff]{0,12}$/);

test('R11: what is taken for plain, node:http takes for the same request, and the rules of framing let it pass', async () => {
  const line = fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...LINES) }, { weight: 1, arbitrary: odd });
  const start = fc.constantFrom('POST /v1/proxy', 'GET /v1/proxy', 'POST /v1/requests', 'PUT /v1/proxy');
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(start, fc.array(line, { maxLength: 5 }), async (first, some) => {
      const text = `${first} HTTP/1.1\r\nHost: vault\r\n${some.map((one) => `${one}\r\n`).join('')}\r\nabc`;
      const head = readPlain(text);
      if (head === undefined) return;
      taken += 1;
      const read = await readByNode(text.slice(0, head.end + head.bodyLength));
      assert.ok(!(read instanceof Error), String(read));
      const { request, isKept } = read;
      checkFraming(request);
      assert.deepEqual(
        {
          method: request.method,
          door: request.url,
          rawHeaders: request.rawHeaders,
          version: request.httpVersion,
        },
        { method: head.method, door: head.door, rawHeaders: head.rawHeaders, version: '1.1' },
      );
      const { headers } = request;
      for (const [name, value] of Object.entries(head.headers)) assert.equal(value, headers[name], name);
      assert.equal(head.bodyLength, Number(headers['content-length'] ?? 0));
      assert.equal(head.end, text.indexOf('\r\n\r\n') + 4);
      assert.ok(isKept, 'the connection stays open');
    }),
    { numRuns: 3_000 },
  );
  assert.ok(taken > 100, `${taken} were plain`);
});
