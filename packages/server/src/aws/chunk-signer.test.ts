/**
 * R13: chunks are signed as AWS's documented examples of chunked uploads have them, whatever pieces they come in, and what is
 * not framed as it should be never gets its end.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Refusal } from '../refusal.ts';
import { Secret } from '../vault/secret.ts';
import { chunkedForm, framingOf, unchunked } from './aws-chunked.ts';
import { ChunkResigner } from './chunk-signer.ts';
import { chunkSigner, isSignedByDefault, sign, type SigningOptions } from './sigv4.ts';

const credential = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: Secret.fromText('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
};
const PLAIN = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const TRAILER = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
const UNSIGNED = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const KIB = 1024;
const OBJECT = Buffer.alloc(65 * KIB, 'a');
const CHUNK_BYTES_MAX = 128 * KIB;
/** Of a key that nobody has. */
const MADE_UP = '0123456789abcdef'.repeat(4);

interface Example {
  readonly payload: string;
  readonly contentLength: string;
  readonly more: readonly string[];
  /** Beside `x-amz-*`. */
  readonly signed: readonly string[];
  readonly seed: string;
  readonly signatures: readonly string[];
}

/** From the S3 API Reference, "Transferring Payload in Multiple Chunks" and "Including Trailing Headers". */
const EXAMPLES: readonly Example[] = [
  {
    payload: PLAIN,
    contentLength: '66824',
    more: [],
    signed: ['content-encoding', 'content-length'],
    seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    signatures: [
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ],
  },
  {
    payload: TRAILER,
    contentLength: '66824',
    more: ['x-amz-trailer', 'x-amz-checksum-crc32c'],
    signed: ['content-encoding'],
    seed: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
    signatures: [
      'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
      '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
      '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
      'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
    ],
  },
];

/** The headers of a caller, and what signs the chunks that follow them. */
function seeded({ payload, contentLength, more, signed }: Example) {
  const headers = [
    ...['x-amz-storage-class', 'REDUCED_REDUNDANCY', 'Content-Encoding', 'aws-chunked'],
    ...['x-amz-decoded-content-length', '66560', 'Content-Length', contentLength, ...more],
  ];
  const options: SigningOptions = {
    now: new Date('2013-05-24T00:00:00Z'),
    region: 'us-east-1',
    service: 's3',
    payloadHash: payload,
    encodesTwice: false,
    normalizes: false,
    sendsPayloadHash: true,
    sessionTokenIsSigned: true,
    isSigned: (name) => isSignedByDefault(name) || signed.includes(name),
  };
  const request = {
    method: 'PUT',
    scheme: 'https',
    authority: 's3.amazonaws.com',
    path: '/examplebucket/chunkObject.txt',
    query: '',
    headers,
  } as const;
  const seed = sign(request, credential, options);
  return { seed: seed.signature, signer: () => chunkSigner(seed, credential, options), headers };
}

const isSigned = (payload: string): boolean => payload !== UNSIGNED;

/** A body in chunks; `signatures` in their order, or one for all. */
function framed(
  data: Buffer,
  sizes: readonly number[],
  signatures: readonly string[],
  tail = '\r\n',
): Buffer {
  const line = (size: number, at: number): Buffer => {
    const signature = signatures[at] ?? signatures[0];
    const more = signature === undefined ? '' : `;chunk-signature=${signature}`;
    return Buffer.from(`${size.toString(16)}${more}\r\n`);
  };
  const parts: Buffer[] = [];
  let at = 0;
  for (const [index, size] of sizes.entries()) {
    parts.push(line(size, index), data.subarray(at, at + size), Buffer.from('\r\n'));
    at += size;
  }
  return Buffer.concat([...parts, line(0, sizes.length), Buffer.from(tail)]);
}

const framing = (payload: string, length: number, more: readonly string[] = []) => {
  const headers = ['X-Amz-Content-Sha256', payload, 'x-amz-decoded-content-length', String(length), ...more];
  const form = chunkedForm(headers) ?? assert.fail();
  return framingOf(headers, form);
};
const TRAILING = ['x-amz-trailer', 'x-amz-checksum-crc32c'];

function resigned(resigner: ChunkResigner, pieces: readonly Buffer[]): Buffer {
  return Buffer.concat([...pieces.flatMap((piece) => resigner.push(piece)), ...resigner.end()]);
}

const trailerTail = (signature: string, between = ''): string =>
  `${between}x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:${signature}\r\n\r\n`;

for (const example of EXAMPLES) {
  test(`R13: AWS's example of ${example.payload}: seed, chunks and trailer`, () => {
    const { seed, signer } = seeded(example);
    assert.equal(seed, example.seed);
    const isTrailing = example.payload === TRAILER;
    const of = framing(example.payload, OBJECT.length, isTrailing ? TRAILING : []);
    const last = example.signatures.at(-1) ?? '';
    const body = (signatures: readonly string[], trailing: string) =>
      framed(OBJECT, [64 * KIB, KIB], signatures, isTrailing ? trailerTail(trailing) : '\r\n');
    const resigner = new ChunkResigner(of, signer(), CHUNK_BYTES_MAX);
    const out = resigned(resigner, [body([MADE_UP], MADE_UP)]);
    assert.equal(out.toString(), body(example.signatures, last).toString());
    assert.equal(resigner.decodedBytes, OBJECT.length);
    if (!isTrailing) assert.equal(out.length, Number(example.contentLength), 'as AWS has it');
  });
}

