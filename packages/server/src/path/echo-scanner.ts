/**
 * Finds every form of the secrets in a piece of an answer, and from where on its end could be the start of
 * one. Linear and quick where there is no echo: forms are searched all at once with skips (Wu and Manber's
 * block shift), and escapes are only read where `%` or `\` stand. Never changes what it reads.
 */
import {
  at,
  BACKSLASH,
  decodeEscape,
  ESCAPE_BYTES_MAX,
  escapeLength,
  FAIL,
  leadByte,
  matchEscape,
  MORE,
  PERCENT,
  PLUS,
  SPACE,
  stepBytes,
  stepUnits,
} from './echo-escapes.ts';
import { base64Value, type EchoForm, escapedBytesMax } from './echo-forms.ts';

/** With the 256 below small enough for Buffer's pool: a matcher is made for each call. */
const SHIFT_SLOTS = 2048;
/** Shifts are kept in bytes. */
const SHIFT_MAX = 255;
/** An escape is looked for this far by hand before memchr is called: escapes come in crowds. */
const ESCAPE_NEAR_BYTES = 32;

const NOTHING = Buffer.alloc(0);

export interface ScanResult {
  /** Start and end of each match, flat, in no order; they may overlap. */
  readonly spans: readonly number[];
  /** The first byte that could begin a match that goes on after the end; the length when there is none. */
  readonly holdFrom: number;
}

/** For each byte the units that equal it, as chains; 0 ends a chain, unit `u` of all forms is `u + 1`. */
interface UnitIndex {
  readonly first: Uint32Array;
  readonly next: Uint32Array;
  readonly form: Uint16Array;
  readonly position: Uint32Array;
}

export class EchoScanner {
  readonly unitsMin: number;
  readonly #forms: readonly EchoForm[];
  readonly #unitsMax: number;
  readonly #blockMin: number;
  readonly #shifts = Buffer.allocUnsafe(SHIFT_SLOTS);
  readonly #begins = Buffer.allocUnsafe(256).fill(0);
  readonly #hasSpace: boolean;
  readonly #hasHead: boolean;
  #index: UnitIndex | undefined;
  // The scan under way.
  #bytes: Buffer = NOTHING;
  #spans: number[] = [];
  #holdFrom = 0;
  #isCut = false;

  constructor(forms: readonly EchoForm[]) {
    this.#forms = forms;
    this.unitsMin = Math.min(...forms.map((form) => form.units.length));
    this.#unitsMax = Math.max(...forms.map((form) => form.units.length));
    this.#blockMin = Math.min(this.unitsMin, SHIFT_MAX);
    this.#hasSpace = forms.some((form) => form.units.includes(SPACE));
    this.#hasHead = forms.some((form) => form.head !== undefined);
    this.#shifts.fill(this.#blockMin - 1);
    for (const form of forms) this.#learn(form.units);
  }

