/** The order of checks, the events of each outcome, and the limits of the front (WIRE §3, §7). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from './egress-rig.ts';
import { refusalCode, send, startPathRig, type PathRig, type RawAnswer } from './path-rig.ts';
import { echo } from './upstream.ts';
import { stopPostgres } from './vault.ts';

let rig: PathRig;

before(async () => {
  rig = await startPathRig({ env: { ALTER_CALLS_MAX: '3', ALTER_RESPONSE_BYTES_MAX: '1000' } });
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

test('WIRE §3: of each pair of failures the earlier one answers', async () => {
  const good = await rig.grant();
  const revoked = await rig.grant();
  await rig.vault.ok('POST', `/v1/grants/${revoked.grantId}/revoke`, {});
  const denied = await rig.grant({ host: 'http://127.0.0.1:1' });
  const steps: readonly {
    readonly code: string;
    readonly key?: string;
    readonly grant?: string;
    readonly url?: string;
    readonly extra?: string[];
  }[] = [
    { code: 'unauthenticated', key: 'alter_key_app_nonsense' },
    { code: 'invalid_request', extra: ['Alter-Unknown', '1'] },
    { code: 'not_found', grant: '0190a000-0000-7000-8000-0000000000aa' },
    { code: 'grant_revoked', grant: revoked.grantId },
    { code: 'host_not_allowed', url: 'https://example.com/' },
    { code: 'upstream_unreachable', grant: denied.grantId, url: 'http://127.0.0.1:1/' },
  ];
  for (const [i, first] of steps.entries()) {
    for (const second of steps.slice(i)) {
      const both = { ...second, ...first };
      // Two failures of one field are one failure.
      const answer = await send(rig.port, {
        headers: [
          ...rig.alter(
            both.grant ?? good.grantId,
            both.url ?? `${rig.upstream.origin}/`,
            both.key ?? rig.key,
          ),
          ...(both.extra ?? []),
        ],
      });
      assert.equal(refusalCode(answer), first.code, `${first.code} before ${second.code}`);
    }
  }
});

test('each outcome leaves its events, one of each, with what happened', async () => {
  const made = await rig.grant();
  rig.upstream.behave((_request, response) => void response.writeHead(201).end('12345'));
  const answer = await rig.call(made.grantId, `${rig.upstream.origin}/p?q=1`, {
    method: 'POST',
    body: 'abc',
    headers: ['Alter-Reason', 'why', 'Alter-Caller', 'me'],
  });
  rig.upstream.behave(echo);
  const [authorized, completed] = await rig.events(made.grantId, 2);
  assert.deepEqual(
    [authorized.kind, authorized.decision, completed.kind],
    ['call.authorized', 'allow', 'call.completed'],
  );
  assert.deepEqual(
    [completed.status_code, completed.bytes_in, completed.bytes_out, completed.flags, completed.code],
    [201, 3, 5, [], null],
  );
  for (const event of [authorized, completed]) {
    assert.equal(event.request_id, answer.headers['alter-request-id']);
    assert.deepEqual(
      [event.method, event.mode, event.reason, event.actor.caller, event.secret_id],
      ['POST', 'proxy', 'why', 'me', made.secretId],
    );
    assert.equal(event.url, `${rig.upstream.origin}/p?q=1`);
  }
  await rig.call(made.grantId, 'https://example.com/');
  const denied = (await rig.events(made.grantId, 3))[2];
  assert.deepEqual(
    [denied.kind, denied.decision, denied.code, denied.status_code],
    ['call.denied', 'deny', 'host_not_allowed', null],
  );
});

test('P4: an answer over ALTER_RESPONSE_BYTES_MAX is refused when announced, cut and flagged otherwise', async () => {
  for (const [bytes, isAnnounced] of [
    [999, true],
    [1000, true],
    [1001, true],
    [1000, false],
    [5000, false],
  ] as const) {
    const made = await rig.grant();
    rig.upstream.behave((_request, response) => {
      response.writeHead(200, isAnnounced ? { 'Content-Length': bytes } : {});
      response.write('x'.repeat(10));
      setTimeout(() => response.end('x'.repeat(bytes - 10)), 30);
    });
    const answer = await rig.call(made.grantId, `${rig.upstream.origin}/`);
    const [, completed] = await rig.events(made.grantId, 2);
    if (bytes <= 1000) {
      assert.deepEqual([answer.isComplete, answer.body.length, completed.code], [true, bytes, null]);
    } else if (isAnnounced) {
      assert.equal(refusalCode(answer), 'upstream_too_large');
      assert.deepEqual([answer.status, completed.code, completed.flags], [502, 'upstream_too_large', []]);
    } else {
      assert.deepEqual([answer.status, answer.isComplete], [200, false]);
      assert.deepEqual([completed.code, completed.flags], ['upstream_too_large', ['truncated']]);
    }
  }
  rig.upstream.behave(echo);
});

test('more calls at once than ALTER_CALLS_MAX are overloaded, and the next ones pass', async () => {
  const made = await rig.grant();
  const waiting: (() => void)[] = [];
  rig.upstream.behave((_request, response) => void waiting.push(() => response.end('ok')));
  const calls: Promise<RawAnswer>[] = Array.from({ length: 3 }, () =>
    rig.call(made.grantId, `${rig.upstream.origin}/`),
  );
  await until(() => waiting.length === 3);
  const refused = await rig.call(made.grantId, `${rig.upstream.origin}/`);
  assert.deepEqual(
    [refused.status, refusalCode(refused), refused.headers['retry-after']],
    [503, 'overloaded', '1'],
  );
  for (const end of waiting) end();
  for (const call of calls) assert.equal((await call).status, 200);
  rig.upstream.behave(echo);
  assert.equal((await rig.call(made.grantId, `${rig.upstream.origin}/`)).status, 200);
});
