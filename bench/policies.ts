/**
 * What deciding costs: `node bench/policies.ts`. Ten policies of all kinds over one call, compiled once as on the data
 * path. It measures the engine alone, in this process; run it on an idle machine.
 */
import { type PolicyRuleInput, schemas } from '@alter-vault/contract';
import { compilePolicy, evaluate } from '../packages/server/src/access/policies/policies.ts';
import type { PolicyFacts } from '../packages/server/src/access/policies/types.ts';
import { parseTarget } from '../packages/server/src/path/target.ts';

const ROUNDS = 9;
const EVALUATIONS = 200_000;

const weekdays: Extract<PolicyRuleInput, { type: 'time_window' }>['days'] = [
  'mon',
  'tue',
  'wed',
  'thu',
  'fri',
];
const RULES: readonly PolicyRuleInput[] = [
  { type: 'time_window', timezone: 'Europe/Berlin', days: weekdays, from: '09:00', to: '17:00' },
  { type: 'time_window', timezone: 'America/New_York', days: ['tue', 'wed'], from: '22:00', to: '12:00' },
  { type: 'ip_allowlist', cidrs: ['10.0.0.0/8', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'] },
  { type: 'ip_denylist', cidrs: ['192.0.2.0/24', '2001:db8:bad::/48'] },
  { type: 'request', effect: 'allow_only', methods: ['GET', 'POST', 'PUT'] },
  {
    type: 'request',
    effect: 'allow_only',
    paths: ['/v1/customers/*/charges', '/v1/charges/**', '/v1/refunds'],
  },
  { type: 'request', effect: 'deny', methods: ['DELETE'], paths: ['/**/admin/**'] },
  { type: 'request', effect: 'deny', hosts: ['**.internal.example.com'], query: { mode: ['live'] } },
  { type: 'rate_limit', limit: 100, window_seconds: 60 },
  { type: 'require_approval', approvers: ['approver'], when: { methods: ['POST'], paths: ['/v1/refunds'] } },
];

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

const target = parseTarget('https://api.example.com/v1/charges/ch_123/capture?expand=customer');
const START = Date.parse('2026-11-18T10:00:00Z');

function microseconds(): number {
  const before = performance.now();
  for (let i = 0; i < EVALUATIONS; i += 1) {
    const facts: PolicyFacts = {
      now: START + i,
      ip: '203.0.113.7',
      method: 'POST',
      target,
      body: { kind: 'unread' },
    };
    const { verdicts } = evaluate(policies, facts);
    if (verdicts.some(({ verdict }) => verdict !== 'pass')) throw new Error('the call should pass');
  }
  return ((performance.now() - before) * 1000) / EVALUATIONS;
}

const figures = Array.from({ length: ROUNDS }, microseconds).sort((a, b) => a - b);
console.log(
  `${RULES.length} policies: ${figures[ROUNDS >> 1]?.toFixed(2)} µs per evaluation (median of ${ROUNDS})`,
);
