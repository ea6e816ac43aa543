/** The explanation of a decision and the live path's own: on random apps, policies and calls they are one. */
import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import type { JsonCondition, PolicyRuleInput } from '@alter-vault/contract';
import fc from 'fast-check';
import { authorize, type CallFacts } from '../../packages/server/src/access/authorize.ts';
import { anyKeyFor, explain } from '../../packages/server/src/access/explain.ts';
import { compileHosts } from '../../packages/server/src/access/hosts.ts';
import { digestOfApp, sealRow } from '../../packages/server/src/access/row-macs.ts';
import { AppSnapshot, type DecidingLists } from '../../packages/server/src/access/snapshot.ts';
import { parseTarget } from '../../packages/server/src/path/target.ts';
import type { GrantRow, KeyRow, PolicyRow, SecretRow } from '../../packages/server/src/store/deciding.ts';
import { boundaryMac } from '../../packages/server/src/vault/mac.ts';
import { APP_ID, parsed, policyRow } from './policy-rig.ts';

const APPS = 1_000;
const CALLS_PER_APP = 10;
const CASES = APPS * CALLS_PER_APP;
const macKey = createSecretKey(randomBytes(32));
const NOW = Date.parse('2026-11-18T12:00:00Z');
const id = (n: number): string => `01900000-0000-7000-a000-${n.toString(16).padStart(12, '0')}`;
const [SECRET, AGENT, SOURCE, CLONE, OF_AGENT, KEY, AGENT_KEY] = [1, 2, 3, 4, 5, 6, 7].map(id) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];

const secretRow = (over: Partial<SecretRow>): Omit<SecretRow, 'mac'> => ({
  app_id: APP_ID,
  secret_id: SECRET,
  name: 's',
  template: null,
  variables: {},
  credential_type: 'bearer',
  fields: ['token'],
  public_fields: [],
  fingerprints: [],
  injection: [],
  default_headers: [],
  allowed_hosts: ['api.example.com'],
  allow_any_host: false,
  delivery: 'any',
  base_url: null,
  verify: null,
  version: 1,
  rotate_by: null,
  overlap_until: null,
  role_arn: null,
  previous_fingerprints: null,
  created_by: null,
  created_at: new Date(0),
  updated_at: new Date(0),
  deleted_at: null,
  epoch: 1n,
  ...over,
});
const grantRow = (grant_id: string, over: Partial<GrantRow>): Omit<GrantRow, 'mac'> => ({
  app_id: APP_ID,
  grant_id,
  secret_id: SECRET,
  cloned_from: null,
  principal_type: 'system',
  principal_id: null,
  label: null,
  expires_at: null,
  revoked_at: null,
  revoke_reason: null,
  created_by: null,
  created_at: new Date(0),
  epoch: 1n,
  ...over,
});

function snapshotOf(secret: Partial<SecretRow>, over: Partial<GrantRow>, policies: PolicyRow[]): AppSnapshot {
  const ofAgent = { principal_type: 'agent', principal_id: AGENT } as const;
  const grants = [
    grantRow(SOURCE, {}),
    grantRow(CLONE, { cloned_from: SOURCE, ...over }),
    grantRow(OF_AGENT, ofAgent),
  ];
  const lists: DecidingLists = {
    agents: [],
    api_keys: [],
    secrets: [sealRow(macKey, 'secrets', secretRow(secret))],
    grants: grants.map((grant) => sealRow(macKey, 'grants', grant)),
    policies: policies.map((row) => sealRow(macKey, 'policies', row)),
  };
  const app = { app_id: APP_ID, org_id: id(99), name: 'app', created_at: new Date(0), epoch: 1n };
  const digest = digestOfApp(macKey, app);
  for (const row of Object.values(lists).flat()) digest.add(row.mac);
  const { bytes } = digest;
  const mac = boundaryMac(macKey, { appId: APP_ID, epoch: 1n, digest: bytes });
  return new AppSnapshot(macKey, { ...app, digest: bytes, mac }, lists);
}

