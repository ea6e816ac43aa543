import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyRule, PolicyRuleInput } from '@alter-vault/contract';
import fc from 'fast-check';
import { compilePolicy, evaluate, policiesFor } from '../../packages/server/src/access/policies/policies.ts';
import type { PolicyRow } from '../../packages/server/src/store/deciding.ts';
import { type CallOptions, facts, issuePaths, parsed, policyRow } from './policy-rig.ts';
import {
  AGENT,
  AGENT_GRANT,
  agentKey,
  appKey,
  CLONE,
  decide,
  GRANT,
  OTHER_GRANT,
  SECRET,
  snapshotWith,
} from './snapshot-rig.ts';

const row = (rule: PolicyRuleInput, over: Partial<PolicyRow> = {}): PolicyRow =>
  policyRow(parsed(rule), over);
const NO_POST: PolicyRuleInput = { type: 'request', effect: 'deny', methods: ['POST'] };
const APPROVAL: PolicyRuleInput = {
  type: 'require_approval',
  approvers: ['approver'],
  when: { methods: ['POST'] },
};
const JSON_RULE: PolicyRuleInput = {
  type: 'request',
  effect: 'deny',
  json: [{ pointer: '/amount', op: 'gte', value: 100 }],
};

const rules = fc.oneof<fc.Arbitrary<PolicyRuleInput>[]>(
  fc.record({
    type: fc.constant('time_window' as const),
    timezone: fc.constantFrom('UTC', 'America/New_York', 'Asia/Kathmandu'),
    days: fc.subarray(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const, { minLength: 1 }),
    from: fc.constantFrom('00:00', '09:30', '22:00'),
    to: fc.constantFrom('06:00', '17:00', '24:00'),
  }),
  fc.record({
    type: fc.constantFrom('ip_allowlist' as const, 'ip_denylist' as const),
    cidrs: fc.subarray(['203.0.113.0/24', '198.51.100.0/24', '2001:db8::/32'], { minLength: 1 }),
  }),
  fc.record({
    type: fc.constant('request' as const),
    effect: fc.constantFrom('allow_only' as const, 'deny' as const),
    methods: fc.subarray(['GET', 'POST'], { minLength: 1 }),
  }),
  fc.record({
    type: fc.constant('request' as const),
    effect: fc.constantFrom('allow_only' as const, 'deny' as const),
    paths: fc.subarray(['/v1/*', '/**', '/v1/admin/**'], { minLength: 1 }),
  }),
  fc.record({
    type: fc.constant('request' as const),
    effect: fc.constantFrom('allow_only' as const, 'deny' as const),
    json: fc.constant([{ pointer: '/amount', op: 'gte' as const, value: 100 }]),
  }),
  fc.constant<PolicyRuleInput>(APPROVAL),
  fc.constant<PolicyRuleInput>({ type: 'rate_limit', limit: 1, window_seconds: 60 }),
);

const calls: fc.Arbitrary<CallOptions> = fc.record({
  at: fc.constantFrom('2026-11-18T12:00:00Z', '2026-11-21T03:00:00Z', '2026-03-08T07:30:00Z'),
  ip: fc.constantFrom('203.0.113.7', '198.51.100.1', '2001:db8::1', '192.0.2.1', 'bogus'),
  method: fc.constantFrom('GET', 'POST'),
  url: fc
    .constantFrom('/v1/x', '/v1/admin/x', '/v1/a%2fb', '/v2')
    .map((path) => `https://api.example.com${path}`),
  body: fc.constantFrom('{"amount":99}', '{"amount":100}', '{"amount":1,"amount":2}', 'x', '', null),
});

/** 2: goes out, 1: held, 0: denied. */
function permission(rows: readonly PolicyRow[], call: CallOptions): number {
  const decision = decide(snapshotWith(rows), call);
  if (decision.verdict === 'deny') return 0;
  return decision.holds.length === 0 ? 2 : 1;
}

test('A6: restrictions intersect: a policy more never lets more through, and the order does not matter', () => {
  fc.assert(
    fc.property(fc.array(rules, { maxLength: 5 }), rules, calls, (some, another, call) => {
      const before = some.map((rule) => row(rule));
      const added = row(another);
      const after = permission([...before, added], call);
      assert.ok(after <= permission(before, call));
      assert.equal(permission([added, ...before].reverse(), call), after);
      assert.equal(after, Math.min(2, ...[...before, added].map((one) => permission([one], call))));
    }),
    { numRuns: 200 },
  );
});

