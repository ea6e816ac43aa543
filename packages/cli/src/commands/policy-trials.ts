/** `alter policies evaluate` and `replay`: what policies say of one call, and what a draft would have said of past ones. */
import { type Add, type Context, contextOf, given, leaf, type Shared, wholeNumber } from '../command.ts';
import { readFileText, readStdin } from '../credential-input.ts';
import { EXIT, usage } from '../failure.ts';
import type { Row } from '../output.ts';
import { readRule, type RuleOptions, withRule } from '../policy-rule.ts';
import { policyPath, type ScopeOptions, scopeOf, withScope } from '../policy-scope.ts';
import type { Io } from '../run.ts';
import { isRow } from '../vault-api.ts';

interface EvaluateOptions extends Shared {
  readonly grant: string;
  readonly mode?: string;
  readonly key?: string;
  readonly caller?: string;
  readonly ip?: string;
  readonly at?: string;
  readonly data?: string;
  readonly expect?: string;
}

interface ReplayOptions extends RuleOptions, ScopeOptions {
  readonly policy?: string;
  readonly from?: string;
  readonly to?: string;
  readonly days?: string;
}

const DAY_MS = 24 * 3600 * 1000;
const VERDICTS = ['pass', 'deny', 'hold', 'undetermined'] as const;

export const addTrials: Add = (policies, io, outcome) => {
  leaf(
    policies,
    'evaluate <method> <url>',
    'Say what the policies would decide of a call, and why; nothing is sent',
    [
      'alter policies evaluate POST https://api.example.com/v1/payments --grant 0199… --data @body.json',
      'alter policies evaluate GET https://api.example.com/v1/me --grant 0199… --ip 203.0.113.7 --at 2026-11-28T03:00:00Z',
      'alter policies evaluate DELETE https://api.example.com/v1/me --grant 0199… --expect deny      exit code 1 if it is not',
    ],
  )
    .requiredOption('--grant <id>', 'with which grant')
    .option('--mode <mode>', 'proxy (by default) or request')
    .option('--key <key_id>', 'with which API key; by default any that may use the grant')
    .option('--caller <text>', 'as which caller')
    .option('--ip <address>', 'from which address; by default the one of this command')
    .option('--at <time>', 'when, RFC 3339; by default now')
    .option('--data <@file>', 'the body: @file, @- for standard input, or the text itself')
    .option('--expect <decision>', 'allow, deny or hold: exit code 1 when it comes out otherwise')
    .action((method: string, url: string, options: EvaluateOptions) =>
      evaluate(method, url, options, contextOf(io, outcome, options)),
    );

  withRule(
    withScope(
      leaf(policies, 'replay', 'Say what a policy would have done to past calls, before it counts', [
        'alter policies replay --policy no-deletes --days 30',
        'alter policies replay --secret openai-prod --rate-limit 60/1m --from 2026-10-01T00:00:00Z --to 2026-11-01T00:00:00Z',
      ]),
    ),
  )
    .option('--policy <name|id>', 'a policy that there is, instead of the options of a draft')
    .option('--from <time>', 'RFC 3339')
    .option('--to <time>', 'RFC 3339; by default now')
    .option('--days <n>', 'or the last so many days')
    .action((options: ReplayOptions) => replay(options, contextOf(io, outcome, options)));
};

