/**
 * A set of what is under way, for thousands that come and go in a second. A `Set` would do, but each time it makes itself
 * a new table it keeps the old one pointing at the new one, and with it everything that was under way then: the collector
 * takes them for alive and moves them to the old generation (measured: half of all calls).
 */

/** A place in the roll; whoever took it gives it back. */
export interface Seat<T> {
  readonly item: T;
  index: number;
}

export class Roll<T> {
  readonly #seats: Seat<T>[] = [];

  get size(): number {
    return this.#seats.length;
  }

  add(item: T): Seat<T> {
    const seat = { item, index: this.#seats.length };
    this.#seats.push(seat);
    return seat;
  }

  /** False when the place was given back before. */
  delete(seat: Seat<T>): boolean {
    if (seat.index < 0) return false;
    const last = this.#seats.pop();
    if (last !== undefined && last !== seat) {
      this.#seats[seat.index] = last;
      last.index = seat.index;
    }
    seat.index = -1;
    return true;
  }

  /** Looks at one after the other. */
  find(isWanted: (item: T) => boolean): Seat<T> | undefined {
    return this.#seats.find(({ item }) => isWanted(item));
  }

  /** Those of now, in no order: who is told to end may leave meanwhile. */
  items(): T[] {
    return this.#seats.map(({ item }) => item);
  }
}
