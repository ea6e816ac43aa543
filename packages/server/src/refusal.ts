/**
 * The only error class of the server, and the only code that turns an error into an answer.
 * `message`, `hint` and `issues` go to the caller; `detail` and `cause` go to the log and nowhere else (P8).
 */
import { ERRORS, type ErrorBody, type ErrorCode, type ErrorIssue } from '@alter-vault/contract/errors';

export interface RefusalOptions {
  /** A sentence for the caller in place of the table's. Must hold nothing from the inside (addresses, SQL, secrets). */
  readonly message?: string;
  readonly hint?: string;
  readonly issues?: readonly ErrorIssue[];
  /** Extra answer headers, e.g. `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log only. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** The policy that denied. */
  readonly policyId?: string;
  /** When that policy may let the same call pass, in milliseconds of the epoch, where that is a question of time. */
  readonly passesAt?: number;
  /** Which fields may carry the second factor that is missing. */
  readonly secondFactors?: readonly string[];
  /** How whoever asks can step up. */
  readonly stepUpMethods?: readonly string[];
}

export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly hint: string;
  readonly issues: readonly ErrorIssue[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly detail: string | undefined;
  readonly policyId: string | undefined;
  readonly passesAt: number | undefined;
  readonly secondFactors: readonly string[] | undefined;
  readonly stepUpMethods: readonly string[] | undefined;

  constructor(code: ErrorCode, options: RefusalOptions = {}) {
    super(
      options.message ?? ERRORS[code].message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'Refusal';
    this.code = code;
    this.status = ERRORS[code].status;
    this.hint = options.hint ?? ERRORS[code].hint;
    this.issues = options.issues;
    this.headers = options.headers ?? {};
    this.detail = options.detail;
    this.policyId = options.policyId;
    this.passesAt = options.passesAt;
    this.secondFactors = options.secondFactors;
    this.stepUpMethods = options.stepUpMethods;
  }
}

/** Whatever was thrown, as a Refusal: what is not one already is `internal`, with the original as its cause. */
export function toRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  return new Refusal('internal', { cause: thrown });
}

/** The answer body of a refusal. */
export function refusalBody(refusal: Refusal, requestId: string): ErrorBody {
  return {
    error: {
      code: refusal.code,
      message: refusal.message,
      hint: refusal.hint,
      request_id: requestId,
      ...(refusal.issues ? { issues: refusal.issues } : {}),
      ...(refusal.policyId === undefined ? {} : { policy_id: refusal.policyId }),
      ...(refusal.passesAt === undefined ? {} : { passes_at: new Date(refusal.passesAt).toISOString() }),
      ...(refusal.secondFactors ? { second_factors: refusal.secondFactors } : {}),
      ...(refusal.stepUpMethods ? { step_up_methods: refusal.stepUpMethods } : {}),
    },
  };
}
