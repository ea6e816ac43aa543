/**
 * One run of the command: arguments in, exit code out. Every failure becomes a sentence and a hint on the
 * error stream here, and nowhere else.
 */
import type { Readable, Writable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import { addAppCommands } from './commands/apps.ts';
import { addApprovalCommands } from './commands/approvals.ts';
import { addAuditCommands } from './commands/audit.ts';
import { addCatalogCommands } from './commands/catalog.ts';
import { addChannelCommands } from './commands/channels.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addGrantCommands } from './commands/grants.ts';
import { addIdentityCommands } from './commands/identities.ts';
import { addKeyringCommands } from './commands/keyring.ts';
import { addPeopleCommands } from './commands/people.ts';
import { addPolicyCommands } from './commands/policies.ts';
import { addRequestCommand } from './commands/request.ts';
import { addSecretCommands } from './commands/secrets.ts';
import { addSettingsCommands } from './commands/settings.ts';
import { addSetupCommand } from './commands/setup.ts';
import { EXIT, type ExitCode, Failure } from './failure.ts';
import { printable } from './output.ts';

export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Writable & { isTTY?: boolean };
  readonly stderr: Writable;
}

const EXAMPLES = `
Examples:
  alter setup --email you@example.com                          once, with the link of the first start
  alter secrets store --template openai --name openai-prod     asks for the key, without showing it
  alter grants list
  alter request GET https://api.openai.com/v1/models --grant 0199…
  alter policies create --name pace --secret openai-prod --rate-limit 60/1m
  alter approvals list
  alter audit tail

Environment:
  ALTER_TOKEN      your access token (alter_pat_…), for everything but setup and request
  ALTER_API_KEY    an API key (alter_key_…), for request
  ALTER_BASE_URL   where the vault is, http://127.0.0.1:7400 by default

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 not signed in, 4 not found, 5 vault can't be reached`;

export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  // An exit code that an action sets though it did what it was asked: doctor, verify.
  const outcome: { exitCode: ExitCode } = { exitCode: EXIT.ok };
  try {
    await program(io, outcome).parseAsync(args, { from: 'user' });
    return outcome.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.ok;
    const failure = toFailure(thrown, args);
    report(failure, io, args.includes('--json'));
    return failure.exitCode;
  }
}

function program(io: Io, outcome: { exitCode: ExitCode }): Command {
  const root = new Command('alter').description(
    'Store credentials in Alter Vault, hand out grants, and see who used them.',
  );
  root.exitOverride().configureOutput({
    writeOut: (text) => io.stdout.write(text),
    // Failures are told by report(), help after an error is not shown at all.
    writeErr: (text) => io.stderr.write(text),
    outputError: () => undefined,
  });
  root.addHelpText('after', EXAMPLES);
  for (const add of [
    addSecretCommands,
    addIdentityCommands,
    addAppCommands,
    addGrantCommands,
    addAuditCommands,
  ])
    add(root, io, outcome);
  for (const add of [addPolicyCommands, addApprovalCommands, addChannelCommands]) add(root, io, outcome);
  for (const add of [
    addRequestCommand,
    addCatalogCommands,
    addPeopleCommands,
    addSettingsCommands,
    addKeyringCommands,
  ])
    add(root, io, outcome);
  for (const add of [addSetupCommand, addDoctorCommand]) add(root, io, outcome);
  return root;
}

function toFailure(thrown: unknown, args: readonly string[]): Failure {
  if (thrown instanceof Failure) return thrown;
  const words = args.filter((arg) => /^[a-z-]+$/.test(arg) && !arg.startsWith('-')).slice(0, 2);
  const command = words.slice(0, unknownAt(thrown, words));
  const hint = `See alter ${command.length === 0 ? '' : `${command.join(' ')} `}--help.`;
  if (thrown instanceof CommanderError) {
    if (thrown.code === 'commander.help') return new Failure(EXIT.usage, 'A command is needed.', hint);
    return new Failure(EXIT.usage, sentenceOf(thrown), hint);
  }
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return new Failure(
    EXIT.refused,
    `Something went wrong in this command (${name}).`,
    'Report it with the command that you ran, less its secrets.',
    { code: 'internal' },
  );
}

/** Where the command line left what there is: there is no help for a command that does not exist. */
function unknownAt(thrown: unknown, words: readonly string[]): number {
  if (!(thrown instanceof CommanderError) || thrown.code !== 'commander.unknownCommand') return words.length;
  return Math.max(
    words.findIndex((word) => thrown.message.includes(`'${word}'`)),
    0,
  );
}

/** What the parser says, without repeating an argument that may be a credential in the wrong place. */
function sentenceOf({ code, message }: CommanderError): string {
  if (code === 'commander.excessArguments') return 'There are more arguments than the command takes.';
  const text = message
    .replace(/^error: /, '')
    .replaceAll(/=[^']*(?=')/g, '=…')
    .replaceAll(/'([^']*)'/g, (quoted, word: string) => (/^-|^[a-z-]{1,20}$/.test(word) ? quoted : 'that'));
  const [line = ''] = text.split('\n');
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}${line.endsWith('.') ? '' : '.'}`;
}

function report(failure: Failure, io: Io, isJson: boolean): void {
  const { code, message, hint, requestId } = failure;
  if (isJson) {
    const error = { code, message, hint, ...(requestId === undefined ? {} : { request_id: requestId }) };
    io.stderr.write(`${JSON.stringify({ error })}\n`);
    return;
  }
  io.stderr.write(`alter: ${printable(message)}\nhint: ${printable(hint)}\n`);
  if (requestId !== undefined) io.stderr.write(`request: ${printable(requestId)}\n`);
}
