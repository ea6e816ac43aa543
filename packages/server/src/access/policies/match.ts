/** How a condition answers. It may be unable to: then the call is denied, and `why` says so. */

export interface Unclear {
  /** `undetermined` while the body was not read; what can be read in more than one way is a `deny`. */
  readonly verdict: 'deny' | 'undetermined';
  /** Ends a sentence; holds nothing of the request's values. */
  readonly why: string;
}

export type Match = boolean | Unclear;

export const ambiguous = (why: string): Unclear => ({ verdict: 'deny', why });

/** All must hold. One that does not hold decides, whatever the others can't tell. */
export function every<T>(items: readonly T[], judge: (item: T) => Match): Match {
  let unclear: Unclear | undefined;
  for (const item of items) {
    const match = judge(item);
    if (match === false) return false;
    if (match !== true && (unclear === undefined || match.verdict === 'undetermined')) unclear = match;
  }
  return unclear ?? true;
}
