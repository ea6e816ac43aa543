import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Refusal } from '../refusal.ts';
import { AnswerReader, type AnswerHead } from './answer-reader.ts';

interface Read {
  head?: AnswerHead;
  body: string;
  trailers?: string[];
  /** Bytes behind the answer. */
  left: number;
  refusal?: string;
}

/** Reads the bytes in pieces of these lengths, in turn, and then the end of the connection where `isEnded`. */
function readAll(
  text: string,
  options: { method?: string; pieces?: number[]; isEnded?: boolean } = {},
): Read {
  const read: Read = { body: '', left: 0 };
  const reader = new AnswerReader({
    isPaused: false,
    onHead: (head) => void (read.head = head),
    onBody: (bytes) => void (read.body += bytes.toString('latin1')),
    onEnd: (trailers) => void (read.trailers = trailers),
  });
  reader.begin(options.method ?? 'GET');
  const bytes = Buffer.from(text, 'latin1');
  const pieces = options.pieces ?? [bytes.length];
  try {
    for (let at = 0, turn = 0; at < bytes.length && !reader.isDone; turn += 1) {
      const piece = bytes.subarray(at, at + (pieces[turn % pieces.length] ?? 1));
      const end = reader.read(piece);
      at += piece.length;
      read.left = bytes.length - at + piece.length - end;
    }
    if (options.isEnded === true) reader.end();
  } catch (thrown) {
    assert.ok(thrown instanceof Refusal, String(thrown));
    read.refusal = thrown.code;
  }
  return read;
}

const ANSWERS: readonly [string, string, string][] = [
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
  ['no reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi', 'hi'],
  ['no body', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', ''],
  [
    'chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a="b"\r\n!\r\n0\r\n\r\n',
    'hello!',
  ],
  [
    'trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX-T: a\r\nX-T:b \r\n\r\n',
    '0123456789',
  ],
  [
    'interim answers',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
    'x',
  ],
  ['204', 'HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n', ''],
  ['304', 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n', ''],
];

test('an answer is read alike however it was cut, and to its last byte', () => {
  for (const [name, text, body] of ANSWERS) {
    const whole = readAll(text);
    assert.equal(whole.body, body, name);
    assert.ok(whole.head && whole.trailers, name);
    for (let size = 1; size < text.length; size += 1)
      assert.deepEqual(readAll(text, { pieces: [size] }), whole, `${name} in pieces of ${size}`);
  }
  fc.assert(
    fc.property(
      fc.constantFrom(...ANSWERS),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (answer, pieces) => {
        assert.deepEqual(readAll(answer[1], { pieces }), readAll(answer[1]));
      },
    ),
  );
});

test('header lines keep order, case, duplicates and bytes above 0x7f, and lose only the blanks around values', () => {
  const { head, trailers } = readAll(
    "HTTP/1.1 207 \xe9\t!\r\nX-A:1\r\nx-a: \t 2\xa0 \r\nEmpty:\r\nA!#$%&'*+-.^_`|~9: a b\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nB: \xff\r\n\r\n",
  );
  assert.equal(head?.reason, '\xe9\t!');
  assert.deepEqual(head?.headers.slice(0, 8), [
    'X-A',
    '1',
    'x-a',
    '2\xa0',
    'Empty',
    '',
    "A!#$%&'*+-.^_`|~9",
    'a b',
  ]);
  assert.deepEqual(trailers, ['B', '\xff']);
});

test('R12: what two readers could take for two different answers is no answer', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  for (const text of [
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na',
    'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na',
    'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na',
    'HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\na',
    'HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\na',
    'HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999\r\n\r\na',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\na',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\na',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\na',
    'HTTP/1.1 200 OK\r\n Content-Length: 1\r\n\r\na',
    'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX: a\nY: b\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX: a\rY: b\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX: a\0\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
    '\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n',
    'HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n',
    'http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    'ICY 200 OK\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    `${chunked}\r\n`,
    `${chunked}x\r\n`,
    `${chunked}-1\r\n`,
    `${chunked}0x1\r\na\r\n`,
    `${chunked}1 \r\na\r\n`,
    `${chunked} 1\r\na\r\n`,
    `${chunked}1\na\r\n0\r\n\r\n`,
    `${chunked}1\r\nab\r\n`,
    `${chunked}1\r\na\n0\r\n\r\n`,
    `${chunked}1;\0\r\na\r\n`,
    `${chunked}10000000000000\r\n`,
    `${chunked}1;${'x'.repeat(2000)}\r\na`,
    `${chunked}0\r\nX : y\r\n\r\n`,
    `${chunked}0\r\nX: y\n\r\n\r\n`,
  ])
    for (const pieces of [[text.length], [1], [7, 2]])
      assert.equal(
        readAll(text, { pieces, isEnded: true }).refusal,
        'upstream_unreachable',
        JSON.stringify(text),
      );
});

test('F6: the end of the connection ends only a body that nothing else delimits', () => {
  const toTheEnd = 'HTTP/1.1 200 OK\r\n\r\nabc';
  assert.equal(readAll(toTheEnd).trailers, undefined);
  assert.deepEqual(readAll(toTheEnd, { isEnded: true }).trailers, []);
  for (const [name, text] of ANSWERS)
    for (let length = 0; length < text.length; length += 1) {
      const cut = readAll(text.slice(0, length), { isEnded: true });
      assert.deepEqual(
        [cut.refusal, cut.trailers],
        ['upstream_unreachable', undefined],
        `${name}: ${length}`,
      );
    }
});

test('what comes behind an answer is not read', () => {
  for (const [name, text] of ANSWERS) assert.equal(readAll(`${text}HTTP/1.1 200 OK\r\n`).left, 17, name);
  assert.equal(readAll('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', { method: 'HEAD' }).left, 5);
});

test('how long a connection may be kept is what the answer says of it', () => {
  const keepMs = (fields: string): number | undefined =>
    readAll(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${fields}\r\n`).head?.keepMs;
  assert.equal(keepMs(''), 4_000);
  for (const close of [
    'Connection: close\r\n',
    'connection: x, Close\r\n',
    'Connection: close\r\nKeep-Alive: timeout=9\r\n',
  ])
    assert.equal(keepMs(close), 0, close);
  assert.equal(keepMs('Connection: not-close\r\n'), 4_000);
  for (const [seconds, expected] of [
    ['1', 0],
    ['5', 3_000],
    ['600', 60_000],
  ])
    assert.equal(keepMs(`Keep-Alive: max=7, timeout=${seconds}\r\n`), expected);
  assert.equal(
    readAll('HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n').head?.keepMs,
    0,
  );
  assert.equal(readAll('HTTP/1.1 200 OK\r\n\r\na').head?.keepMs, 0);
});

test('P4: fields of more than 64 KiB are upstream_too_large, in head and trailers, however they come', () => {
  const fields = (count: number): string => `x: ${'y'.repeat(1019)}\r\n`.repeat(count);
  for (const pieces of [[1_000_000], [1000], [65_536]])
    for (const [before, after] of [
      ['HTTP/1.1 200 OK\r\n', '\r\n'],
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', '\r\n'],
    ] as const) {
      assert.equal(readAll(before + fields(60) + after, { pieces, isEnded: true }).refusal, undefined);
      for (const end of [after, ''])
        assert.equal(readAll(before + fields(66) + end, { pieces }).refusal, 'upstream_too_large');
    }
});
