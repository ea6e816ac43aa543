/** To what a policy applies, from the command line, and which policy is meant. */
import type { Command } from 'commander';
import type { Shared } from './command.ts';
import { usage } from './failure.ts';
import type { Row } from './output.ts';
import type { VaultApi } from './vault-api.ts';

export interface ScopeOptions {
  readonly wholeApp?: boolean;
  readonly secret?: string;
  readonly grant?: string;
  readonly agent?: string;
}

export function withScope(command: Command): Command {
  return command
    .option('--secret <name|id>', 'it applies to every grant of this secret')
    .option('--grant <id>', 'to this grant and its clones')
    .option('--agent <name|id>', 'to every call of this agent')
    .option('--whole-app', 'to every call in the app');
}

/** What a policy applies to; undefined where nothing was said. */
export async function scopeOf(
  { wholeApp, secret, grant, agent }: ScopeOptions,
  api: VaultApi,
  app: string,
): Promise<Row | undefined> {
  if ([wholeApp, secret, grant, agent].filter((one) => one !== undefined).length > 1)
    throw usage('A policy applies to one thing.', 'Give one of --secret, --grant, --agent and --whole-app.');
  if (wholeApp === true) return { app: true };
  if (secret !== undefined) return { secret_id: await api.idOf('secret', secret, `${app}/secrets`) };
  if (grant !== undefined) return { grant_id: grant };
  if (agent !== undefined) return { agent_id: await api.idOf('agent', agent, `${app}/agents`) };
  return undefined;
}

export async function policyPath(api: VaultApi, policy: string, { app }: Shared): Promise<string> {
  const policies = `${await api.appPath(app)}/policies`;
  return `${policies}/${await api.idOf('policy', policy, policies)}`;
}
