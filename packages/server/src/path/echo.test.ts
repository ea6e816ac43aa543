/** P1, P2, I8: echoes are replaced in every form, at every cut, and nothing else is touched. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Secret } from '../vault/secret.ts';
import { canReadEncoding, EchoMatcher } from './echo.ts';

const K = 'sk-live/Zq+9"vX %7é\\w😀_end';
const PLAIN = 'sk-live-51Hx0aZbQ7yT9cV2nM4kLpR8';

function matcherOf(...secrets: string[]): EchoMatcher {
  return EchoMatcher.forSecrets(secrets.map((secret) => Secret.fromText(secret)));
}

/** The redacted text, given in pieces that end at `cuts`. Also checks the bound on what is held back. */
function redact(matcher: EchoMatcher, text: string | Buffer, cuts: readonly number[] = []): string {
  const bytes = Buffer.from(text);
  const stream = matcher.stream();
  const out: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    out.push(stream.push(bytes.subarray(from, Math.max(from, cut))));
    from = Math.max(from, cut);
  }
  const rest = stream.end();
  assert.ok(rest.length <= matcher.heldBytesMax, 'holds at most the longest form less one');
  return Buffer.concat([...out, rest]).toString();
}

const percent = (byte: number): string => `%${byte.toString(16).padStart(2, '0')}`;
const percentAll = (text: string): string => [...Buffer.from(text)].map(percent).join('');
const jsonAll = (text: string): string =>
  text.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('P1 I8: an echo is replaced in each form', () => {
  const forms: Record<string, string> = {
    raw: K,
    encodeURIComponent: encodeURIComponent(K),
    'form encoding, + for space': new URLSearchParams({ K }).toString().slice(2),
    'percent, all characters, lower case': percentAll(K),
    'percent, all characters, upper case': percentAll(K).toUpperCase(),
    'JSON.stringify': JSON.stringify(K).slice(1, -1),
    'JSON with escaped slashes': JSON.stringify(K).slice(1, -1).replaceAll('/', '\\/'),
    'JSON, all \\u, lower case': jsonAll(K),
    'JSON, all \\u, upper case digits': jsonAll(K).replaceAll(/[0-9a-f]{4}/g, (hex) => hex.toUpperCase()),
  };
  for (const [name, encoded] of Object.entries(forms)) {
    test(`${name}, split at every offset`, () => {
      const text = `{"a":"${encoded}","b":1}\n\n`;
      const matcher = matcherOf(K);
      for (let cut = 0; cut <= Buffer.byteLength(text); cut++) {
        assert.equal(redact(matcher, text, [cut]), '{"a":"[redacted]","b":1}\n\n');
      }
      const everyByte = Array.from({ length: Buffer.byteLength(text) }, (_, i) => i);
      assert.equal(redact(matcher, text, everyByte), '{"a":"[redacted]","b":1}\n\n');
    });
  }

  for (const encoding of ['base64', 'base64url'] as const) {
    for (const before of ['', 'u', 'us', 'user:', 'user-name:']) {
      for (const after of ['', '!', '!!', ' and more']) {
        test(`${encoding} of "${before}K${after}", split at every offset`, () => {
          const encoded = Buffer.from(`${before}${K}${after}`).toString(encoding);
          const first = Math.floor((8 * Buffer.byteLength(before)) / 6);
          const end = Math.ceil((8 * Buffer.byteLength(before + K)) / 6);
          const expected = `Basic ${encoded.slice(0, first)}[redacted]${encoded.slice(end)};`;
          const text = `Basic ${encoded};`;
          for (let cut = 0; cut <= text.length; cut++)
            assert.equal(redact(matcherOf(K), text, [cut]), expected);
        });
      }
    }
  }

  test('base64 that was escaped once more, as some JSON and URL writers do', () => {
    const base64 = Buffer.from(`u:${K}`).toString('base64');
    assert.match(base64, /[+/]/);
    const writers = [
      base64.replaceAll('/', '\\/'),
      base64.replaceAll('+', '\\u002B').replaceAll('=', '\\u003D'),
      encodeURIComponent(base64),
      jsonAll(base64),
      percentAll(base64),
    ];
    for (const text of writers) {
      for (let cut = 0; cut <= text.length; cut++) {
        const redacted = redact(matcherOf(K), text, [cut]);
        assert.match(redacted, /^(dT|\\u0064\\u0054|%64%54)\[redacted\]/);
        assert.ok(redacted.length < 36, redacted);
      }
    }
  });

  test('an escape that is cut off where only the character before the secret can stand', () => {
    const text = Buffer.from(`}}${PLAIN}`).toString('base64').slice(2);
    const escaped = percent(text.charCodeAt(0)) + text.slice(1);
    for (let cut = 0; cut <= escaped.length; cut++)
      assert.match(redact(matcherOf(PLAIN), escaped, [cut]), /^\[redacted\]/);
  });

  test('a value that differs in the last bits only is not an echo', () => {
    for (const before of ['', 'u', 'us']) {
      const text = Buffer.from(`${before}${PLAIN.slice(0, -1)}9`).toString('base64');
      assert.equal(redact(matcherOf(PLAIN), text), text);
      const other = Buffer.from(`${before}t${PLAIN.slice(1)}`).toString('base64');
      assert.equal(redact(matcherOf(PLAIN), other), other);
    }
  });

  test('header values, with latin1 bytes around', () => {
    const matcher = matcherOf(PLAIN);
    assert.deepEqual(matcher.redactText(`\xe9 Bearer ${PLAIN} \xff`), {
      text: '\xe9 Bearer [redacted] \xff',
      echoed: true,
    });
    assert.deepEqual(matcher.redactText(`https://x/?k=${percentAll(PLAIN)}#`), {
      text: 'https://x/?k=[redacted]#',
      echoed: true,
    });
    assert.deepEqual(matcher.redactText('text/html; charset=utf-8; \xe9'), {
      text: 'text/html; charset=utf-8; \xe9',
      echoed: false,
    });
    assert.deepEqual(matcher.redactText(PLAIN.slice(1)), { text: PLAIN.slice(1), echoed: false });
  });
});

