import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { indentJson, visible, visibleAscii, visibleLines } from './visible.ts';

test('A4: what would not be seen, or would move other characters, is shown as its code point', () => {
  assert.equal(visible('pay \u202e021\u202c'), 'pay ⟨U+202E⟩021⟨U+202C⟩');
  for (const hidden of [
    '\u001b',
    '\u009b',
    '\u0000',
    '\r',
    '\u200b',
    '\u2066',
    '\u00ad',
    '\u00a0',
    '\ufeff',
    '\u2028',
    '\u3164',
    '\ufe0f',
    '\u{e0041}',
    '\ud800',
    '⟨',
  ])
    assert.match(visible(`a${hidden}b`), /^a⟨U\+[0-9A-F]{4,5}⟩b$/, JSON.stringify(hidden));
  assert.equal(visible('naïve Ω 漢字 😀'), 'naïve Ω 漢字 😀');
  assert.equal(visibleAscii('https://xn--a/\u0430\t'), 'https://xn--a/⟨U+0430⟩⟨U+0009⟩');
  assert.deepEqual(visibleLines('a\tb\r\nc\u001b[2J'), ['a\tb⟨U+000D⟩', 'c⟨U+001B⟩[2J']);
});

test('A4: nothing that is shown can be mistaken for something else: what is shown can be read back', () => {
  const back = (text: string): string =>
    text.replaceAll(/⟨U\+([0-9A-F]{4,6})⟩/g, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    );
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => back(visible(text)) === text));
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => back(visibleAscii(text)) === text));
});

test('A4: JSON is indented without a token of it being changed', () => {
  assert.equal(
    indentJson('{"amount":12345678901234567890, "a":1,"a":[ ],"b":{},"c":[1.0e2,"x: {,\\u202e\\"}"]}'),
    '{\n  "amount": 12345678901234567890,\n  "a": 1,\n  "a": [],\n  "b": {},\n  "c": [\n    1.0e2,\n    "x: {,\\u202e\\"}"\n  ]\n}',
  );
  for (const text of ['', 'x', '{"a"', '{"a":1}}', '['.repeat(100) + ']'.repeat(100)])
    assert.equal(indentJson(text), undefined);
  const bare = (text: string): string => text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/gs, '$1');
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      const shown = indentJson(text);
      return shown !== undefined && bare(shown) === bare(text);
    }),
  );
});
