/**
 * JSON as policies read it (RFC 8259, A11): strict, numbers as they are written, no key twice in one object. It reads in
 * steps, so that a large body can be read between other work, and gives up on what would take the memory of many bodies.
 * Pure. What it says of a body holds nothing of it.
 */

/** A number as it is written. */
export class JsonNumber {
  readonly literal: string;
  constructor(literal: string) {
    this.literal = literal;
  }
}

export class JsonObject {
  readonly #members = new Map<string, JsonNode>();
  /** For each key without its letter case, how many keys there are. */
  #alike: Map<string, number> | undefined;

  has(key: string): boolean {
    return this.#members.has(key);
  }

  get(key: string): JsonNode | undefined {
    return this.#members.get(key);
  }

  set(key: string, value: JsonNode): void {
    this.#members.set(key, value);
  }

  /** Whether there is another key like this one but for letter case. Counted once for all that ask. */
  hasVariantOf(key: string): boolean {
    if (this.#alike === undefined) {
      this.#alike = new Map();
      for (const one of this.#members.keys())
        this.#alike.set(fold(one), (this.#alike.get(fold(one)) ?? 0) + 1);
    }
    return (this.#alike.get(fold(key)) ?? 0) > (this.#members.has(key) ? 1 : 0);
  }
}

const fold = (key: string): string => key.toUpperCase().toLowerCase();

export type JsonNode = string | boolean | null | JsonNumber | JsonNode[] | JsonObject;

/** The body can't be judged; the message ends a sentence. */
export class Unreadable extends Error {}

const DEPTH_MAX = 64;
/** A value takes some hundred bytes of memory once it is read: with this many a body of any size costs tens of megabytes. */
export const VALUES_MAX = 250_000;
/** No double has a shortest form that is longer, and zeros beyond that are nobody's number. */
const NUMBER_LENGTH_MAX = 400;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const WORDS: readonly (readonly [string, JsonNode])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

interface OpenObject {
  readonly object: JsonObject;
  /** Of the value that is read next. */
  key: string;
}

export class JsonReader {
  readonly #text: string;
  readonly #open: (OpenObject | JsonNode[])[] = [];
  #at = 0;
  #values = 0;
  #root: JsonNode | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads on for so many values; the whole, once it is read. @throws Unreadable */
  read(values: number): JsonNode | undefined {
    for (let left = values; left > 0 && this.#root === undefined; left -= 1) this.#value();
    return this.#root;
  }

  #value(): void {
    this.#values += 1;
    if (this.#values > VALUES_MAX) throw new Unreadable(`the body has more than ${VALUES_MAX} values`);
    const first = this.#peek();
    if (first === '{') this.#object();
    else if (first === '[') this.#array();
    else if (first === '"') this.#put(this.#string());
    else this.#put(this.#word());
  }

  #object(): void {
    this.#enter();
    const object = new JsonObject();
    if (this.#peek() === '}') {
      this.#at += 1;
      this.#put(object);
    } else this.#open.push({ object, key: this.#key(object) });
  }

  #array(): void {
    this.#enter();
    if (this.#peek() === ']') {
      this.#at += 1;
      this.#put([]);
    } else this.#open.push([]);
  }

  #enter(): void {
    if (this.#open.length >= DEPTH_MAX) throw new Unreadable(`the body is nested deeper than ${DEPTH_MAX}`);
    this.#at += 1;
  }

  /** Puts a value where it belongs, and closes what ends behind it. */
  #put(value: JsonNode): void {
    let done = value;
    for (let open = this.#open.at(-1); open !== undefined; open = this.#open.at(-1)) {
      if (Array.isArray(open)) open.push(done);
      else open.object.set(open.key, done);
      const mark = this.#take();
      if (mark === ',') {
        if (!Array.isArray(open)) open.key = this.#key(open.object);
        return;
      }
      if (mark !== (Array.isArray(open) ? ']' : '}')) throw notJson();
      done = Array.isArray(open) ? open : open.object;
      this.#open.pop();
    }
    if (this.#peek() !== '') throw notJson();
    this.#root = done;
  }

  #key(object: JsonObject): string {
    if (this.#peek() !== '"') throw notJson();
    const key = this.#string();
    if (object.has(key)) throw new Unreadable('the body has a key twice in one object');
    if (this.#take() !== ':') throw notJson();
    return key;
  }

  #string(): string {
    const start = this.#at + 1;
    let end = start;
    let isEscaped = false;
    for (let code = this.#text.charCodeAt(end); code !== QUOTE; code = this.#text.charCodeAt(end)) {
      if (!(code >= 0x20)) throw notJson(); // a control character, or NaN: the end
      isEscaped ||= code === BACKSLASH;
      end += code === BACKSLASH ? 2 : 1;
    }
    this.#at = end + 1;
    const raw = this.#text.slice(start, end);
    return isEscaped ? unescaped(raw) : raw;
  }

  #word(): JsonNode {
    const found = WORDS.find(([text]) => this.#text.startsWith(text, this.#at));
    if (found === undefined) return this.#number();
    this.#at += found[0].length;
    return found[1];
  }

  #number(): JsonNumber {
    const start = this.#at;
    while (isOfNumber(this.#text.charCodeAt(this.#at))) {
      this.#at += 1;
      if (this.#at - start > NUMBER_LENGTH_MAX)
        throw new Unreadable(`the body has a number of more than ${NUMBER_LENGTH_MAX} characters`);
    }
    const literal = this.#text.slice(start, this.#at);
    if (!NUMBER.test(literal)) throw notJson();
    return new JsonNumber(literal);
  }

  /** The next character that is no white space, empty at the end; without taking it. */
  #peek(): string {
    for (;;) {
      const character = this.#text[this.#at] ?? '';
      if (character !== ' ' && character !== '\n' && character !== '\r' && character !== '\t')
        return character;
      this.#at += 1;
    }
  }

  #take(): string {
    const character = this.#peek();
    this.#at += 1;
    return character;
  }
}

const notJson = (): Unreadable => new Unreadable('the body is not JSON in UTF-8');

/** Digits, plus, minus, point, e. */
const isOfNumber = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) ||
  code === 0x2b ||
  code === 0x2d ||
  code === 0x2e ||
  code === 0x65 ||
  code === 0x45;

function unescaped(raw: string): string {
  let value: string;
  try {
    value = String(JSON.parse(`"${raw}"`));
  } catch {
    throw notJson();
  }
  if (value.includes('\0') || !value.isWellFormed())
    throw new Unreadable('the body holds a NUL character or a lone surrogate');
  return value;
}