describe('P1: which secrets', () => {
  test('those under 8 bytes are left alone', () => {
    assert.equal(redact(matcherOf('1234567'), '1234567'), '1234567');
    assert.equal(redact(matcherOf('12345678'), '12345678'), '[redacted]');
    assert.equal(matcherOf('1234567').redactText('12345678').echoed, false);
  });

  test('nested and overlapping secrets: the union is replaced once', () => {
    const nested = matcherOf('user-name', 'xx-user-name-yy');
    const overlapping = matcherOf('abcdefgh', 'efghijkl', 'ijklmnop');
    for (let cut = 0; cut <= 20; cut++) {
      assert.equal(redact(nested, '<xx-user-name-yy>', [cut]), '<[redacted]>');
      assert.equal(redact(nested, '<xx-user-name-zz>', [cut]), '<xx-[redacted]-zz>');
      assert.equal(redact(overlapping, '<abcdefghijklmnop>', [cut]), '<[redacted]>');
      assert.equal(redact(overlapping, '<abcdefghijklmno>', [cut, cut + 1]), '<[redacted]mno>');
    }
    assert.equal(redact(matcherOf('aaaaaaaa'), 'a'.repeat(100), [1, 9, 10, 11, 50]), '[redacted]');
  });

  test('two echoes side by side are two', () => {
    assert.equal(redact(matcherOf(PLAIN), PLAIN + PLAIN, [40]), '[redacted][redacted]');
  });

  test('binary secrets', () => {
    const secret = Buffer.from([0, 255, 128, 10, 37, 92, 200, 201, 0]);
    const matcher = EchoMatcher.forSecrets([Secret.fromBytes(secret)]);
    const text = Buffer.concat([Buffer.from('<'), secret, Buffer.from('>')]);
    for (let cut = 0; cut <= text.length; cut++) assert.equal(redact(matcher, text, [cut]), '<[redacted]>');
    assert.equal(redact(matcher, secret.toString('base64')), '[redacted]');
  });
});

