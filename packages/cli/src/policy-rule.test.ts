import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { Failure } from './failure.ts';
import { readRule, type RuleOptions } from './policy-rule.ts';

const io = (stdin = '') => {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  return { env: {}, stdin: Readable.from([stdin]), stdout: nowhere, stderr: nowhere };
};
const rule = (options: RuleOptions): unknown => readRule(options, io());

test('each common rule can be said by options', async () => {
  const cases: [RuleOptions, unknown][] = [
    [{}, undefined],
    [
      { timeWindow: 'Mon-Fri 09:00-17:00', timezone: 'Europe/Berlin' },
      {
        type: 'time_window',
        timezone: 'Europe/Berlin',
        days: ['mon', 'tue', 'wed', 'thu', 'fri'],
        from: '09:00',
        to: '17:00',
      },
    ],
    [{ ipAllow: ['10.0.0.0/8', '::1/128'] }, { type: 'ip_allowlist', cidrs: ['10.0.0.0/8', '::1/128'] }],
    [{ ipDeny: ['10.0.0.0/8'] }, { type: 'ip_denylist', cidrs: ['10.0.0.0/8'] }],
    [
      { rateLimit: '60/1m', per: 'key' },
      { type: 'rate_limit', limit: 60, window_seconds: 60, per: 'key' },
    ],
    [{ rateLimit: '5/s' }, { type: 'rate_limit', limit: 5, window_seconds: 1 }],
    [
      { quota: '1000/day', timezone: 'UTC' },
      { type: 'quota', limit: 1000, period: 'day', timezone: 'UTC' },
    ],
    [{ approvalBy: ['approver'] }, { type: 'require_approval', approvers: ['approver'] }],
    [
      {
        approvalBy: ['owner', 'admin'],
        quorum: '2',
        approvalSeconds: '600',
        method: ['post'],
        path: ['/v1/**'],
      },
      {
        type: 'require_approval',
        when: { methods: ['POST'], paths: ['/v1/**'] },
        approvers: ['owner', 'admin'],
        quorum: 2,
        expires_in_seconds: 600,
      },
    ],
    [
      { deny: true, method: ['delete'] },
      { type: 'request', effect: 'deny', methods: ['DELETE'] },
    ],
    [
      { allowOnly: true, host: ['a.example'] },
      { type: 'request', effect: 'allow_only', hosts: ['a.example'] },
    ],
  ];
  for (const [options, expected] of cases)
    assert.deepEqual(await rule(options), expected, JSON.stringify(options));
});

test('days are single, lists, ranges, over the end of the week, or daily', async () => {
  const days = async (text: string): Promise<unknown> => {
    const made = await readRule({ timeWindow: `${text} 22:00-06:00`, timezone: 'UTC' }, io());
    return made?.['days'];
  };
  assert.deepEqual(await days('sat,sun'), ['sat', 'sun']);
  assert.deepEqual(await days('fri-mon'), ['mon', 'fri', 'sat', 'sun']);
  assert.deepEqual(await days('tue,mon-tue'), ['mon', 'tue']);
  assert.equal((JSON.stringify(await days('daily')).match(/"/g) ?? []).length, 14);
});

test('a rule from standard input is taken as it is', async () => {
  assert.deepEqual(await readRule({ rule: '-' }, io('{"type":"quota","limit":1}')), {
    type: 'quota',
    limit: 1,
  });
});

test('what is not one rule is wrong usage', async () => {
  const cases: RuleOptions[] = [
    { rateLimit: '60/1m', quota: '1/day' },
    { rule: '-', quota: '1/day' },
    { rateLimit: '60' },
    { rateLimit: '60/0m' },
    { quota: '10/week' },
    { timeWindow: 'mon-fri 09:00-17:00' },
    { timeWindow: 'mon-fry 09:00-17:00', timezone: 'UTC' },
    { timeWindow: 'mon 9-17', timezone: 'UTC' },
    { deny: true },
    { approvalBy: ['owner'], quorum: '0' },
    { per: 'key' },
    { quota: '1/day', method: ['GET'] },
    { rateLimit: '1/s', timezone: 'UTC' },
    { rule: '-', per: 'key' },
    { rule: '-' },
  ];
  for (const options of cases)
    await assert.rejects(
      async () => readRule(options, io()),
      (error) => error instanceof Failure && error.exitCode === 2 && error.hint !== '',
      JSON.stringify(options),
    );
});
