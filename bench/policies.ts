/**
 * What policies cost a call: `node bench/policies.ts [--quick]`. First the engine alone, ten policies of all kinds compiled once
 * as on the data path; then calls through the real server, with none of them, with the ten, and with two limits as
 * well, interleaved. It ends with 1 when ten policies that let a call pass cost more than GATE. Run it on an idle machine.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type PolicyRuleInput, schemas } from '@alter-vault/contract';
import { compilePolicy, evaluate } from '../packages/server/src/access/policies/policies.ts';
import type { PolicyFacts } from '../packages/server/src/access/policies/types.ts';
import { parseTarget } from '../packages/server/src/path/target.ts';
import { load, type LoadRequest } from './load.ts';
import { startUpstream } from './nginx.ts';
import { cpuOf, type Started } from './processes.ts';
import { startVault, type Vault } from './vault.ts';

/** CPU per request with ten policies, divided by that without. */
const GATE = 1.05;
const ENGINE_ROUNDS = 9;
const EVALUATIONS = 100_000;
const BODY = 'x'.repeat(1024);
/** After the load, for what is written behind the answers. */
const SETTLE_MS = 500;

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
/** Rounds long enough for the optimiser, and enough of them for a median. */
const plan = values.quick
  ? { rounds: 6, seconds: 1, warmUpSeconds: 2 }
  : { rounds: 12, seconds: 3, warmUpSeconds: 5 };

const days: Extract<PolicyRuleInput, { type: 'time_window' }>['days'] = [
  'mon',
  'tue',
  'wed',
  'thu',
  'fri',
  'sat',
  'sun',
];
/** All of them apply to the call and let it pass, at any time. */
const RULES: readonly PolicyRuleInput[] = [
  { type: 'time_window', timezone: 'Europe/Berlin', days, from: '00:00', to: '24:00' },
  { type: 'time_window', timezone: 'America/New_York', days, from: '00:00', to: '24:00' },
  { type: 'ip_allowlist', cidrs: ['10.0.0.0/8', '198.51.100.0/24', '127.0.0.0/8', '2001:db8::/32'] },
  { type: 'ip_denylist', cidrs: ['192.0.2.0/24', '2001:db8:bad::/48'] },
  { type: 'request', effect: 'allow_only', methods: ['GET', 'POST', 'PUT'] },
  {
    type: 'request',
    effect: 'allow_only',
    paths: ['/v1/customers/*/charges', '/v1/things/**', '/v1/refunds'],
  },
  { type: 'request', effect: 'deny', methods: ['DELETE'], paths: ['/**/admin/**'] },
  { type: 'request', effect: 'deny', hosts: ['**.internal.example.com'], query: { mode: ['live'] } },
  { type: 'request', effect: 'deny', paths: ['/v1/things/*/secrets/**'] },
  { type: 'require_approval', approvers: ['approver'], when: { methods: ['POST'], paths: ['/v1/refunds'] } },
];
/** Never reached. */
const LIMITS: readonly PolicyRuleInput[] = [
  { type: 'rate_limit', limit: 1_000_000_000, window_seconds: 60, per: 'grant' },
  { type: 'quota', limit: 1_000_000_000, period: 'day', timezone: 'UTC', per: 'key' },
];

function engineUs(): number {
  const policies = RULES.map((rule, i) =>
    compilePolicy({
      app_id: 'app',
      epoch: 1n,
      mac: Buffer.alloc(0),
      policy_id: `policy-${i}`,
      name: `policy-${i}`,
      applies_to_type: 'app',
      applies_to_id: null,
      mode: 'enforce',
      rule: schemas.policyRule.parse(rule),
      created_by: null,
      created_at: new Date(0),
      updated_at: new Date(0),
      deleted_at: null,
    }),
  );
  const target = parseTarget('https://api.example.com/v1/things/th_123?expand=customer');
  const start = Date.now();
  const round = (): number => {
    const before = performance.now();
    for (let i = 0; i < EVALUATIONS; i += 1) {
      const body = { kind: 'unread' } as const;
      const facts: PolicyFacts = { now: start + i, ip: '127.0.0.1', method: 'POST', target, body };
      const { verdicts } = evaluate(policies, facts);
      if (verdicts.some(({ verdict }) => verdict !== 'pass')) throw new Error('the call should pass');
    }
    return ((performance.now() - before) * 1000) / EVALUATIONS;
  };
  return median(Array.from({ length: ENGINE_ROUNDS }, round));
}