describe('P1: nothing else is touched', () => {
  test('a chunk without an echo comes back as the very same buffer', () => {
    const chunk = Buffer.from('data: {"id":1,"text":"caf\\u00e9 50%25 \\"quoted\\""}\n\n');
    for (const matcher of [matcherOf(PLAIN), matcherOf(K), matcherOf('short')]) {
      const stream = matcher.stream();
      assert.equal(stream.push(chunk), chunk);
      assert.equal(stream.push(chunk), chunk);
      assert.equal(stream.end().length, 0);
      assert.equal(stream.echoed, false);
    }
  });

  test('what is held is only what may begin an echo', () => {
    const cases: readonly [string, string][] = [
      ['text sk-live', 'text '],
      ['text sk-liv\\u0065-', 'text '],
      ['text sk-liv\\u006', 'text '],
      ['text sk-liv\\u0022', 'text sk-liv\\u0022'],
      ['text %73%6', 'text '],
      ['text %22', 'text %22'],
      ['sk-live-51Hx sk', 'sk-live-51Hx '],
      ['no beginning.', 'no beginning.'],
    ];
    for (const [text, released] of cases) {
      const stream = matcherOf(PLAIN).stream();
      assert.equal(stream.push(Buffer.from(text)).toString(), released);
      assert.equal(released + stream.end().toString(), text);
    }
  });

  test('an endless run of beginnings is bounded', () => {
    const matcher = matcherOf('a%5c%25bcdefgh\\\\');
    const stream = matcher.stream();
    let out = 0;
    for (let i = 1; i <= 2000; i++) {
      out += stream.push(Buffer.from('a%255c%2525'.repeat(3))).length;
      assert.ok(33 * i - out <= matcher.heldBytesMax);
    }
  });

  test('a secret of backslashes does not make the search explode', () => {
    const matcher = matcherOf(`${'\\'.repeat(60)}end`);
    const startedAt = performance.now();
    assert.equal(redact(matcher, `${'\\'.repeat(100)}enx`).length, 103);
    assert.ok(performance.now() - startedAt < 2000);
  });
});

test('P2: only bodies that are not compressed can be read', () => {
  for (const encoding of [undefined, '', 'identity', ' Identity ', 'identity, identity'])
    assert.equal(canReadEncoding(encoding), true);
  for (const encoding of ['gzip', 'br', 'identity, gzip', 'aws-chunked'])
    assert.equal(canReadEncoding(encoding), false);
});

// Properties. The oracle below spells every form out as a regular expression and tries every start and end.

interface Oracle {
  readonly patterns: readonly RegExp[];
}

const quote = (text: string): string =>
  text.replaceAll(/[^A-Za-z0-9]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
const anyCase = (hex: string): string =>
  hex.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
const SHORT: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
};

/** All spellings of one character, as text with one character per byte. */
function spellings(character: string): string {
  const bytes = [...Buffer.from(character)];
  const eachByte = bytes
    .map((byte) => `(?:${quote(String.fromCharCode(byte))}|${anyCase(percent(byte))})`)
    .join('');
  const options = [eachByte, anyCase(jsonAll(character)).replaceAll('\\u', '\\\\u')];
  if (character === ' ') options.push('\\+');
  const short = SHORT[character];
  if (short !== undefined) options.push(`\\\\${quote(short)}`);
  return `(?:${options.join('|')})`;
}

function oracleOf(secret: string): Oracle {
  const patterns = [[...secret].map(spellings).join('')];
  for (const encoding of ['base64', 'base64url'] as const) {
    for (const alignment of [0, 1, 2]) patterns.push(base64Pattern(secret, alignment, encoding));
  }
  return { patterns: patterns.map((pattern) => new RegExp(`^${pattern}$`)) };
}

/** The characters that carry the secret, over all bytes that may stand before and after it. */
function base64Pattern(secret: string, alignment: number, encoding: 'base64' | 'base64url'): string {
  const length = Buffer.byteLength(secret);
  const first = Math.floor((8 * alignment) / 6);
  const end = Math.ceil((8 * (alignment + length)) / 6);
  const columns = Array.from({ length: end - first }, () => new Set<string>());
  for (let neighbour = 0; neighbour < 256; neighbour++) {
    const around = [Buffer.alloc(alignment, neighbour), Buffer.from(secret), Buffer.alloc(3, neighbour)];
    const text = Buffer.concat(around).toString(encoding).slice(first, end);
    for (const [i, character] of [...text].entries()) columns[i]?.add(character);
  }
  // A character shared with a neighbour may come from either alphabet: it alone doesn't tell which it is.
  for (const column of columns.filter(({ size }) => size > 1)) {
    for (const twins of ['+-', '/_'])
      if ([...twins].some((c) => column.has(c))) for (const c of twins) column.add(c);
  }
  return columns.map((column) => `(?:${[...column].map(spellings).join('|')})`).join('');
}

