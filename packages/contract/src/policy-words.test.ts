/** Rules in words: what tells two rules apart can be heard. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyRule, type Day, type PolicyRule, type PolicyRuleInput } from './policies.ts';
import { ruleNotes, ruleWords } from './policy-words.ts';

const parsed = (rule: PolicyRuleInput): PolicyRule => policyRule.parse(rule);
const hours = (from: string, to: string, days: Day[] = ['mon', 'tue', 'wed']): PolicyRuleInput => ({
  type: 'time_window',
  timezone: 'Europe/Berlin',
  days,
  from,
  to,
});
const approval: PolicyRuleInput = { type: 'require_approval', approvers: ['owner'] };

const CASES: readonly (readonly [PolicyRuleInput, string])[] = [
  [hours('09:00', '17:00'), 'Calls pass only Mon–Wed from 09:00 to 17:00, Europe/Berlin time.'],
  [
    hours('22:00', '06:00', ['sun', 'mon', 'wed', 'thu']),
    'Calls pass only Mon, Wed, Thu and Sun from 22:00 to 06:00 of the next day, Europe/Berlin time.',
  ],
  [
    hours('00:00', '24:00', ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']),
    'Calls pass only daily at any hour, Europe/Berlin time.',
  ],
  [{ type: 'ip_allowlist', cidrs: ['10.0.0.0/8', '::/0'] }, 'Calls pass only from 10.0.0.0/8 or ::/0.'],
  [{ type: 'ip_denylist', cidrs: ['10.0.0.0/8'] }, 'Calls from 10.0.0.0/8 are denied.'],
  [
    { type: 'request', effect: 'allow_only', hosts: ['*.example.com'], query: { format: ['pdf', 'csv'] } },
    'Calls pass only if the host is *.example.com and the parameter format is pdf or csv.',
  ],
  [
    {
      type: 'request',
      effect: 'deny',
      json: [
        { pointer: '/a', op: 'in', value: ['1', 1, null] },
        { pointer: '', op: 'matches', value: '^x' },
      ],
    },
    'Calls are denied if /a of the body is one of "1", 1 or null and the body matches /^x/.',
  ],
  [{ type: 'rate_limit', limit: 1, window_seconds: 90 }, 'At most 1 call in any 90 seconds, for each grant.'],
  [
    { type: 'rate_limit', limit: 5000, window_seconds: 3600, window: 'fixed', per: 'key' },
    'At most 5,000 calls in each fixed hour, for each key.',
  ],
  [
    { type: 'quota', limit: 10, period: 'month' },
    'At most 10 calls in each month, UTC time, for each grant.',
  ],
  [approval, 'Every call is held until one of owner agrees; after 1 hour without that they expire.'],
  [
    { ...approval, when: { methods: ['POST', 'PUT'] }, quorum: 2, expires_in_seconds: 172_800 },
    'Calls are held if the method is POST or PUT, until 2 of owner agree; after 2 days without that they expire.',
  ],
];

for (const [rule, words] of CASES)
  test(words, () => {
    assert.equal(ruleWords(parsed(rule)), words);
  });

test('approvers are called as the page knows them', () => {
  assert.match(
    ruleWords(parsed(approval), () => 'Ada'),
    /until one of Ada agrees/,
  );
});

test('what is easily missed is said: midnight, the caller’s own word, proxy mode', () => {
  const notes = (rule: PolicyRuleInput): string => ruleNotes(parsed(rule)).join(' ');
  assert.match(notes(hours('22:00', '06:00')), /midnight/);
  assert.equal(notes(hours('06:00', '22:00')), '');
  assert.match(notes({ type: 'quota', limit: 1, period: 'day', per: 'caller' }), /never a bound/);
  assert.match(notes(approval), /proxy mode only/);
  const json = [{ pointer: '/a', op: 'equals', value: 1 } as const];
  assert.match(notes({ type: 'request', effect: 'deny', json }), /proxy mode only/);
  assert.match(notes({ type: 'request', effect: 'deny', paths: ['/a'] }), /%2f/);
});
