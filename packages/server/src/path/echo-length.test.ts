/** P1, I8: where the length of a body was announced, echoes are replaced byte for byte: any body, in any pieces. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Secret } from '../vault/secret.ts';
import { EchoMatcher } from './echo.ts';

/** The second begins as the first ends, and the third is within the first: their echoes overlap. */
const SECRETS = ['sk-live/Zq+9"vX_tail', 'X_tail-of-another 1', 'Zq+9"vX_', 'éüöäß-€-key'] as const;

const percentAll = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const jsonAll = (text: string): string =>
  text.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const FORMS: readonly string[] = SECRETS.flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  percentAll(secret),
  percentAll(secret).toUpperCase(),
  JSON.stringify(secret).slice(1, -1),
  jsonAll(secret),
]);
const IN_BASE64: readonly string[] = SECRETS.flatMap((secret) =>
  (['base64', 'base64url'] as const).flatMap((encoding) =>
    ['', 'u', 'u:', 'us:'].map((before) => Buffer.from(`${before}${secret};`).toString(encoding)),
  ),
);
const ECHOES = [...FORMS, ...IN_BASE64];

/** A secret that whoever reads these bytes gets: as it stands, or out of base64 text at any alignment. */
function foundIn(bytes: Buffer): string | undefined {
  const runs = bytes.toString('latin1').match(/[A-Za-z0-9+/_-]{8,}/g) ?? [];
  const decoded = runs.flatMap((run) => [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from), 'base64')));
  return (
    FORMS.find((form) => bytes.includes(Buffer.from(form))) ??
    SECRETS.find((secret) => decoded.some((text) => text.includes(Buffer.from(secret))))
  );
}

/** Bodies of echoes whole and cut off, glued to each other and to noise of the same alphabet. */
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ECHOES).map((form) => Buffer.from(form)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...ECHOES), fc.nat(60))
      .map(([form, length]) => Buffer.from(form).subarray(0, length)),
  },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 2,
    arbitrary: fc.string({ unit: fc.constantFrom(...'skX_-/%\\u0x') }).map((text) => Buffer.from(text)),
  },
);
const body = fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.concat(pieces));
const cuts = fc.array(fc.nat(600), { maxLength: 40 });

function pieces(bytes: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...at, bytes.length].filter((end) => end <= bytes.length).toSorted((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

function redact(matcher: EchoMatcher, chunks: readonly Buffer[], keepsLength: boolean): Buffer {
  const stream = matcher.stream(keepsLength);
  // Copies: what is given on must not be read again after its owner may have written over it.
  const out = chunks.map((chunk) => {
    const given = Buffer.from(chunk);
    const answer = Buffer.from(stream.push(given));
    given.fill(0);
    return answer;
  });
  return Buffer.concat([...out, stream.end()]);
}

describe('P1, I8: a body of announced length', () => {
  const matcher = EchoMatcher.forSecrets(SECRETS.map((secret) => Secret.fromText(secret)));

  test('keeps its length and leaves no form of a secret, however it is split', () => {
    fc.assert(
      fc.property(body, cuts, (bytes, at) => {
        const out = redact(matcher, pieces(bytes, at), true);
        assert.equal(out.length, bytes.length);
        assert.equal(foundIn(out), undefined);
        // And what it is does not depend on how it came.
        assert.deepEqual(out, redact(matcher, [bytes], true));
      }),
      { numRuns: 2_000 },
    );
  });

  test('every byte that was changed is of the mask, and none changes where nothing was echoed', () => {
    fc.assert(
      fc.property(body, cuts, (bytes, at) => {
        const stream = matcher.stream(true);
        const out = Buffer.concat([...pieces(bytes, at).map((one) => stream.push(one)), stream.end()]);
        assert.equal(stream.echoed, !out.equals(bytes));
        for (const [i, byte] of out.entries())
          assert.ok(byte === bytes[i] || '[redacted]*'.includes(String.fromCharCode(byte)));
      }),
      { numRuns: 500 },
    );
  });

  test('negative control: the echoes are there before, and without the announced length the body shrinks or grows', () => {
    const bodies = fc.sample(body, { numRuns: 200, seed: 1 });
    assert.ok(bodies.filter((bytes) => foundIn(bytes) !== undefined).length > 50);
    assert.ok(bodies.some((bytes) => redact(matcher, [bytes], false).length !== bytes.length));
  });
});
