/**
 * How a command fails: one sentence, one hint, one exit code. Must never hold a credential or a token.
 */
export const EXIT = {
  ok: 0,
  refused: 1,
  usage: 2,
  notSignedIn: 3,
  notFound: 4,
  unreachable: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export class Failure extends Error {
  readonly exitCode: ExitCode;
  readonly hint: string;
  /** The vault's code, or that of this command, for `--json`. */
  readonly code: string;
  readonly requestId: string | undefined;

  constructor(
    exitCode: ExitCode,
    sentence: string,
    hint: string,
    more: { code?: string; requestId?: string | undefined } = {},
  ) {
    super(sentence);
    this.exitCode = exitCode;
    this.hint = hint;
    this.code = more.code ?? CODES[exitCode];
    this.requestId = more.requestId;
  }
}

const CODES: Record<ExitCode, string> = {
  0: 'ok',
  1: 'refused',
  2: 'usage',
  3: 'unauthenticated',
  4: 'not_found',
  5: 'vault_unreachable',
};

export const usage = (sentence: string, hint: string): Failure => new Failure(EXIT.usage, sentence, hint);

/** The exit code that goes with an error code of the wire. */
export function exitCodeOf(code: string): ExitCode {
  if (code === 'unauthenticated') return EXIT.notSignedIn;
  if (code === 'not_found') return EXIT.notFound;
  if (code === 'vault_unreachable' || code === 'timeout') return EXIT.unreachable;
  return EXIT.refused;
}
