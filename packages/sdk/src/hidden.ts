/** What an object that holds a secret shows of itself to inspect, JSON and templates. Holds nothing itself. */

/** Node, Bun and Deno look it up by this name; it is registered, so that no import of `node:util` is needed. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Gives `target` the printed form that `shown` returns, in every way of printing. */
export function hidden(target: object, shown: () => Record<string, unknown>): void {
  const define = (key: PropertyKey, value: (...args: never[]) => unknown): void => {
    Object.defineProperty(target, key, { value, enumerable: false, configurable: false });
  };
  define(
    INSPECT,
    (_depth: number, options: unknown, inspect: (value: unknown, options: unknown) => string) => {
      return `${target.constructor.name} ${inspect(shown(), options)}`;
    },
  );
  define('toJSON', shown);
  define('toString', () => `[${target.constructor.name}]`);
}
