/** What all commands share: the options that each has, and what an action gets. */
import type { Command } from 'commander';
import type { ExitCode } from './failure.ts';
import { usage } from './failure.ts';
import { Output, wantsColor } from './output.ts';
import type { Io } from './run.ts';
import { VaultApi } from './vault-api.ts';

export type Outcome = { exitCode: ExitCode };
export type Add = (root: Command, io: Io, outcome: Outcome) => void;

export interface Shared {
  readonly json?: boolean;
  readonly app?: string;
}

export interface Context {
  readonly io: Io;
  readonly out: Output;
  readonly api: VaultApi;
  readonly outcome: Outcome;
}

/** A command with `--json`, and with `--app` where it belongs to one; `examples` are shown below its help. */
export function leaf(
  parent: Command,
  usageText: string,
  description: string,
  examples: readonly string[],
  inApp = true,
): Command {
  const command = parent.command(usageText).description(description).option('--json', 'print JSON');
  if (inApp) command.option('--app <name|id>', 'the app; by default the one named default, or the only one');
  return command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`);
}

export function contextOf(io: Io, outcome: Outcome, { json = false }: Shared): Context {
  const out = new Output(io.stdout, { json, color: wantsColor(io.stdout, io.env) });
  return { io, out, outcome, api: new VaultApi(io.env) };
}

/** For options that may be given more than once. */
export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** `name=value` as a pair. The whole is never repeated in an error: it may hold a credential. */
export function pairOf(option: string, argument: string): readonly [string, string] {
  const at = argument.indexOf('=');
  if (at < 1) throw usage(`${option} takes NAME=VALUE.`, `For example ${option} token=-.`);
  return [argument.slice(0, at), argument.slice(at + 1)];
}

export function wholeNumber(option: string, argument: string, min: number): number {
  const value = Number(argument);
  if (!/^\d{1,12}$/.test(argument) || value < min)
    throw usage(`${option} takes a whole number from ${min}.`, `For example ${option} ${Math.max(min, 60)}.`);
  return value;
}

/** Drops what was not given. */
export function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
