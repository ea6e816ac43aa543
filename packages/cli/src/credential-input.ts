/**
 * Where the values of a credential come from: a prompt that shows nothing, the standard input, or files.
 * Never an argument: those are seen by every process and stay in the shell's history. Prints no value.
 */
import { readFile } from 'node:fs/promises';
import { isCancel, password } from '@clack/prompts';
import { pairOf } from './command.ts';
import { Failure, EXIT, usage } from './failure.ts';
import type { Io } from './run.ts';
import { isRow } from './vault-api.ts';

export interface CredentialOptions {
  readonly credentialStdin?: boolean;
  readonly field?: readonly string[];
  readonly fieldFile?: readonly string[];
}

export interface WantedField {
  readonly name: string;
  readonly label: string;
  readonly isOptional: boolean;
}

const HOW =
  'Use --field NAME=- (value on standard input), --field-file NAME=PATH, --credential-stdin, or answer the prompt.';
const STDIN_BYTES_MAX = 1024 * 1024;

/** The credential, as it was given; on a terminal, what is missing of `wanted` is asked for. */
export async function readCredential(
  options: CredentialOptions,
  wanted: readonly WantedField[],
  io: Io,
): Promise<Record<string, string>> {
  const { credentialStdin = false, field = [], fieldFile = [] } = options;
  if (credentialStdin) {
    if (field.length + fieldFile.length > 0)
      throw usage('--credential-stdin is the whole credential.', 'Leave --field and --field-file out.');
    return parseCredential(await readStdin(io));
  }
  const credential = new Map<string, string>();
  for (const text of fieldFile) {
    const [name, path] = pairOf('--field-file', text);
    credential.set(name, withoutLineEnd(await readFileText(path)));
  }
  if (field.length > 1)
    throw usage('Only one field can come from standard input.', 'Use --credential-stdin for several.');
  for (const text of field) credential.set(fromStdin(text), withoutLineEnd(await readStdin(io)));
  if (credential.size === 0) return ask(wanted, io);
  return Object.fromEntries(credential);
}

function fromStdin(text: string): string {
  const [name, source] = pairOf('--field', text);
  if (source !== '-')
    throw usage(
      'A value is never taken from the command line: other processes and the history see it.',
      `${HOW} Replace the value that you typed: it is in your history now.`,
    );
  return name;
}

function parseCredential(text: string): Record<string, string> {
  const hint = 'It is one JSON object of texts, such as {"token": "…"}.';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw usage('What came on standard input is no JSON.', hint);
  }
  if (!isRow(value)) throw usage('What came on standard input is no JSON object.', hint);
  const fields: Record<string, string> = {};
  for (const [name, field] of Object.entries(value)) {
    if (typeof field !== 'string') throw usage('A field of the credential is no text.', hint);
    fields[name] = field;
  }
  return fields;
}

async function ask(wanted: readonly WantedField[], io: Io): Promise<Record<string, string>> {
  if (io.stdin.isTTY !== true) throw usage('There is no terminal to ask for the credential on.', HOW);
  const credential: Record<string, string> = {};
  for (const { name, label, isOptional } of wanted) {
    const message = isOptional ? `${label} (${name}, may be empty)` : `${label} (${name})`;
    const answer = await askHidden(message, io, isOptional);
    if (answer) credential[name] = answer;
  }
  return credential;
}

/** Asks on the terminal without showing what is typed. The output may be going into a file: the error stream asks. */
export async function askHidden(message: string, io: Io, isOptional = false): Promise<string> {
  const answer = await password({
    message,
    mask: '',
    validate: (value) => (isOptional || value ? undefined : 'A value is needed.'),
    input: io.stdin,
    output: io.stderr,
  });
  if (isCancel(answer))
    throw new Failure(
      EXIT.refused,
      'Cancelled; nothing was stored.',
      'Run it again when you have the credential at hand.',
      { code: 'cancelled' },
    );
  return answer ?? '';
}

/** The standard input as text, where it is a credential. */
export async function readStdin(io: Io): Promise<string> {
  return (await readBytes(io, STDIN_BYTES_MAX)).toString('utf8');
}

/** All of the standard input. */
export async function readBytes(io: Io, bytesMax = Infinity): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of io.stdin) {
    const part = chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.from(String(chunk));
    bytes += part.length;
    if (bytes > bytesMax) throw usage('That is too large for a credential.', 'Check what you piped in.');
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

/** A text file, named in the error when it can't be read. */
export async function readFileText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw usage(`The file ${path} can't be read.`, 'Check the path and its permissions.');
  }
}

/** The line end that editors and echo add is no part of a value. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}