async function evaluate(
  method: string,
  url: string,
  options: EvaluateOptions,
  context: Context,
): Promise<void> {
  const { api, out, io, outcome } = context;
  const { grant, mode, key, caller, ip, at, data, expect } = options;
  if (expect !== undefined && !['allow', 'deny', 'hold'].includes(expect))
    throw usage('--expect is allow, deny or hold.', 'For example --expect deny.');
  const body = data === undefined ? undefined : await readText(data, io);
  const asked = given({
    grant_id: grant,
    method: method.toUpperCase(),
    url,
    mode,
    key_id: key,
    caller,
    ip,
    at,
    body,
  });
  const answer = await api.send('POST', `${await api.appPath(options.app)}/policies/evaluate`, asked);
  if (expect !== undefined && answer['decision'] !== expect) outcome.exitCode = EXIT.refused;
  if (out.isJson) return out.json(answer);
  const { decision, code, message, hint } = answer;
  out.details(answer, [
    ['decision', decision],
    ...(typeof code === 'string' ? [['code', code] as const] : []),
    ...(typeof message === 'string' ? [['message', message] as const] : []),
    ...(typeof hint === 'string' ? [['hint', hint] as const] : []),
  ]);
  out.table(
    rowsOf(answer['because']),
    [
      ['VERDICT', 'verdict'],
      ['POLICY', 'name'],
      ['MODE', 'mode'],
      ['PASSES AT', 'passes_at'],
      ['WHY', 'why'],
    ],
    'No policy applies to this call.',
  );
}

async function readText(data: string, io: Io): Promise<string> {
  if (!data.startsWith('@')) return data;
  return data === '@-' ? readStdin(io) : readFileText(data.slice(1));
}

async function replay(options: ReplayOptions, context: Context): Promise<void> {
  const { api, out } = context;
  const policy = await draftOf(options, context);
  const path = `${await api.appPath(options.app)}/policies/replay`;
  const answer = await api.send('POST', path, { policy, ...spanOf(options) });
  if (out.isJson) return out.json(answer);
  out.done(answer, `The policy applies to ${String(answer['calls'])} calls of that time.`);
  const tallies = VERDICTS.map((verdict) => ({
    verdict,
    tally: isRow(answer[verdict]) ? answer[verdict] : {},
  }));
  out.table(
    tallies.map(({ verdict, tally }) => ({ verdict, count: tally['count'] })),
    [
      ['VERDICT', 'verdict'],
      ['CALLS', 'count'],
    ],
    '',
  );
  const examples = tallies
    .filter(({ verdict }) => verdict !== 'pass')
    .flatMap(({ verdict, tally }) => rowsOf(tally['examples']).map((example) => ({ ...example, verdict })));
  if (examples.length === 0) return;
  out.raw('\n');
  out.table(
    examples,
    [
      ['VERDICT', 'verdict'],
      ['AT', 'at'],
      ['METHOD', 'method'],
      ['URL', 'url'],
      ['WHY', 'why'],
      ['EVENT ID', 'event_id'],
    ],
    '',
  );
}

/** The stored policy that was named, or the draft that the options describe. */
async function draftOf(options: ReplayOptions, { api, io }: Context): Promise<Row> {
  const rule = await readRule(options, io);
  const { policy, wholeApp, secret, grant, agent } = options;
  const isDraft = [rule, wholeApp, secret, grant, agent].some((one) => one !== undefined);
  if (policy === undefined) {
    const appliesTo = isDraft ? await scopeOf(options, api, await api.appPath(options.app)) : undefined;
    if (rule !== undefined && appliesTo !== undefined) return { applies_to: appliesTo, rule };
    throw usage(
      'What is to be tried?',
      'Name a policy with --policy, or describe one: a rule, and one of --secret, --grant, --agent, --whole-app.',
    );
  }
  if (isDraft) throw usage('--policy is the whole policy.', 'Leave the options of a draft out.');
  const { name, applies_to, mode, rule: stored } = await api.get(await policyPath(api, policy, options));
  return { name, applies_to, mode, rule: stored };
}

function spanOf({ from, to, days }: ReplayOptions): { from: string; to: string } {
  if ((from === undefined) === (days === undefined))
    throw usage('Which calls?', 'Give --from, or --days for the last so many.');
  const end = to ?? new Date().toISOString();
  if (from !== undefined) return { from, to: end };
  if (Number.isNaN(Date.parse(end)))
    throw usage('--to is no time.', 'RFC 3339, such as 2026-11-01T00:00:00Z.');
  const spanMs = wholeNumber('--days', days ?? '', 1) * DAY_MS;
  return { from: new Date(Date.parse(end) - spanMs).toISOString(), to: end };
}

const rowsOf = (value: unknown): Row[] => (Array.isArray(value) ? value.filter(isRow) : []);