  get heldBytesMax(): number {
    return Math.max(...this.#forms.map(escapedBytesMax)) - 1;
  }

  scan(bytes: Buffer): ScanResult {
    this.#bytes = bytes;
    this.#spans = [];
    this.#holdFrom = bytes.length;
    this.#findPlain();
    this.#findEscaped(PERCENT);
    this.#findEscaped(BACKSLASH);
    if (this.#hasSpace) this.#findEscaped(PLUS);
    this.#findCutPlain();
    return { spans: this.#spans, holdFrom: this.#holdFrom };
  }

  #learn(units: Buffer): void {
    this.#begins[at(units, 0)] = 1;
    const shifts = this.#shifts;
    for (let end = 1; end < this.#blockMin; end++) {
      const slot = blockSlot(units[end - 1] ?? 0, units[end] ?? 0);
      const shift = this.#blockMin - 1 - end;
      if (shift < (shifts[slot] ?? 0)) shifts[slot] = shift;
    }
  }

  /** Forms that stand there without any escape. */
  #findPlain(): void {
    const bytes = this.#bytes;
    const shifts = this.#shifts;
    const length = bytes.length;
    let end = this.#blockMin - 1;
    while (end < length) {
      const shift = shifts[blockSlot(bytes[end - 1] ?? 0, bytes[end] ?? 0)] ?? 1;
      if (shift === 0) this.#tryPlainAt(end - this.#blockMin + 1);
      end += shift || 1;
    }
  }

  #tryPlainAt(start: number): void {
    for (const form of this.#forms) {
      const units = form.units;
      if (units[0] !== this.#bytes[start] || start + units.length > this.#bytes.length) continue;
      if (equals(units, this.#bytes, start, units.length))
        this.#record(form, start, start + units.length, false);
    }
  }

  /** Forms with escapes: the first escape of a match is the anchor, what comes before it is plain. */
  #findEscaped(introducer: number): void {
    const bytes = this.#bytes;
    let anchor = bytes.indexOf(introducer);
    while (anchor !== -1) {
      this.#tryAnchor(anchor);
      anchor = nextOf(bytes, introducer, anchor + 1);
    }
  }

  #tryAnchor(anchor: number): void {
    const lead = leadByte(this.#bytes, anchor);
    if (lead === MORE) return this.#tryCutAnchor(anchor);
    if (lead === FAIL) return;
    const index = (this.#index ??= indexUnits(this.#forms));
    for (let link = at32(index.first, lead); link !== 0; link = at32(index.next, link)) {
      const form = this.#forms[index.form[link] ?? 0];
      if (form) this.#tryForm(form, at32(index.position, link), anchor);
    }
  }

  /** The piece ends within an escape: every unit may be what it will mean. */
  #tryCutAnchor(anchor: number): void {
    if (this.#hasHead) this.#holdFrom = Math.min(this.#holdFrom, anchor);
    for (const form of this.#forms) {
      for (let i = 0; i < form.units.length; i++) this.#tryForm(form, i, anchor);
    }
  }

  #tryForm(form: EchoForm, i: number, anchor: number): void {
    const start = anchor - i;
    if (start < 0) return;
    if (i > 0 && this.#bytes[anchor - 1] !== form.units[i - 1]) return;
    if (!equals(form.units, this.#bytes, start, i)) return;
    this.#isCut = false;
    const end = this.#walk(form.units, i, anchor, undefined);
    this.#record(form, start, end, this.#isCut);
  }

  /** The furthest end of `units` from `i` on, read from `p` with any escapes; FAIL, and #isCut when bytes ran out. */
  #walk(units: Buffer, i: number, p: number, tried: Set<number> | undefined): number {
    const bytes = this.#bytes;
    while (i < units.length) {
      if (p >= bytes.length) return this.#cut();
      const byte = bytes[p];
      const isPlain = byte === units[i];
      if (byte === PERCENT || byte === BACKSLASH) {
        const taken = matchEscape(units, i, bytes, p);
        if (taken !== FAIL && isPlain) return this.#fork(units, i, p, taken, tried ?? new Set());
        if (taken === MORE) return this.#cut();
        if (taken >= 0) {
          i += stepUnits(taken);
          p += stepBytes(taken);
          continue;
        }
      }
      if (!isPlain && !(byte === PLUS && units[i] === SPACE)) return FAIL;
      i++;
      p++;
    }
    return p;
  }

  /** A `%` or `\` of the secret that may stand for itself or begin an escape of itself: both ways, each place once. */
  #fork(units: Buffer, i: number, p: number, taken: number, tried: Set<number>): number {
    const place = i * (this.#bytes.length + 1) + p;
    if (tried.has(place)) return FAIL;
    tried.add(place);
    const plain = this.#walk(units, i + 1, p + 1, tried);
    if (taken === MORE) return Math.max(plain, this.#cut());
    return Math.max(plain, this.#walk(units, i + stepUnits(taken), p + stepBytes(taken), tried));
  }

  #cut(): number {
    this.#isCut = true;
    return FAIL;
  }

  #record(form: EchoForm, unitsStart: number, unitsEnd: number, isCut: boolean): void {
    if (unitsEnd === FAIL && !isCut) return;
    const start = this.#headStart(form, unitsStart);
    if (start === FAIL) return;
    const end = unitsEnd === FAIL ? FAIL : this.#tailEnd(form, unitsEnd);
    if (end >= 0) this.#spans.push(start, end);
    if (isCut || end === MORE) this.#holdFrom = Math.min(this.#holdFrom, start);
  }

  /** Where a match begins whose units begin at `start`: one base64 character earlier, plain or escaped, or there. */
  #headStart(form: EchoForm, start: number): number {
    const head = form.head;
    if (!head) return start;
    const bytes = this.#bytes;
    for (const length of [ESCAPE_BYTES_MAX, 3, 2]) {
      const from = start - length;
      if (from < 0 || (bytes[from] !== BACKSLASH && bytes[from] !== PERCENT)) continue;
      const value = base64Value(decodeEscape(bytes, from));
      if (escapeLength(bytes, from) === length && value !== -1 && (value & head.mask) === head.value)
        return from;
    }
    const value = base64Value(at(bytes, start - 1));
    return value !== -1 && (value & head.mask) === head.value ? start - 1 : FAIL;
  }

  /** Where a match ends whose units end at `end`: after one more base64 character, or there. */
  #tailEnd(form: EchoForm, end: number): number {
    const tail = form.tail;
    if (!tail) return end;
    const bytes = this.#bytes;
    if (end >= bytes.length) return MORE;
    const isEscape = bytes[end] === PERCENT || bytes[end] === BACKSLASH;
    const meant = isEscape ? decodeEscape(bytes, end) : at(bytes, end);
    if (meant === MORE) return MORE;
    const value = base64Value(meant);
    if (value === -1 || (value & tail.mask) !== tail.value) return FAIL;
    return end + (isEscape ? escapeLength(bytes, end) : 1);
  }

  /** A plain beginning of a form at the very end of the piece. */
  #findCutPlain(): void {
    const bytes = this.#bytes;
    for (let start = Math.max(0, bytes.length - this.#unitsMax + 1); start < bytes.length; start++) {
      if (this.#begins[bytes[start] ?? 0] === 1) this.#tryCutPlainAt(start);
    }
    if (this.#hasHead)
      for (const form of this.#forms) if (form.head) this.#record(form, bytes.length, FAIL, true);
  }

  #tryCutPlainAt(start: number): void {
    const length = this.#bytes.length - start;
    for (const form of this.#forms) {
      if (form.units[0] !== this.#bytes[start] || length >= form.units.length) continue;
      if (equals(form.units, this.#bytes, start, length)) this.#record(form, start, FAIL, true);
    }
  }
}

function blockSlot(before: number, last: number): number {
  return ((before << 5) ^ last) & (SHIFT_SLOTS - 1);
}

function at32(values: Uint32Array, index: number): number {
  return values[index] ?? 0;
}

/** Whether the first `length` units stand in `bytes` at `start`. */
function equals(units: Buffer, bytes: Buffer, start: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (units[i] !== bytes[start + i]) return false;
  return true;
}

function nextOf(bytes: Buffer, byte: number, from: number): number {
  const near = Math.min(from + ESCAPE_NEAR_BYTES, bytes.length);
  for (let index = from; index < near; index++) if (bytes[index] === byte) return index;
  return bytes.indexOf(byte, near);
}

function indexUnits(forms: readonly EchoForm[]): UnitIndex {
  const count = forms.reduce((sum, form) => sum + form.units.length, 1);
  const index = {
    first: new Uint32Array(256),
    next: new Uint32Array(count),
    form: new Uint16Array(count),
    position: new Uint32Array(count),
  };
  let link = 1;
  for (const [formNumber, form] of forms.entries()) {
    for (const [position, unit] of form.units.entries()) {
      index.next[link] = at32(index.first, unit);
      index.form[link] = formNumber;
      index.position[link] = position;
      index.first[unit] = link++;
    }
  }
  return index;
}