interface Subject {
  readonly name: string;
  readonly request: LoadRequest;
  readonly rounds: { readonly cpuUs: number; readonly postgresUs: number; readonly perSecond: number }[];
}

async function subjectOf(
  vault: Vault,
  upstreamPort: number,
  name: string,
  rules: readonly PolicyRuleInput[],
): Promise<Subject> {
  const grantId = await vault.makeGrant();
  for (const [i, rule] of rules.entries()) {
    await vault.makePolicy({
      name: `policy-${grantId}-${i}`,
      applies_to: { grant_id: grantId },
      mode: 'enforce',
      rule,
    });
  }
  const headers = {
    Authorization: `Bearer ${vault.apiKey}`,
    'Alter-Grant': grantId,
    'Alter-Url': `http://127.0.0.1:${upstreamPort}/v1/things/th_123?expand=customer`,
    'Content-Type': 'application/json',
  };
  const request = { port: vault.port, connections: 64, path: '/v1/proxy', headers, body: BODY };
  return { name, rounds: [], request };
}

async function measure(directory: string, vault: Vault, { request, rounds }: Subject): Promise<void> {
  const before = cpuOf(vault.pid);
  const { requests, perSecond } = await load(directory, request, plan.seconds);
  await sleep(SETTLE_MS);
  const after = cpuOf(vault.pid);
  const postgresUs = (after.postgres - before.postgres) / requests;
  rounds.push({ postgresUs, perSecond, cpuUs: postgresUs + (after.other - before.other) / requests });
}

/** Answers with CPU per request with policies, divided by that without: the median of the rounds, each of which has both. */
async function measureServer(directory: string, started: Started[]): Promise<number> {
  const upstream = await startUpstream(directory, 1024, 1024);
  started.push(upstream);
  const vault = await startVault(directory, upstream.port);
  started.push(vault);
  const subjects = [
    await subjectOf(vault, upstream.port, 'no policy', []),
    await subjectOf(vault, upstream.port, 'ten policies', RULES),
    await subjectOf(vault, upstream.port, 'ten policies, two limits', [...RULES, ...LIMITS]),
  ];
  for (const { request } of subjects) await load(directory, request, plan.warmUpSeconds);
  for (let round = 0; round < plan.rounds; round += 1) {
    // Rotated: each subject follows each other one as often, and none follows itself.
    const first = round % subjects.length;
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)])
      await measure(directory, vault, subject);
  }
  const [plain] = subjects;
  const ratioOf = ({ rounds }: Subject): number =>
    median(rounds.map(({ cpuUs }, i) => cpuUs / (plain?.rounds[i]?.cpuUs ?? NaN)));
  for (const subject of subjects) {
    const of = (pick: (one: Subject['rounds'][number]) => number): number => median(subject.rounds.map(pick));
    const cpu = `${of(({ cpuUs }) => cpuUs).toFixed(1)} CPU µs/request`;
    const postgres = `${of(({ postgresUs }) => postgresUs).toFixed(1)} of it PostgreSQL`;
    const speed = `${of(({ perSecond }) => perSecond).toFixed(0)} requests/s`;
    console.log(
      `${subject.name}: ${cpu}, ${postgres}, ${speed}; ${ratioOf(subject).toFixed(3)} of no policy`,
    );
  }
  return subjects[1] === undefined ? NaN : ratioOf(subjects[1]);
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

console.log(`${RULES.length} policies: ${engineUs().toFixed(2)} µs per evaluation, the engine alone`);
const directory = await mkdtemp(join(tmpdir(), 'alter-bench-'));
// nginx's worker is another user where the bench runs as root.
await chmod(directory, 0o755);
const started: Started[] = [];
try {
  const ratio = await measureServer(directory, started);
  const isHeld = ratio <= GATE;
  console.log(`\nwith ten policies: ${ratio.toFixed(3)}; the gate is ${GATE}: ${isHeld ? 'held' : 'MISSED'}`);
  process.exitCode = isHeld ? 0 : 1;
} finally {
  for (const one of started.toReversed()) await one.stop();
  await rm(directory, { recursive: true, force: true });
}
