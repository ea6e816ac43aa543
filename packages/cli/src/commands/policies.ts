/** `alter policies`: what grants may be used for, and trying it out before it counts. Judges nothing itself. */
import type { PolicyRule } from '@alter-vault/contract';
import { ruleWords } from '@alter-vault/contract/policy-words';
import { type Add, type Context, contextOf, given, leaf, type Shared } from '../command.ts';
import { usage } from '../failure.ts';
import type { Output, Row } from '../output.ts';
import { readRule, type RuleOptions, withRule } from '../policy-rule.ts';
import { policyPath, type ScopeOptions, scopeOf, withScope } from '../policy-scope.ts';
import { isRow } from '../vault-api.ts';
import { addTrials } from './policy-trials.ts';

interface ChangeOptions extends RuleOptions, ScopeOptions {
  readonly name?: string;
  readonly mode?: string;
}

interface ListOptions extends Shared {
  readonly secret?: string;
  readonly grant?: string;
  readonly agent?: string;
  readonly mode?: string;
}

export const addPolicyCommands: Add = (root, io, outcome) => {
  const policies = root
    .command('policies')
    .description('Policies: rules that restrict what grants may be used for');

  withRule(
    withScope(
      leaf(policies, 'create', 'Make a policy; it counts from the next call on', [
        'alter policies create --name office-hours --secret openai-prod --time-window "mon-fri 09:00-17:00" --timezone Europe/Berlin',
        'alter policies create --name pace --agent email-bot --rate-limit 60/1m',
        'alter policies create --name payments --grant 0199… --approval-by approver --method POST --path "/v1/payments/**"',
        'alter policies create --name no-deletes --whole-app --deny --method DELETE --mode monitor',
        'alter policies create --name small-amounts --secret bank --rule rule.json',
      ]),
    ),
  )
    .requiredOption('--name <name>', 'its name, unique in the app; denials quote it')
    .option('--mode <mode>', 'enforce (by default), or monitor: write down what it would have done')
    .action(async (options: ChangeOptions & { name: string }) => {
      const { api, out, io: streams } = contextOf(io, outcome, options);
      const rule = await readRule(options, streams);
      if (rule === undefined)
        throw usage(
          'A rule is needed.',
          'Give one of the rule options, or --rule FILE; see docs/policies.md.',
        );
      const app = await api.appPath(options.app);
      const appliesTo = await scopeOf(options, api, app);
      if (appliesTo === undefined)
        throw usage('What does it apply to?', 'Give one of --secret, --grant, --agent and --whole-app.');
      const { name, mode } = options;
      show(
        out,
        await api.send('POST', `${app}/policies`, given({ name, applies_to: appliesTo, mode, rule })),
      );
    });

  leaf(policies, 'list', 'List policies', [
    'alter policies list',
    'alter policies list --secret openai-prod --mode monitor',
  ])
    .option('--secret <name|id>', 'only those of this secret')
    .option('--grant <id>', 'only those of this grant')
    .option('--agent <name|id>', 'only those of this agent')
    .option('--mode <mode>', 'enforce or monitor')
    .action((options: ListOptions) => list(options, contextOf(io, outcome, options)));

  leaf(policies, 'show <policy>', 'Show a policy with its whole rule', [
    'alter policies show office-hours',
  ]).action(async (policy: string, options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    show(out, await api.get(await policyPath(api, policy, options)));
  });

  withRule(
    withScope(
      leaf(policies, 'update <policy>', 'Change a policy; what is not given stays as it is', [
        'alter policies update no-deletes --mode enforce',
        'alter policies update pace --rate-limit 120/1m',
      ]),
    ),
  )
    .option('--name <name>', 'another name')
    .option('--mode <mode>', 'enforce or monitor')
    .action(async (policy: string, options: ChangeOptions) => {
      const { api, out, io: streams } = contextOf(io, outcome, options);
      const rule = await readRule(options, streams);
      const app = await api.appPath(options.app);
      const appliesTo = await scopeOf(options, api, app);
      const { name, mode } = options;
      const change = given({ name, applies_to: appliesTo, mode, rule });
      if (Object.keys(change).length === 0)
        throw usage('Nothing is to be changed.', 'See alter policies update --help for what can be.');
      const path = `${app}/policies/${await api.idOf('policy', policy, `${app}/policies`)}`;
      show(out, await api.send('PATCH', path, change));
    });

  leaf(
    policies,
    'delete <policy>',
    'Delete a policy: what only it forbade is allowed from the next call on',
    ['alter policies delete office-hours --yes'],
  )
    .option('--yes', 'yes, lift this restriction')
    .action(async (policy: string, options: Shared & { yes?: boolean }) => {
      if (options.yes !== true)
        throw usage('Deleting a policy lifts its restriction.', 'Add --yes to do it.');
      const { api, out } = contextOf(io, outcome, options);
      await api.send('DELETE', await policyPath(api, policy, options));
      out.done({ deleted: true }, `The policy ${policy} is deleted.`);
    });

  addTrials(policies, io, outcome);
};

async function list(options: ListOptions, { api, out }: Context): Promise<void> {
  const app = await api.appPath(options.app);
  const { secret, grant, agent, mode } = options;
  const items = await api.list(`${app}/policies`, {
    secret_id: secret === undefined ? undefined : await api.idOf('secret', secret, `${app}/secrets`),
    grant_id: grant,
    agent_id: agent === undefined ? undefined : await api.idOf('agent', agent, `${app}/agents`),
    mode,
  });
  if (out.isJson) return out.json({ items });
  out.table(
    items.map((policy) => ({ ...policy, scope: scopeText(policy), what: ruleText(policy['rule']) })),
    [
      ['NAME', 'name'],
      ['APPLIES TO', 'scope'],
      ['MODE', 'mode'],
      ['RULE', 'what'],
      ['POLICY ID', 'policy_id'],
    ],
    'No such policies. alter policies create makes one.',
  );
}

function show(out: Output, policy: Row): void {
  const warnings = Array.isArray(policy['warnings']) ? policy['warnings'] : [];
  out.details(policy, [
    ['policy', policy['name']],
    ['policy_id', policy['policy_id']],
    ['applies to', scopeText(policy)],
    ['mode', policy['mode']],
    ['rule', policy['rule']],
    ...warnings.map((warning) => ['warning', warning] as const),
  ]);
}

function scopeText(policy: Row): string {
  const to = isRow(policy['applies_to']) ? policy['applies_to'] : {};
  if (to['app'] === true) return 'the whole app';
  const [name = '', id] = Object.entries(to)[0] ?? [];
  return `${name.replace(/_id$/, '')} ${String(id)}`;
}

/** A rule in words; as it came where a newer vault has one that is not known here. */
function ruleText(rule: unknown): string {
  const words = isRule(rule) ? ruleWords(rule) : undefined;
  return words ?? JSON.stringify(rule);
}

/** The vault judged what it stored. */
const isRule = (rule: unknown): rule is PolicyRule => isRow(rule) && typeof rule['type'] === 'string';
