/** `alter policies`, `approvals`, `channels`, and what grants, keys and secrets have for governance. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { APP, type CliRig, GRANT, page, type Ran, refusal, SECRET, startCliRig } from './cli-rig.ts';

const POLICY = '01990000-0000-7000-8000-000000000004';
const APPROVAL = '01990000-0000-7000-8000-000000000005';
const MEMBER = '01990000-0000-7000-8000-000000000006';
const KEY = '01990000-0000-7000-8000-000000000007';
const CHANNEL = '01990000-0000-7000-8000-000000000008';
const DIGEST = 'a'.repeat(64);
const AT = '2026-11-22T10:00:00.000Z';

let cli: CliRig;
let directory: string;

before(async () => {
  cli = await startCliRig();
  directory = await mkdtemp(join(tmpdir(), 'alter-cli-governance-'));
});
after(async () => {
  cli.stop();
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  for (const route of Object.keys(cli.answers)) delete cli.answers[route];
  cli.seen.length = 0;
});

const alter = (...args: string[]): Promise<Ran> => cli.alter(args);
const inApp = (path: string): string => `/v1/apps/${APP}/${path}`;

const policy = {
  policy_id: POLICY,
  name: 'pace',
  applies_to: { secret_id: SECRET },
  mode: 'enforce',
  rule: { type: 'rate_limit', limit: 60, window_seconds: 60, window: 'sliding', per: 'grant' },
  created_at: AT,
  updated_at: AT,
};

describe('policies', () => {
  test('create: the rule from options, what it applies to by name', async () => {
    cli.answers[`POST ${inApp('policies')}`] = [201, policy];
    const { code, out, err } = await alter(
      ...[
        'policies',
        'create',
        '--name',
        'pace',
        '--secret',
        'bank',
        '--rate-limit',
        '60/1m',
        '--per',
        'key',
      ],
    );
    assert.equal(code, 0, err);
    assert.match(out, /policy +pace\npolicy_id +01990000/);
    assert.deepEqual(cli.last()?.body, {
      name: 'pace',
      applies_to: { secret_id: SECRET },
      rule: { type: 'rate_limit', limit: 60, window_seconds: 60, per: 'key' },
    });
  });

  test('create: every rule that options can say is one that the contract takes', async () => {
    cli.answers[`POST ${inApp('policies')}`] = [201, policy];
    for (const rule of [
      ['--time-window', 'mon-fri 09:00-17:00', '--timezone', 'Europe/Berlin'],
      ['--ip-allow', '10.0.0.0/8', '--ip-allow', '::1/128'],
      ['--ip-deny', '10.0.0.0/8'],
      ['--rate-limit', '5/10s'],
      ['--quota', '1000/day', '--timezone', 'Asia/Tokyo', '--per', 'agent'],
      ['--approval-by', 'approver', '--quorum', '1', '--approval-seconds', '600', '--method', 'post'],
      ['--allow-only', '--host', '*.example.com', '--path', '/v1/**'],
      ['--deny', '--method', 'DELETE'],
    ]) {
      const { code, err } = await alter(
        'policies',
        'create',
        '--name',
        'p',
        '--whole-app',
        '--mode',
        'monitor',
        ...rule,
      );
      assert.equal(code, 0, `${rule.join(' ')}\n${err}`);
    }
  });

  test('create: what the contract does not take is refused, with the field', async () => {
    cli.answers[`POST ${inApp('policies')}`] = [201, policy];
    const { code, err } = await alter('policies', 'create', '--name', 'p', '--whole-app', '--quota', '0/day');
    assert.deepEqual([code, err.includes('limit')], [1, true]);
  });

  test('create: the rule from a file or standard input', async () => {
    cli.answers[`POST ${inApp('policies')}`] = [201, policy];
    const rule = {
      type: 'request',
      effect: 'deny',
      json: [{ pointer: '/amount', op: 'gte', value: 1000 }],
    };
    const file = join(directory, 'rule.json');
    await writeFile(file, JSON.stringify(rule));
    const create = ['policies', 'create', '--name', 'small', '--grant', GRANT, '--rule'];
    assert.equal((await alter(...create, file)).code, 0);
    const stdin = Readable.from([JSON.stringify(rule)]);
    assert.equal((await cli.alter([...create, '-'], { stdin })).code, 0);
    assert.deepEqual(cli.last()?.body, { name: 'small', applies_to: { grant_id: GRANT }, rule });
    assert.equal((await alter(...create, join(directory, 'none'))).code, 2);
  });

  test('create: without a rule, or for nothing, or for two things: wrong usage, and nothing is sent', async () => {
    for (const args of [
      ['--whole-app'],
      ['--quota', '1/day'],
      ['--quota', '1/day', '--whole-app', '--grant', GRANT],
      ['--quota', '1/day', '--whole-app', '--per', 'key', '--quorum', '2'],
    ])
      assert.equal((await alter('policies', 'create', '--name', 'p', ...args)).code, 2, args.join(' '));
    assert.ok(cli.seen.every(({ route }) => route.startsWith('GET')));
  });

  test('list, show, update, delete find a policy by its name', async () => {
    cli.answers[`GET ${inApp('policies')}`] = page(policy);
    cli.answers[`GET ${inApp(`policies/${POLICY}`)}`] = [200, policy];
    cli.answers[`PATCH ${inApp(`policies/${POLICY}`)}`] = [200, { ...policy, mode: 'monitor' }];
    cli.answers[`DELETE ${inApp(`policies/${POLICY}`)}`] = [204, undefined];
    const listed = await alter('policies', 'list', '--secret', 'bank', '--mode', 'enforce');
    assert.match(
      listed.out,
      /pace +secret 01990000\S+ +enforce +At most 60 calls in any minute, for each grant\./,
    );
    assert.deepEqual(
      [cli.last()?.query.get('secret_id'), cli.last()?.query.get('mode')],
      [SECRET, 'enforce'],
    );
    assert.match((await alter('policies', 'show', 'pace')).out, /"type":"rate_limit"/);
    assert.match((await alter('policies', 'update', 'pace', '--mode', 'monitor')).out, /mode +monitor/);
    assert.deepEqual(cli.last()?.body, { mode: 'monitor' });
    assert.equal((await alter('policies', 'update', 'pace')).code, 2);
    assert.equal((await alter('policies', 'delete', 'pace')).code, 2, 'not without --yes');
    assert.equal((await alter('policies', 'delete', 'pace', '--yes')).code, 0);
    const { code, err } = await alter('policies', 'show', 'none');
    assert.deepEqual([code, err.includes('alter policies list')], [4, true]);
  });

  test('evaluate: every verdict with its reason; --expect makes a test of it', async () => {
    const why = 'Saturday 03:00 in Europe/Berlin is outside mon-fri 09:00-17:00.';
    const verdict = {
      policy_id: POLICY,
      name: 'hours',
      mode: 'enforce',
      type: 'time_window',
      verdict: 'deny',
    };
    const because = [{ ...verdict, why, passes_at: '2026-11-30T08:00:00.000Z' }];
    const answer = { decision: 'deny', code: 'policy_denied', hint: 'Wait until Monday.', because };
    cli.answers[`POST ${inApp('policies/evaluate')}`] = [200, answer];
    const call = ['policies', 'evaluate', 'post', 'https://a.example/x', '--grant', GRANT];
    const { code, out } = await alter(...call, '--ip', '203.0.113.7', '--at', AT, '--data', '{"a":1}');
    assert.equal(code, 0);
    assert.match(out, /decision +deny\n/);
    assert.match(out, /deny +hours +enforce +2026-11-30T08:00:00.000Z +Saturday 03:00/);
    assert.deepEqual(cli.last()?.body, {
      grant_id: GRANT,
      method: 'POST',
      url: 'https://a.example/x',
      ip: '203.0.113.7',
      at: AT,
      body: '{"a":1}',
    });
    assert.equal((await alter(...call, '--expect', 'deny')).code, 0);
    assert.equal((await alter(...call, '--expect', 'allow')).code, 1);
    assert.equal((await alter(...call, '--expect', 'denied')).code, 2);
    assert.equal((await alter(...call, '--json')).out, `${JSON.stringify(answer, null, 2)}\n`);
  });

  test('replay: a draft, or a policy that there is, over a span of past calls', async () => {
    const none = { count: 0, examples: [] };
    const example = {
      event_id: GRANT,
      at: AT,
      grant_id: GRANT,
      method: 'DELETE',
      url: 'https://a.example/',
      why: 'DELETE',
    };
    cli.answers[`POST ${inApp('policies/replay')}`] = [
      200,
      {
        calls: 12,
        pass: { count: 11, examples: [] },
        deny: { count: 1, examples: [example] },
        hold: none,
        undetermined: none,
      },
    ];
    cli.answers[`GET ${inApp('policies')}`] = page(policy);
    cli.answers[`GET ${inApp(`policies/${POLICY}`)}`] = [200, policy];
    const { code, out, err } = await alter(
      ...['policies', 'replay', '--whole-app', '--deny', '--method', 'DELETE', '--days', '30', '--to', AT],
    );
    assert.equal(code, 0, err);
    assert.match(out, /12 calls/);
    assert.match(out, /deny +1\n/);
    assert.match(out, /deny +2026-11-22T10:00:00.000Z +DELETE/);
    assert.deepEqual(cli.last()?.body, {
      policy: { applies_to: { app: true }, rule: { type: 'request', effect: 'deny', methods: ['DELETE'] } },
      from: '2026-10-23T10:00:00.000Z',
      to: AT,
    });
    assert.equal((await alter('policies', 'replay', '--policy', 'pace', '--from', AT)).code, 0);
    for (const wrong of [
      ['--policy', 'pace'],
      ['--policy', 'pace', '--quota', '1/day', '--days', '1'],
      ['--quota', '1/day', '--days', '1'],
      ['--quota', '1/day', '--whole-app', '--days', '1', '--from', AT],
      ['--days', '1'],
    ])
      assert.equal((await alter('policies', 'replay', ...wrong)).code, 2, wrong.join(' '));
  });
});

const detail = {
  approval_id: APPROVAL,
  status: 'pending',
  request_id: GRANT,
  request_digest: DIGEST,
  grant_id: GRANT,
  method: 'POST',
  host: 'xn--pi-dlc.example',
  expires_at: AT,
  key_id: KEY,
  secret_name: 'bank',
  terms: [{ policy_id: POLICY, name: 'payments', approvers: ['approver'], quorum: 2, approved_by: [MEMBER] }],
  decisions: [{ member_id: MEMBER, decision: 'approve', reason: 'ok\u001b[2J', decided_at: AT }],
};
const BODY = '{"amount":12345678901234567890,"to":"a\\u202eb","note":"plain \u202e reversed"}';
const held = {
  approval: detail,
  request: {
    method: 'POST',
    url: 'https://xn--pi-dlc.example/v1/payments?q=%E2%80%AE',
    host: 'xn--pi-dlc.example',
    host_unicode: '\u0430pi.example',
    headers: [
      ['content-type', 'application/json'],
      ['x-note', 'a\u001b[1mb\u00e9'],
    ],
    injected: [{ in: 'header', name: 'Authorization' }],
    role_arn: null,
    body: { encoding: 'text', text: BODY },
    body_bytes: 80,
    body_sha256: 'b'.repeat(64),
  },
  said: { reason: 'pay\ndigest    forged', caller: 'bot', context: { tool: 'x\u200b' }, ip: '203.0.113.7' },
  warnings: [{ where: 'body', what: 'direction_characters' }],
};

describe('approvals', () => {
  test('list shows what waits, unless told otherwise', async () => {
    cli.answers[`GET ${inApp('approvals')}`] = page(detail);
    assert.match(
      (await alter('approvals', 'list')).out,
      /01990000\S+ +pending +POST +xn--pi-dlc.example +bank/,
    );
    assert.equal(cli.last()?.query.get('status'), 'pending');
    assert.equal((await alter('approvals', 'list', '--all')).code, 0);
    assert.equal(cli.last()?.query.get('status'), null);
    assert.equal((await alter('approvals', 'list', '--all', '--status', 'denied')).code, 2);
  });

  test('A4: show prints every byte that will be sent, and nothing of it steers the terminal or looks like ours', async () => {
    cli.answers[`GET /v1/approvals/${APPROVAL}/request`] = [200, held];
    const { code, out } = await alter('approvals', 'show', APPROVAL);
    assert.equal(code, 0);
    assert.doesNotMatch(out.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
    const lines = out.split('\n');
    for (const line of [
      'POST https://xn--pi-dlc.example/v1/payments?q=%E2%80%AE',
      '  │ content-type: application/json',
      '  │ x-note: a⟨U+001B⟩[1mb⟨U+00E9⟩',
      '  + the credential, in header Authorization',
      '  │   "amount": 12345678901234567890,',
      '  │   "to": "a\\u202eb",',
      '  │   "note": "plain ⟨U+202E⟩ reversed"',
      '  │ reason: pay⟨U+000A⟩digest    forged',
      '  │ context: {"tool":"x⟨U+200B⟩"}',
      'needs     2 of approver (payments), has 1',
      'WARNING   the body holds direction characters',
    ])
      assert.ok(lines.includes(line), `${line}\n\n${out}`);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('digest')),
      [`digest    ${DIGEST}`],
    );
    assert.equal((await alter('approvals', 'show', APPROVAL, '--body')).out, BODY);
    assert.deepEqual(JSON.parse((await alter('approvals', 'show', APPROVAL, '--json')).out), held);
  });

  test('A4: show says as which role of AWS the call will be signed', async () => {
    const role_arn = 'arn:aws:iam::123456789012:role/payer';
    cli.answers[`GET /v1/approvals/${APPROVAL}/request`] = [200, held];
    assert.doesNotMatch((await alter('approvals', 'show', APPROVAL)).out, /signed as the role/);
    cli.answers[`GET /v1/approvals/${APPROVAL}/request`] = [
      200,
      { ...held, request: { ...held.request, role_arn } },
    ];
    assert.ok(
      (await alter('approvals', 'show', APPROVAL)).out.includes(`\n  + signed as the role ${role_arn}\n`),
    );
  });

  test('A4: a body that is no text is shown in hex, and written as it is', async () => {
    const bytes = Buffer.from([0, 1, 0x1b, 0x5b, 0x41, 0xff]);
    const request = { ...held.request, body: { encoding: 'base64', base64: bytes.toString('base64') } };
    cli.answers[`GET /v1/approvals/${APPROVAL}/request`] = [200, { ...held, request }];
    const { out } = await alter('approvals', 'show', APPROVAL);
    assert.match(out, /│ 000000 {2}00 01 1b 5b 41 ff +\.\.\.\[A\./);
    cli.answers[`GET /v1/approvals/${APPROVAL}/request`] = [
      200,
      { ...held, request: { ...request, body: null } },
    ];
    assert.match((await alter('approvals', 'show', APPROVAL)).out, /^no body$/m);
  });

  test('A1: approve sends the digest of what was shown, and only after a yes', async () => {
    cli.answers[`GET /v1/approvals/${APPROVAL}/request`] = [200, held];
    cli.answers[`POST /v1/approvals/${APPROVAL}/decision`] = [200, { ...detail, status: 'approved' }];
    for (const [key, code] of [
      ['y', 0],
      ['n', 1],
      ['\r', 1],
    ] as const) {
      cli.seen.length = 0;
      const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
      const done = cli.alter(['approvals', 'approve', APPROVAL, '--reason', 'checked'], { stdin });
      while (cli.seen.length === 0) await pause(5);
      await pause(200);
      stdin.write(key);
      const ran = await done;
      assert.equal(ran.code, code, ran.err);
      assert.ok(ran.err.includes('POST https://xn--pi-dlc.example/v1/payments'), 'shown before it is asked');
      assert.equal(cli.seen.filter(({ route }) => route.startsWith('POST')).length, code === 0 ? 1 : 0);
    }
    const { code, out } = await alter('approvals', 'approve', APPROVAL, '--yes', '--digest', DIGEST);
    assert.deepEqual([code, out.includes('is approved')], [0, true]);
    assert.deepEqual(cli.last()?.body, { decision: 'approve', request_digest: DIGEST });
  });

  test('A1: approve refuses another digest than the one given, and asks nobody where there is no terminal', async () => {
    cli.answers[`GET /v1/approvals/${APPROVAL}/request`] = [200, held];
    assert.equal(
      (await alter('approvals', 'approve', APPROVAL, '--yes', '--digest', 'b'.repeat(64))).code,
      1,
    );
    assert.equal((await alter('approvals', 'approve', APPROVAL)).code, 2);
    assert.ok(cli.seen.every(({ route }) => route.startsWith('GET')));
  });

  test('a quorum that is not reached says so; deny; refusals keep their code', async () => {
    const decision = `POST /v1/approvals/${APPROVAL}/decision`;
    cli.answers[`GET /v1/approvals/${APPROVAL}/request`] = [200, held];
    cli.answers[decision] = [200, detail];
    assert.match((await alter('approvals', 'approve', APPROVAL, '--yes')).out, /more are needed/);
    cli.answers[decision] = [200, { ...detail, status: 'denied' }];
    assert.match((await alter('approvals', 'deny', APPROVAL, '--reason', 'wrong account')).out, /denied/);
    assert.deepEqual(cli.last()?.body, { decision: 'deny', reason: 'wrong account' });
    for (const [status, code, exit] of [
      [409, 'conflict', 1],
      [403, 'insufficient_scope', 1],
      [404, 'not_found', 4],
    ] as const) {
      cli.answers[decision] = [status, refusal(code)];
      const ran = await alter('approvals', 'deny', APPROVAL, '--json');
      assert.deepEqual([ran.code, JSON.parse(ran.err).error.code], [exit, code]);
    }
  });
});

describe('grants, keys, secrets', () => {
  test('grants tree draws clones below their source, whatever their order', async () => {
    const grant = (n: number, from: number | null): object => ({
      grant_id: `g${n}`,
      secret_name: 'bank',
      principal: { type: n === 3 ? 'agent' : 'system', id: n === 3 ? 'a1' : null },
      label: n === 2 ? 'one job\u202e' : null,
      status: 'active',
      cloned_from: from === null ? null : `g${from}`,
      expires_at: n === 2 ? AT : null,
      policies: n === 4 ? 2 : 0,
    });
    cli.answers[`GET ${inApp('grants')}`] = page(
      grant(4, 2),
      grant(2, 1),
      grant(3, 1),
      grant(1, null),
      grant(9, 8),
    );
    const { out } = await alter('grants', 'tree', GRANT);
    assert.deepEqual([cli.last()?.query.get('root'), cli.last()?.query.get('tree')], [GRANT, 'true']);
    assert.deepEqual(out.trimEnd().split('\n'), [
      'g1  bank  system  active',
      `├─ g2  bank  system  one job\ufffd  active  until ${AT}`,
      '│  └─ g4  bank  system  active  policies: 2',
      '└─ g3  bank  agent:a1  active',
      'g9  bank  system  active',
    ]);
  });

  test('grants usage: the totals, and each limit with whose calls it counts', async () => {
    const limit = {
      policy_id: POLICY,
      name: 'pace',
      mode: 'enforce',
      kind: 'rate',
      per: 'key',
      subject: { grant_id: null, agent_id: null, key_id: KEY, caller: null },
      limit: 60,
      window: { type: 'sliding', seconds: 30 },
      used: 12,
      remaining: 48,
      resets_at: AT,
    };
    const monthly = { ...limit, per: 'grant', window: { type: 'period', period: 'month', timezone: 'UTC' } };
    const totals = { calls: 7, held: 1, denials: 2, errors: 0, bytes_in: 10, bytes_out: 20 };
    const usage = {
      grant_id: GRANT,
      from: AT,
      to: AT,
      bucket: 'hour',
      totals,
      buckets: [],
      limits: [limit, monthly],
    };
    cli.answers[`GET /v1/grants/${GRANT}/usage`] = [200, usage];
    const { code, out, err } = await alter('grants', 'usage', GRANT, '--from', AT);
    assert.equal(code, 0, err);
    assert.match(out, /^calls +7$/m);
    assert.match(out, /^pace +enforce +key 01990000\S+ +12 +60 +30 s, sliding +2026/m);
    assert.match(out, /^pace +enforce +grant +12 +60 +month, UTC +2026/m);
    assert.equal(cli.last()?.query.get('from'), AT);
  });

  test('grants clone takes narrower policies along', async () => {
    cli.answers[`POST /v1/grants/${GRANT}/clone`] = [201, { grant_id: SECRET, cloned_from: GRANT }];
    const file = join(directory, 'policies.json');
    const policies = [{ name: 'one-job', rule: { type: 'quota', limit: 10, period: 'day' } }];
    await writeFile(file, JSON.stringify(policies));
    const { code, err } = await alter('grants', 'clone', GRANT, '--ttl-seconds', '60', '--policies', file);
    assert.equal(code, 0, err);
    assert.deepEqual(cli.last()?.body, { ttl_seconds: 60, policies });
    await writeFile(file, '{}');
    assert.equal((await alter('grants', 'clone', GRANT, '--policies', file)).code, 2);
  });

  test('keys rotate shows the new key once; what lies unused is listed', async () => {
    cli.answers[`POST ${inApp(`keys/${KEY}/rotate`)}`] = [
      201,
      { key_id: GRANT, api_key: 'alter_key_app_once' },
    ];
    cli.answers[`GET ${inApp('keys')}`] = page();
    const { out } = await alter('keys', 'rotate', KEY, '--grace-seconds', '0');
    assert.match(out, /alter_key_app_once/);
    assert.deepEqual(cli.last()?.body, { grace_seconds: 0 });
    assert.equal((await alter('keys', 'list', '--unused-days', '90')).code, 0);
    assert.equal(cli.last()?.query.get('unused_days'), '90');
  });

  test('keys update: what is named changes, none lifts a limit, and the rest stays', async () => {
    const at = inApp(`keys/${KEY}`);
    const key = { key_id: KEY, name: 'ci', ip_allowlist: null, requests_per_minute: 5, expires_at: null };
    cli.answers[`PATCH ${at}`] = [200, { ...key, allow_release: false }];
    const changed = await alter(
      ...['keys', 'update', KEY, '--name', 'ci', '--ip', '10.0.0.0/8', '--ip', '192.0.2.7/32'],
      ...['--requests-per-minute', '5', '--expires-at', AT, '--no-allow-release'],
    );
    assert.equal(changed.code, 0, changed.err);
    assert.match(changed.out, /from everywhere/);
    assert.deepEqual(cli.last()?.body, {
      name: 'ci',
      ip_allowlist: ['10.0.0.0/8', '192.0.2.7/32'],
      requests_per_minute: 5,
      expires_at: AT,
      allow_release: false,
    });
    const lift = ['--any-ip', '--requests-per-minute', 'none', '--expires-at', 'none'];
    assert.equal((await alter('keys', 'update', KEY, ...lift)).code, 0);
    assert.deepEqual(cli.last()?.body, { ip_allowlist: null, requests_per_minute: null, expires_at: null });
    assert.equal((await alter('keys', 'update', KEY)).code, 2);
    assert.equal((await alter('keys', 'update', KEY, '--any-ip', '--ip', '10.0.0.0/8')).code, 2);
    assert.equal((await alter('keys', 'update', KEY, '--requests-per-minute', 'few')).code, 2);
  });

  test('secrets: unused and due ones, rotation with an overlap and its end', async () => {
    assert.equal((await alter('secrets', 'list', '--unused-days', '90', '--rotate-due', '14')).code, 0);
    assert.deepEqual(
      [cli.last()?.query.get('unused_days'), cli.last()?.query.get('rotate_due_within_days')],
      ['90', '14'],
    );
    assert.equal((await alter('secrets', 'list', '--rotate-due')).code, 0);
    assert.equal(cli.last()?.query.get('rotate_due_within_days'), '0');
    cli.answers[`PUT ${inApp(`secrets/${SECRET}/credential`)}`] = [200, { version: 2, overlap_until: AT }];
    const rotate = ['secrets', 'rotate', 'bank', '--overlap', '3600', '--field', 'token=-'];
    const { out } = await cli.alter(rotate, { stdin: Readable.from(['new']) });
    assert.ok(out.includes(`until ${AT}`));
    assert.deepEqual(cli.last()?.body, { credential: { token: 'new' }, overlap_seconds: 3600 });
    cli.answers[`DELETE ${inApp(`secrets/${SECRET}/previous-credential`)}`] = [204, undefined];
    assert.equal((await alter('secrets', 'end-overlap', 'bank')).code, 0);
  });
});

describe('channels', () => {
  const channel = { channel_id: CHANNEL, name: 'ops', type: 'webhook', url: 'https://ops.example/' };

  test('create: a webhook shows its signing secret once, mail names its readers', async () => {
    cli.answers[`POST ${inApp('channels')}`] = [201, { ...channel, signing_secret: 'whsec_once' }];
    const webhook = ['channels', 'create', 'webhook', '--name', 'ops', '--url', 'https://ops.example/'];
    assert.match((await alter(...webhook, '--event', 'approval.requested')).out, /whsec_once/);
    assert.deepEqual(cli.last()?.body, {
      name: 'ops',
      type: 'webhook',
      events: ['approval.requested'],
      url: 'https://ops.example/',
    });
    assert.equal(
      (await alter('channels', 'create', 'smtp', '--name', 'mail', '--to', 'a@example.com')).code,
      0,
    );
    assert.equal((await alter('channels', 'create', 'smtp', '--name', 'mail', '--url', 'x')).code, 2);
    assert.equal((await alter(...webhook, '--to', 'a@example.com')).code, 2);
    assert.equal((await alter('channels', 'create', 'pager', '--name', 'p')).code, 2);
  });

  test('I8: the URL of a Slack webhook is never taken from the command line, nor repeated', async () => {
    const url = 'https://hooks.example/services/T0/B0/canary-4711';
    cli.answers[`POST ${inApp('channels')}`] = [201, { ...channel, type: 'slack', url: null }];
    const slack = ['channels', 'create', 'slack', '--name', 'team'];
    const typed = await alter(...slack, '--url', url);
    assert.equal(typed.code, 2);
    const { code, out, err } = await cli.alter([...slack, '--url', '-'], {
      stdin: Readable.from([`${url}\n`]),
    });
    assert.equal(code, 0);
    assert.deepEqual(cli.last()?.body, { name: 'team', type: 'slack', url });
    assert.ok(![typed.out, typed.err, out, err].join('').includes('canary-4711'));
    assert.equal((await alter(...slack)).code, 2, 'no terminal to ask on');
  });

  test('show and update go by name; another url shows the new signing secret, once', async () => {
    cli.answers[`GET ${inApp('channels')}`] = page(channel);
    const at = inApp(`channels/${CHANNEL}`);
    cli.answers[`GET ${at}`] = [200, { ...channel, events: null, to: null, from: null }];
    const shown = await alter('channels', 'show', 'ops');
    assert.deepEqual(
      [shown.code, /every event/.test(shown.out), /ops\.example/.test(shown.out)],
      [0, true, true],
    );
    cli.answers[`PATCH ${at}`] = [
      200,
      { ...channel, events: ['approval.failed'], signing_secret: 'whsec_2' },
    ];
    const url = 'https://ops.example/new';
    const moved = await alter('channels', 'update', 'ops', '--url', url, '--event', 'approval.failed');
    assert.match(moved.out, /whsec_2/);
    assert.deepEqual(cli.last()?.body, { events: ['approval.failed'], url });
    assert.equal((await alter('channels', 'update', 'ops', '--all-events', '--name', 'on-call')).code, 0);
    assert.deepEqual(cli.last()?.body, { name: 'on-call', events: null });
    assert.equal((await alter('channels', 'update', 'ops')).code, 2);
    assert.equal((await alter('channels', 'update', 'ops', '--all-events', '--event', 'x')).code, 2);
    cli.answers[`GET ${at}`] = [200, { ...channel, type: 'slack', url: null, events: null }];
    const typed = await alter('channels', 'update', 'ops', '--url', 'https://hooks.example/canary-4712');
    assert.deepEqual([typed.code, (typed.out + typed.err).includes('canary-4712')], [2, false]);
    cli.answers[`GET ${at}`] = [200, { ...channel, type: 'smtp', url: null, events: null }];
    assert.equal((await alter('channels', 'update', 'ops', '--url', url)).code, 2);
  });

  test('test says how it went; deliveries, rotate and delete go by name', async () => {
    cli.answers[`GET ${inApp('channels')}`] = page(channel);
    const at = inApp(`channels/${CHANNEL}`);
    cli.answers[`POST ${at}/test`] = [200, { ok: true, status_code: 204, code: null }];
    assert.equal((await alter('channels', 'test', 'ops')).code, 0);
    cli.answers[`POST ${at}/test`] = [200, { ok: false, status_code: 500, code: 'upstream_status' }];
    const failed = await alter('channels', 'test', 'ops');
    assert.deepEqual([failed.code, failed.out.includes('upstream_status')], [1, true]);
    cli.answers[`GET ${at}/deliveries`] = page({ event: 'approval.requested', status: 'dead', attempts: 9 });
    assert.match((await alter('channels', 'deliveries', 'ops', '--limit', '5')).out, /dead +9/);
    assert.equal(cli.last()?.query.get('limit'), '5');
    cli.answers[`POST ${at}/rotate`] = [200, { signing_secret: 'whsec_new', previous_expires_at: AT }];
    assert.match((await alter('channels', 'rotate', 'ops', '--overlap-seconds', '60')).out, /whsec_new/);
    assert.deepEqual(cli.last()?.body, { overlap_seconds: 60 });
    cli.answers[`DELETE ${at}`] = [204, undefined];
    assert.equal((await alter('channels', 'delete', 'ops')).code, 0);
  });
});

test('each command of governance explains itself with examples', async () => {
  for (const command of [
    'policies create',
    'policies evaluate',
    'policies replay',
    'approvals show',
    'approvals approve',
    'channels create',
    'channels update',
    'grants tree',
    'grants usage',
    'keys rotate',
    'keys update',
    'secrets end-overlap',
  ]) {
    const { code, out } = await alter(...command.split(' '), '--help');
    assert.equal(code, 0);
    assert.match(out, /Examples:\n {2}alter /, command);
  }
});
