/** `alter request`: one call with a grant, by this process or by the vault. Prints what the upstream answered. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { PendingApproval } from '@alter-vault/sdk';
import { type Add, collect, leaf, type Outcome, type Shared, wholeNumber } from '../command.ts';
import { readBytes } from '../credential-input.ts';
import { EXIT, exitCodeOf, Failure, usage } from '../failure.ts';
import { Output, printable } from '../output.ts';
import type { Io } from '../run.ts';
import { baseUrlOf } from '../vault-api.ts';

interface RequestOptions extends Shared {
  readonly grant: string;
  readonly proxy?: boolean;
  readonly header?: readonly string[];
  readonly data?: string;
  readonly reason?: string;
  readonly caller?: string;
  readonly wait?: string | true;
  readonly idempotencyKey?: string;
}

export const addRequestCommand: Add = (root, io, outcome) => {
  leaf(
    root,
    'request <method> <url>',
    'Make a call with a grant; needs ALTER_API_KEY',
    [
      'alter request GET https://api.openai.com/v1/models --grant 0199…',
      'alter request POST https://api.example.com/v1/x --grant 0199… --proxy --header "content-type: application/json" --data @body.json',
      'alter request POST https://api.example.com/v1/payments --grant 0199… --proxy --wait 600 --data @body.json',
    ],
    false,
  )
    .requiredOption('--grant <id>', 'which credential')
    .option('--proxy', 'let the vault make the call, so that the credential stays there')
    .option('--header <name: value>', 'a header of the call; repeatable', collect)
    .option('--data <@file>', 'the body: @file, @- for standard input, or the text itself')
    .option('--reason <text>', 'why, for the audit log')
    .option('--caller <text>', 'which code path, for the audit log', 'alter-cli')
    .option('--wait [seconds]', 'with --proxy: if people have to approve, wait for them, at most so long')
    .option('--idempotency-key <key>', 'with --proxy: the same key finds the same held call again')
    .action((method: string, url: string, options: RequestOptions) =>
      request(method, url, options, io, outcome),
    );
};

async function request(
  method: string,
  url: string,
  options: RequestOptions,
  io: Io,
  outcome: Outcome,
): Promise<void> {
  const { proxy = false, wait, idempotencyKey } = options;
  if (!proxy && (wait ?? idempotencyKey) !== undefined)
    throw usage(
      'Only calls that the vault makes are ever held.',
      'Add --proxy, or leave --wait and --idempotency-key out.',
    );
  const timeoutMs = typeof wait === 'string' ? wholeNumber('--wait', wait, 1) * 1000 : undefined;
  const apiKey = io.env['ALTER_API_KEY'];
  if (!apiKey)
    throw new Failure(
      EXIT.notSignedIn,
      'There is no API key.',
      'Set ALTER_API_KEY to a key (alter_key_…); alter keys create makes one.',
    );
  const headers = (options.header ?? []).map(headerOf);
  const body = options.data === undefined ? undefined : await readBody(options.data, io);
  // Loaded only here: no other command needs it.
  const { AlterError, App, ApprovalPendingError } = await import('@alter-vault/sdk');
  await using vault = new App({ apiKey, baseUrl: baseUrlOf(io.env), caller: options.caller });
  const call = { grantId: options.grant, headers, reason: options.reason, body };
  try {
    const awaitApproval =
      wait === undefined ? false : { timeoutMs, onPending: (held: Held) => tellHeld(held, io) };
    const answer = proxy
      ? (await vault.proxyRequest(method, url, { ...call, idempotencyKey, awaitApproval })).toResponse()
      : await vault.request(method, url, call);
    await show(answer, options, io);
    if (!answer.ok) outcome.exitCode = EXIT.refused;
  } catch (thrown) {
    if (!(thrown instanceof AlterError)) throw thrown;
    const hint =
      thrown instanceof ApprovalPendingError
        ? `It goes out by itself once approved: alter approvals show ${thrown.approval.approvalId}; --wait waits for it.`
        : (thrown.hint ?? 'See alter audit tail.');
    throw new Failure(exitCodeOf(thrown.code), thrown.message, hint, {
      code: thrown.code,
      requestId: thrown.requestId,
    });
  }
}

type Held = Pick<PendingApproval, 'approvalId' | 'approvalUrl' | 'requestDigest'>;

/** On the error stream: the output is the answer's. */
function tellHeld({ approvalId, approvalUrl = '-', requestDigest = '-' }: Held, io: Io): void {
  io.stderr.write(
    printable(`alter: The call ${approvalId} waits for an approval.`) +
      `\napprove: ${printable(approvalUrl)}\ndigest: ${printable(requestDigest)}\n`,
  );
}

async function show(answer: Response, options: RequestOptions, io: Io): Promise<void> {
  const out = new Output(io.stdout, { json: options.json ?? false, color: false });
  if (out.isJson) {
    return out.json({ status_code: answer.status, headers: [...answer.headers], body: await answer.text() });
  }
  for await (const chunk of answer.body ?? []) if (!io.stdout.write(chunk)) await once(io.stdout, 'drain');
  if (!answer.ok) io.stderr.write(`alter: The upstream answered ${answer.status}.\n`);
}

function headerOf(text: string): [string, string] {
  const at = text.indexOf(':');
  if (at < 1)
    throw usage('--header takes "name: value".', 'For example --header "accept: application/json".');
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

async function readBody(data: string, io: Io): Promise<Uint8Array<ArrayBuffer>> {
  if (!data.startsWith('@')) return new TextEncoder().encode(data);
  if (data === '@-') return new Uint8Array(await readBytes(io));
  try {
    return new Uint8Array(await readFile(data.slice(1)));
  } catch {
    throw usage(`The file ${data.slice(1)} can't be read.`, 'Check the path and its permissions.');
  }
}
