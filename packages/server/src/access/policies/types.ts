/** What the policies engine takes and gives, and how a condition answers. */
import type { PolicyMode, PolicyRule, PolicyVerdict } from '@alter-vault/contract';
import type { Target } from '../../path/target.ts';
import type { JsonNode } from './json-reader.ts';

/**
 * The body of a call as far as it is known. `unread`: there may be one; what depends on it is undetermined, and denied
 * in the live path.
 */
export type BodyFacts =
  | { readonly kind: 'none' }
  | { readonly kind: 'unread' }
  | {
      readonly kind: 'bytes';
      readonly bytes: Buffer;
      /** Where it was read before, since it is large. */
      readonly json?: JsonBody;
    };

/** The one canonical request, the caller's, before injection. */
export interface PolicyFacts {
  /** Milliseconds since the epoch, by the database's clock. */
  readonly now: number;
  /** The client's address (WIRE §6). */
  readonly ip: string;
  readonly method: string;
  /** `path` is the path in the form that is sent. */
  readonly target: Target;
  readonly body: BodyFacts;
}

/** What one policy says of one call. */
export interface Verdict {
  readonly policyId: string;
  readonly name: string;
  readonly mode: PolicyMode;
  readonly type: PolicyRule['type'];
  readonly verdict: PolicyVerdict;
  /** One sentence for the operator and the caller; holds nothing of the body. */
  readonly why: string;
  /** When it may pass next, in milliseconds since the epoch; only where that is a question of time. */
  readonly passesAt?: number;
}

/** Who must approve a held call. */
export interface ApprovalTerms {
  readonly policyId: string;
  readonly name: string;
  /** Member ids or roles. */
  readonly approvers: readonly string[];
  /** How many distinct members. */
  readonly quorum: number;
  readonly expiresInSeconds: number;
}

/** A rate limit or quota, as data for what counts. */
export interface LimitTerm {
  readonly policyId: string;
  readonly name: string;
  /** What is only monitored is counted apart and never refuses. */
  readonly mode: PolicyMode;
  readonly kind: 'rate' | 'quota';
  readonly per: 'grant' | 'agent' | 'key' | 'caller';
  /** The grant that the policy was made for, if it was: the calls of its clones are counted with its own. */
  readonly grantId?: string;
  readonly limit: number;
  readonly window:
    | { readonly type: 'sliding' | 'fixed'; readonly seconds: number }
    | { readonly type: 'period'; readonly period: 'hour' | 'day' | 'month'; readonly timezone: string };
}

export interface Evaluation {
  /** Of every policy, in their order; where only what matters to a call was asked for, without those that pass. */
  readonly verdicts: readonly Verdict[];
  /** The enforced policy that denies: the first `deny`, else the first `undetermined`. */
  readonly denied?: Verdict;
  /** Of the enforced policies that hold. */
  readonly holds: readonly ApprovalTerms[];
  /** Whether a monitored policy would have denied. */
  readonly isMonitorDenied: boolean;
}

/** A condition that is unable to answer: then the call is denied, and `why` says so. */
export interface Unclear {
  /** `undetermined` while the body was not read; what can be read in more than one way is a `deny`. */
  readonly verdict: 'deny' | 'undetermined';
  /** Ends a sentence; holds nothing of the request's values. */
  readonly why: string;
}

/** A body under conditions. In a box, so that it can't be taken for an answer. */
export type JsonBody = { readonly root: JsonNode } | Unclear;

/** How a condition answers. */
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