test('A6: monitored policies change nothing but the flags', () => {
  fc.assert(
    fc.property(
      fc.array(rules, { maxLength: 4 }),
      fc.array(rules, { minLength: 1, maxLength: 4 }),
      calls,
      (some, watched, call) => {
        const enforced = some.map((rule) => row(rule));
        const monitored = watched.map((rule) => row(rule, { mode: 'monitor' }));
        const plain = decide(snapshotWith(enforced), call);
        const both = decide(snapshotWith([...enforced, ...monitored]), call);
        assert.equal(both.verdict, plain.verdict);
        if (both.verdict === 'deny' || plain.verdict === 'deny') {
          assert.ok(both.verdict === 'deny' && plain.verdict === 'deny');
          assert.deepEqual([both.code, both.policyId], [plain.code, plain.policyId]);
          return;
        }
        assert.deepEqual(both.holds, plain.holds);
        const denying = monitored.filter((one) => permission([{ ...one, mode: 'enforce' }], call) === 0);
        for (const one of denying) assert.ok(both.flags.includes(`monitor:${one.policy_id}`));
        if (call.body !== null) assert.equal(both.flags.includes('monitor_denied'), denying.length > 0);
      },
    ),
    { numRuns: 200 },
  );
});

test('a stored rule that is broken denies, says why, and crashes nothing', () => {
  const broken: unknown[] = [
    null,
    {},
    [],
    'x',
    { type: 'unknown' },
    { type: 'time_window', timezone: 'Europe/Atlantis', days: ['mon'], from: '09:00', to: '10:00' },
    { type: 'ip_denylist', cidrs: ['10.0.0.1/8'] },
    { type: 'request', effect: 'deny' },
    { type: 'request', effect: 'deny', methods: ['DELETE'], unless: ['x'] },
    { type: 'request', effect: 'deny', json: [{ pointer: '/a', op: 'matches', value: '(' }] },
    { type: 'require_approval', approvers: ['x'], when: {}, quorum: 1, expires_in_seconds: 60 },
  ];
  for (const rule of broken) {
    const { denied } = evaluate([compilePolicy(policyRow(rule as PolicyRule))], facts());
    assert.equal(denied?.verdict, 'deny', JSON.stringify(rule));
    assert.match(denied.why, /can't be evaluated/);
  }
});

test('policies of app, secret, grant, its sources and the agent apply, and no others', () => {
  const of = (type: PolicyRow['applies_to_type'], id: string | null): PolicyRow =>
    row(NO_POST, { applies_to_type: type, applies_to_id: id });
  const [app, secret, source, clone, agent] = [
    of('app', null),
    of('secret', SECRET),
    of('grant', GRANT),
    of('grant', CLONE),
    of('agent', AGENT),
  ];
  const gone = row(NO_POST, { deleted_at: new Date(1) });
  const snapshot = snapshotWith([app, secret, source, clone, agent, gone]);
  const ids = (key: typeof appKey, grantId: string): string[] => {
    const grant = snapshot.grant(grantId);
    assert.ok(grant !== undefined);
    return policiesFor(snapshot, key, grant)
      .map((policy) => policy.row.policy_id)
      .sort();
  };
  const expected = (...rows: PolicyRow[]): string[] => rows.map((one) => one.policy_id).sort();
  assert.deepEqual(ids(appKey, GRANT), expected(app, secret, source));
  assert.deepEqual(ids(appKey, CLONE), expected(app, secret, source, clone));
  assert.deepEqual(ids(agentKey, AGENT_GRANT), expected(app, secret, agent));
  assert.deepEqual(ids(appKey, OTHER_GRANT), expected(app));
});

test('a denial names the policy, and when it may pass', () => {
  const window = row({ type: 'time_window', timezone: 'UTC', days: ['mon'], from: '09:00', to: '10:00' });
  const decision = decide(snapshotWith([window]), { at: '2026-11-18T12:00:00Z' });
  assert.ok(decision.verdict === 'deny');
  assert.equal(decision.code, 'policy_denied');
  assert.equal(decision.policyId, window.policy_id);
  assert.equal(decision.passesAt, Date.parse('2026-11-23T09:00:00Z'));
  for (const part of [window.name, window.policy_id, '2026-11-23T09:00:00.000Z'])
    assert.ok(decision.hint?.includes(part), part);
});

test('the order of checks: host, policies, proxy_required', () => {
  const snapshot = snapshotWith([row(NO_POST), row(APPROVAL)], { delivery: 'proxy_only' });
  const code = (call: CallOptions): string => {
    const decision = decide(snapshot, call, { mode: 'request' });
    return decision.verdict === 'deny' ? decision.code : decision.verdict;
  };
  assert.equal(code({ method: 'POST', url: 'https://evil.example/' }), 'host_not_allowed');
  assert.equal(code({ method: 'POST' }), 'policy_denied');
  assert.equal(code({ method: 'GET' }), 'proxy_required');
});

test('an enforced approval or body condition makes the grant proxy-only as a whole; a monitored one does not', () => {
  for (const rule of [APPROVAL, JSON_RULE]) {
    const code = (mode: PolicyRow['mode']): string => {
      const decision = decide(
        snapshotWith([row(rule, { mode })]),
        { method: 'GET', body: null },
        { mode: 'request' },
      );
      return decision.verdict === 'deny' ? decision.code : decision.verdict;
    };
    assert.equal(code('enforce'), 'proxy_required');
    assert.equal(code('monitor'), 'allow');
  }
});

test('a body that decides is asked for, and decides once it was read', () => {
  const snapshot = snapshotWith([row(JSON_RULE)]);
  const unread = decide(snapshot, { method: 'POST', body: null });
  assert.ok(unread.verdict === 'deny' && unread.isBodyWanted === true);
  assert.equal(decide(snapshot, { method: 'POST', body: '{"amount":5}' }).verdict, 'allow');
  const denied = decide(snapshot, { method: 'POST', body: '{"amount":500}' });
  assert.ok(
    denied.verdict === 'deny' && denied.code === 'policy_denied' && denied.isBodyWanted === undefined,
  );
});

test('R8: AWS calls are judged on the path as it is written, which is what is sent', () => {
  const rule = row({ type: 'request', effect: 'allow_only', paths: ['/bucket/**'] });
  const url = 'https://api.example.com/bucket/a/../../other/x';
  assert.equal(decide(snapshotWith([rule]), { url }).verdict, 'deny');
  assert.equal(decide(snapshotWith([rule], { credential_type: 'aws_sigv4' }), { url }).verdict, 'deny');
  const plain = decide(snapshotWith([rule], { credential_type: 'aws_sigv4' }), {
    url: 'https://api.example.com/bucket//x',
  });
  assert.equal(plain.verdict, 'allow');
});

test('approvals and limits come out as terms', () => {
  const limit = row(
    { type: 'quota', limit: 5, period: 'day', timezone: 'Asia/Tokyo', per: 'agent' },
    { mode: 'monitor' },
  );
  const approval = row({ ...APPROVAL, quorum: 2, expires_in_seconds: 600 });
  const decision = decide(snapshotWith([limit, approval]), { method: 'POST' });
  assert.ok(decision.verdict === 'allow');
  assert.deepEqual(decision.holds, [
    {
      policyId: approval.policy_id,
      name: approval.name,
      approvers: ['approver'],
      quorum: 2,
      expiresInSeconds: 600,
    },
  ]);
  assert.deepEqual(decision.limits, [
    {
      policyId: limit.policy_id,
      name: limit.name,
      mode: 'monitor',
      kind: 'quota',
      per: 'agent',
      limit: 5,
      window: { type: 'period', period: 'day', timezone: 'Asia/Tokyo' },
    },
  ]);
});

test('approvals and limits that could not work are refused at save', () => {
  const member = '01900000-0000-7000-a000-000000000001';
  assert.deepEqual(issuePaths({ type: 'require_approval', approvers: [member], quorum: 2 }), ['quorum']);
  assert.deepEqual(issuePaths({ type: 'require_approval', approvers: [member, 'admin'], quorum: 3 }), []);
  assert.deepEqual(issuePaths({ type: 'require_approval', approvers: [member, member.toUpperCase()] }), [
    'approvers.1',
  ]);
  assert.deepEqual(issuePaths({ type: 'require_approval', approvers: [] }), ['approvers']);
  assert.deepEqual(issuePaths({ type: 'require_approval', approvers: ['admin'], when: {} }), ['when']);
  assert.deepEqual(issuePaths({ type: 'require_approval', approvers: ['admin'], when: { paths: ['x'] } }), [
    'when.paths.0',
  ]);
  assert.deepEqual(issuePaths({ type: 'quota', limit: 1, period: 'day', timezone: 'Nowhere' }), ['timezone']);
  assert.deepEqual(issuePaths({ type: 'quota', limit: 0, period: 'week' }), ['limit', 'period']);
  assert.deepEqual(issuePaths({ type: 'rate_limit', limit: 1.5, window_seconds: 0 }), [
    'limit',
    'window_seconds',
  ]);
});