test('R13: in whatever pieces a body comes, the same bytes go out, and none of a chunk before it is whole', () => {
  const [example] = EXAMPLES;
  const { signer } = seeded(example ?? assert.fail());
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 3000 }),
      fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 }),
      (bytes, wanted, steps) => {
        const data = Buffer.from(bytes);
        const sizes: number[] = [];
        let left = data.length;
        for (const size of [...wanted, left]) {
          const taken = Math.min(size, left);
          if (taken > 0) sizes.push(taken);
          left -= taken;
        }
        const body = framed(data, sizes, [MADE_UP]);
        const of = framing(PLAIN, data.length);
        const whole = resigned(new ChunkResigner(of, signer(), CHUNK_BYTES_MAX), [body]);
        const pieces: Buffer[] = [];
        for (let at = 0, step = 0; at < body.length; step += 1) {
          const length = steps[step % steps.length] ?? 1;
          pieces.push(body.subarray(at, at + length));
          at += length;
        }
        const resigner = new ChunkResigner(of, signer(), CHUNK_BYTES_MAX);
        const early = Buffer.concat(pieces.slice(0, -1).flatMap((piece) => resigner.push(piece)));
        assert.ok(!early.includes('\r\n0;chunk-signature='), 'the end is kept until the body has ended');
        const last = pieces.at(-1) ?? assert.fail();
        assert.deepEqual(Buffer.concat([early, ...resigner.push(last), ...resigner.end()]), whole);
        assert.equal(whole.length, body.length);
        assert.deepEqual(
          unchunked(
            whole,
            ['X-Amz-Content-Sha256', PLAIN, 'X-Amz-Decoded-Content-Length', String(data.length)],
            of,
          ).body,
          data,
        );
      },
    ),
  );
});

const isRefused = (code: string) => (thrown: unknown) =>
  thrown instanceof Refusal && thrown.code === code && thrown.hint !== undefined;

test('R13: a body that is not framed as S3 reads it is refused, and its end never goes out', () => {
  const { signer } = seeded(EXAMPLES[0] ?? assert.fail());
  const data = Buffer.from('some data of an object');
  const good = framed(data, [10, 12], [MADE_UP]).toString();
  const last = `0;chunk-signature=${MADE_UP}\r\n`;
  const bad: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['the end is missing', good.slice(0, -2)],
    ['the last chunk is missing', good.slice(0, -last.length - 2)],
    ['more behind the end', `${good}x`],
    ['another request behind the end', `${good}GET / HTTP/1.1\r\n\r\n`],
    ['a trailer that was not announced', `${good.slice(0, -2)}x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n`],
    ['no signature', good.replace(`a;chunk-signature=${MADE_UP}`, 'a')],
    ['a short signature', good.replace(MADE_UP, MADE_UP.slice(1))],
    ['a long signature', good.replace(MADE_UP, `${MADE_UP}0`)],
    ['another extension', good.replace(';chunk-signature', ';x=y;chunk-signature')],
    ['a size with a sign', good.replace('a;', '+a;')],
    ['a size with a prefix', good.replace('a;', '0xa;')],
    ['no size', good.replace('a;', ';')],
    ['a size that is too small', good.replace('a;', '9;')],
    ['a size that is too large', good.replace('a;', 'b;')],
    ['a line that ends in LF', good.replace('\r\n', '\n')],
    ['data that end in LF', good.replace(/(?<=some data )\r\n/, '\n')],
    ['plain data', data.toString()],
    ['HTTP chunks', `a\r\nsome data \r\n0\r\n\r\n`],
    ['less than announced', framed(data.subarray(0, 10), [10], [MADE_UP]).toString()],
    ['more than announced', framed(Buffer.concat([data, data]), [10, 34], [MADE_UP]).toString()],
  ];
  assert.equal(
    resigned(new ChunkResigner(framing(PLAIN, data.length), signer(), 100), [Buffer.from(good)]).length,
    good.length,
  );
  for (const [what, body] of bad) {
    assert.notEqual(body, good, what);
    const out: Buffer[] = [];
    const resigner = new ChunkResigner(framing(PLAIN, data.length), signer(), 100);
    assert.throws(
      () => {
        for (const byte of Buffer.from(body)) out.push(...resigner.push(Buffer.of(byte)));
        out.push(...resigner.end());
      },
      isRefused('invalid_request'),
      what,
    );
    assert.ok(!Buffer.concat(out).includes('of an object'), `${what}: the last data never go out`);
    assert.ok(Buffer.concat(out).length < body.length || body === '', what);
  }
  const large = new ChunkResigner(framing(PLAIN, 101), signer(), 100);
  assert.throws(
    () => large.push(Buffer.from(`65;chunk-signature=${MADE_UP}\r\n`)),
    isRefused('payload_too_large'),
  );
});