function oracleRedact(oracles: readonly Oracle[], text: string): string {
  const covered: [number, number][] = [];
  for (let start = 0; start < text.length; start++) {
    for (let end = text.length; end > start; end--) {
      const piece = text.slice(start, end);
      if (oracles.some(({ patterns }) => patterns.some((pattern) => pattern.test(piece)))) {
        const last = covered.at(-1);
        if (last && start < last[1]) last[1] = Math.max(last[1], end);
        else covered.push([start, end]);
        break;
      }
    }
  }
  let out = '';
  let at = 0;
  for (const [start, end] of covered) {
    out += `${text.slice(at, start)}[redacted]`;
    at = end;
  }
  return out + text.slice(at);
}

const cutsOf = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(length), { maxLength: 8 }).map((cuts) => cuts.sort((a, b) => a - b));

/** Text of the few characters in which escapes, secrets and base64 run into each other. */
const dense = fc.array(
  fc.constantFrom(
    '\\',
    '%',
    '2',
    '5',
    'c',
    'C',
    'u',
    '0',
    '+',
    ' ',
    '/',
    'a',
    '%25',
    '\\\\',
    '\\u005c',
    '%5C',
  ),
  { maxLength: 30 },
);

const denseSecret = fc
  .array(fc.constantFrom('\\', '%', '2', '5', 'c', 'u', '0', '+', ' ', '/', 'a'), {
    minLength: 8,
    maxLength: 11,
  })
  .map((characters) => characters.join(''));

/** One spelling of each character, whichever the numbers say. */
function spell(text: string, choices: readonly number[]): string {
  return [...text]
    .map((character, i) => {
      const short = SHORT[character];
      const options = [
        character,
        character,
        percentAll(character),
        jsonAll(character),
        percentAll(character).toUpperCase(),
      ];
      if (character === ' ') options.push('+');
      if (short !== undefined) options.push(`\\${short}`);
      return options[(choices[i % choices.length] ?? 0) % options.length] ?? '';
    })
    .join('');
}

const choices = fc.array(fc.nat(1000), { minLength: 1, maxLength: 24 });

describe('P1: properties', () => {
  test('any cuts give what trying every start and end gives', () => {
    const scene = denseSecret.chain((secret) => {
      const echo = choices.map((numbers) => spell(secret, numbers));
      const inBase64 = fc
        .tuple(
          fc.constantFrom('', 'x', 'xy', 'xyz'),
          fc.constantFrom('', 'x', '~~'),
          fc.constantFrom('base64' as const, 'base64url' as const),
          choices,
        )
        .map(([before, after, encoding, numbers]) =>
          spell(Buffer.from(before + secret + after).toString(encoding), numbers),
        );
      const part = fc.oneof(
        dense.map((tokens) => tokens.join('')),
        echo,
        inBase64,
        echo.map((text) => text.slice(0, -1)),
      );
      const text = fc.array(part, { maxLength: 3 }).map((parts) => parts.join('').slice(0, 120));
      return fc.tuple(fc.constant(secret), text, cutsOf(120));
    });
    fc.assert(
      fc.property(scene, ([secret, text, cuts]) => {
        assert.equal(redact(matcherOf(secret), text, cuts), oracleRedact([oracleOf(secret)], text));
      }),
      { numRuns: 300 },
    );
  });

  test('echoes in any spelling, of any secret, among foreign text are replaced and the text is not', () => {
    const secret = fc
      .string({ unit: 'binary', minLength: 8, maxLength: 40 })
      .filter((text) => text.isWellFormed() && !/[~{}\n]/.test(text));
    const filler = fc
      .array(fc.constantFrom('{~', '~}', '\\n~', '%7B~', '~~', '\n'), { maxLength: 6 })
      .map((parts) => `${parts.join('')}~\n`);
    const scene = fc.tuple(
      secret,
      fc.array(fc.tuple(filler, choices), { minLength: 1, maxLength: 4 }),
      cutsOf(600),
    );
    fc.assert(
      fc.property(scene, ([value, parts, cuts]) => {
        const text = parts.map(([between, numbers]) => `~${between}${spell(value, numbers)}`).join('');
        const expected = parts.map(([between]) => `~${between}[redacted]`).join('');
        assert.equal(redact(matcherOf(value), `${text}~`, cuts), `${expected}~`);
      }),
      { numRuns: 500 },
    );
  });

  test('text without the secret is unaltered at any cuts, and a whole one is the very same buffer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), cutsOf(300), (text, cuts) => {
        assert.equal(redact(matcherOf(PLAIN, K), text, cuts), Buffer.from(text).toString());
        const chunk = Buffer.from(`${text}.`);
        assert.equal(matcherOf(PLAIN, K).stream().push(chunk), chunk);
      }),
      { numRuns: 500 },
    );
  });
});