const conditions = {
  methods: fc.constantFrom<string[][]>(['GET'], ['POST', 'PUT'], ['DELETE']),
  hosts: fc.constantFrom<string[][]>(['api.example.com'], ['*.example.com'], ['other.example.com:8443']),
  paths: fc.constantFrom<string[][]>(['/v1/**'], ['/v1/users/*'], ['/admin', '/admin/**']),
  query: fc.constantFrom<Record<string, string[]>[]>({ page: ['1'] }, { mode: ['a', 'b'], page: ['2'] }),
  json: fc.constantFrom<JsonCondition[][]>(
    [{ pointer: '/amount', op: 'lte' as const, value: 100 }],
    [{ pointer: '/to', op: 'equals' as const, value: 'me' }],
  ),
};
const request = fc
  .record(conditions, { requiredKeys: [] })
  .map((some) => (Object.keys(some).length === 0 ? { methods: ['GET'] } : some));
const rule: fc.Arbitrary<PolicyRuleInput> = fc.oneof(
  fc.record({
    type: fc.constant('time_window' as const),
    timezone: fc.constantFrom('UTC', 'Asia/Kolkata', 'America/New_York'),
    days: fc.constantFrom(['mon', 'wed'] as const, ['sat', 'sun'] as const).map((days) => [...days]),
    from: fc.constantFrom('09:00', '12:00', '22:00'),
    to: fc.constantFrom('12:01', '17:00', '06:00'),
  }),
  fc.record({
    type: fc.constantFrom('ip_allowlist' as const, 'ip_denylist' as const),
    cidrs: fc.constantFrom<string[][]>(['203.0.113.0/24'], ['2001:db8::/32'], ['198.51.100.7/32']),
  }),
  fc
    .tuple(request, fc.constantFrom('allow_only' as const, 'deny' as const))
    .map(([some, effect]) => ({ type: 'request' as const, effect, ...some })),
  fc.constant({ type: 'rate_limit' as const, limit: 5, window_seconds: 60 }),
  fc.constant({ type: 'quota' as const, limit: 5, period: 'day' as const }),
  // A call is held only where nothing else denies it: more often, so that it happens at all.
  {
    weight: 3,
    arbitrary: fc.option(request, { nil: undefined, freq: 1 }).map((when) => ({
      type: 'require_approval' as const,
      approvers: ['owner'],
      ...(when === undefined ? {} : { when }),
    })),
  },
);
const appliesTo = fc.constantFrom<Partial<PolicyRow>[]>(
  {},
  { applies_to_type: 'secret', applies_to_id: SECRET },
  { applies_to_type: 'grant', applies_to_id: SOURCE },
  { applies_to_type: 'grant', applies_to_id: CLONE },
  { applies_to_type: 'agent', applies_to_id: AGENT },
  { applies_to_type: 'secret', applies_to_id: id(50) },
);
const policy = fc
  .tuple(
    rule,
    appliesTo,
    fc.constantFrom<PolicyRow['mode'][]>('enforce', 'enforce', 'monitor'),
    fc.constantFrom(null, null, null, new Date(1)),
  )
  .map(([one, to, mode, deleted_at]) => policyRow(parsed(one), { ...to, mode, deleted_at }));