test('R13: trailers are those that were announced, and their signature is the last of them', () => {
  const { signer } = seeded(EXAMPLES[1] ?? assert.fail());
  const data = Buffer.from('abc');
  const of = framing(TRAILER, 3, TRAILING);
  const through = (tail: string): string =>
    resigned(new ChunkResigner(of, signer(), 100), [framed(data, [3], [MADE_UP], tail)]).toString();
  const good = trailerTail(MADE_UP);
  const signature = /x-amz-trailer-signature:([0-9a-f]{64})/.exec(through(good))?.[1] ?? assert.fail();
  assert.notEqual(signature, MADE_UP);
  for (const tail of [good.replace('\r\n', '\n\r\n'), trailerTail(MADE_UP, '\r\n'), good.slice(0, -2)])
    assert.ok(
      through(tail).endsWith(tail.replace(MADE_UP, signature)),
      'other line ends, the same signature',
    );
  const line = `x-amz-trailer-signature:${MADE_UP}\r\n`;
  for (const tail of [
    '\r\n',
    `${line}\r\n`,
    good.replace(line, ''),
    good.slice(0, -4),
    good.replace('crc32c', 'crc32'),
    good.replace('sOO8/Q==', ''),
    good.replace('x-amz-checksum', ' x-amz-checksum'),
    `${line}x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n`,
    `x-amz-acl:public-read\r\n${good}`,
    `x-amz-checksum-crc32c:other==\r\n${good}`,
    good.replace(line, `x-amz-acl:public-read\r${line}`),
    good.replace(line, `${line.trim()}\rx-amz-acl:public-read\r\n`),
    `${'\r\n'.repeat(5000)}${good}`,
  ])
    assert.throws(() => through(tail), isRefused('invalid_request'), JSON.stringify(tail));
});

test('R13: headers that do not say how the body is framed are refused', () => {
  const length = ['x-amz-decoded-content-length', '3'];
  const refused: readonly (readonly [string, readonly string[]])[] = [
    [PLAIN, []],
    [PLAIN, ['x-amz-decoded-content-length', 'x']],
    [PLAIN, ['x-amz-decoded-content-length', '-1']],
    [PLAIN, [...length, ...length]],
    [PLAIN, [...length, ...TRAILING]],
    [TRAILER, length],
    [TRAILER, [...length, 'x-amz-trailer', 'x-amz-acl']],
    [TRAILER, [...length, 'x-amz-trailer', 'authorization']],
    [TRAILER, [...length, ...TRAILING, ...TRAILING]],
    ['STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD', length],
    ['STREAMING-', length],
  ];
  for (const [payload, headers] of refused)
    assert.throws(
      () => {
        const all = ['x-amz-content-sha256', payload, ...headers];
        framingOf(all, chunkedForm(all) ?? assert.fail());
      },
      isRefused('invalid_request'),
      `${payload} ${headers.join()}`,
    );
  assert.equal(chunkedForm(['x-amz-content-sha256', 'ab'.repeat(32)]), undefined);
  assert.equal(chunkedForm([]), undefined);
});

test('A1: without its framing a body is what S3 stores, and what followed it are headers', () => {
  for (const payload of [TRAILER, UNSIGNED]) {
    const tail = isSigned(payload) ? trailerTail(MADE_UP) : 'x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n';
    const headers = [
      ...['Content-Type', 'text/plain', 'Content-Encoding', 'aws-chunked,gzip', 'x-amz-meta-empty', ''],
      ...['X-Amz-Content-Sha256', payload, 'X-Amz-Decoded-Content-Length', '66560', ...TRAILING],
    ];
    const bytes = framed(OBJECT, [64 * KIB, KIB], isSigned(payload) ? [MADE_UP] : [], tail);
    const plain = unchunked(bytes, headers, chunkedForm(headers) ?? assert.fail());
    assert.ok(plain.body.equals(OBJECT));
    assert.deepEqual(plain.headers, [
      ...['Content-Type', 'text/plain', 'Content-Encoding', 'gzip', 'x-amz-meta-empty', ''],
      ...['x-amz-checksum-crc32c', 'sOO8/Q=='],
    ]);
    const alone = headers.map((value) => value.replace(',gzip', ''));
    assert.ok(
      !unchunked(bytes, alone, chunkedForm(alone) ?? assert.fail()).headers.includes('Content-Encoding'),
    );
  }
});

test('the signing key is let go of with the end of the body', () => {
  const { signer } = seeded(EXAMPLES[0] ?? assert.fail());
  const resigner = new ChunkResigner(framing(PLAIN, 3), signer(), 100);
  resigner.push(framed(Buffer.from('abc'), [3], [MADE_UP]));
  resigner.destroy();
  assert.throws(() => resigner.end(), /signed already/);
});