const call = fc.record({
  grantId: fc.constantFrom(SOURCE, CLONE, CLONE, OF_AGENT, id(77)),
  isOther: fc.constantFrom(...Array.from({ length: 15 }, () => false), true),
  allowRelease: fc.boolean(),
  mode: fc.constantFrom('proxy' as const, 'proxy' as const, 'request' as const),
  method: fc.constantFrom('GET', 'POST', 'DELETE'),
  url: fc.constantFrom(
    'https://api.example.com/v1/users/7?page=1',
    'https://api.example.com/v1/users/8?page=1',
    'https://api.example.com/v1/users/7/keys?mode=a&page=2',
    'https://api.example.com/admin?page=1&PAGE=2',
    'https://api.example.com/v1/../admin',
    'https://api.example.com/v1/a%2fb',
    'https://other.example.com/',
  ),
  ip: fc.constantFrom('203.0.113.7', '198.51.100.7', '2001:db8::1', '::ffff:203.0.113.9', ''),
  hours: fc.integer({ min: 0, max: 24 * 14 }),
  body: fc.constantFrom(
    undefined,
    '',
    '{"amount":99,"to":"me"}',
    '{"amount":101}',
    '{"to":"me","to":"you"}',
    'unread',
  ),
});
const state = fc.record({
  secret: fc.constantFrom<Partial<SecretRow>[]>(
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    { delivery: 'proxy_only' },
    { credential_type: 'aws_sigv4' },
    { deleted_at: new Date(1) },
  ),
  clone: fc.constantFrom<Partial<GrantRow>[]>(
    {},
    {},
    {},
    {},
    {},
    {},
    { revoked_at: new Date(1) },
    { expires_at: new Date(NOW + 36e5) },
  ),
  policies: fc.array(policy, { maxLength: 4 }),
});

type RandomCall = typeof call extends fc.Arbitrary<infer C> ? C : never;

function factsOf(one: RandomCall): CallFacts {
  const base = anyKeyFor({ ...grantRow(SOURCE, {}), mac: Buffer.alloc(0) });
  const key: KeyRow = {
    ...base,
    allow_release: one.allowRelease,
    ...((one.grantId === OF_AGENT) !== one.isOther
      ? { key_id: AGENT_KEY, kind: 'agent', agent_id: AGENT }
      : { key_id: KEY }),
  };
  const { body } = one;
  return {
    key,
    grantId: one.grantId,
    mode: one.mode,
    method: one.method,
    target: parseTarget(one.url),
    ip: one.ip,
    now: NOW + one.hours * 36e5,
    body:
      body === undefined
        ? { kind: 'none' }
        : body === 'unread'
          ? { kind: 'unread' }
          : { kind: 'bytes', bytes: Buffer.from(body) },
  };
}

describe('explain and authorize', () => {
  test(`agree on ${CASES} random calls, and the verdicts tell why`, () => {
    const seen = new Map<string, number>();
    const hostsOf = (row: SecretRow) => compileHosts(row.allowed_hosts);
    const agree = (snapshot: AppSnapshot, one: RandomCall): void => {
      const facts = factsOf(one);
      const live = authorize(snapshot, facts, hostsOf);
      const told = explain(snapshot, facts, hostsOf);
      const decision = live.verdict === 'deny' ? 'deny' : live.holds.length > 0 ? 'hold' : 'allow';
      assert.equal(told.decision, decision);
      assert.equal(told.code, live.verdict === 'deny' ? live.code : undefined);
      const enforced = told.verdicts.filter((verdict) => verdict.mode === 'enforce');
      const has = (wanted: string): boolean => enforced.some(({ verdict }) => verdict === wanted);
      if (decision === 'allow') assert.ok(enforced.every(({ verdict }) => verdict === 'pass'));
      if (decision === 'hold') assert.ok(has('hold') && !has('deny') && !has('undetermined'));
      if (told.code === 'policy_denied') {
        assert.ok(live.verdict === 'deny');
        const named = enforced.find((verdict) => verdict.policyId === live.policyId);
        assert.ok(named?.verdict === 'deny' || named?.verdict === 'undetermined');
      }
      const what = told.code ?? decision;
      seen.set(what, (seen.get(what) ?? 0) + 1);
    };
    fc.assert(
      fc.property(
        state,
        fc.array(call, { minLength: CALLS_PER_APP, maxLength: CALLS_PER_APP }),
        (app, calls) => {
          const snapshot = snapshotOf(app.secret, app.clone, app.policies);
          for (const one of calls) agree(snapshot, one);
        },
      ),
      { numRuns: APPS },
    );
    for (const what of ['allow', 'hold', 'policy_denied', 'proxy_required', 'not_found', 'grant_revoked'])
      assert.ok(
        (seen.get(what) ?? 0) > CASES / 200,
        `${what} was hardly tried: ${JSON.stringify([...seen])}`,
      );
  });
});
