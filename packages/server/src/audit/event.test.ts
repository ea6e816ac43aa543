import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CONTEXT_BYTES_MAX, canonicalJson, parseContext, parseContextText } from './context.ts';
import {
  EMPTY_EVENT,
  encodeEvent,
  encodeSubject,
  NO_ACTOR,
  subjectOfGrant,
  type AuditEvent,
} from './event.ts';
import { csvCell } from './export.ts';
import { redactText, redactUrl } from './redact.ts';
import { eventIdOf, lowestIdAt, monthOf, newGroupId, newRequestId, requestIdOf, timeMsOf } from './uuid.ts';

const refused = { code: 'invalid_request' };

test('A10, A11: contexts that are refused', () => {
  const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
  const texts = ['[]', '"x"', 'null', '1', '{', '', '{"a":1,"a":2}', '{"a":{"b":1,"\\u0062":2}}', '{"a":1e309}', '{"a":12345678901234567890}',
    '{"__proto__":{"admin":true}}', '{"a":[{"constructor":1}]}', '{"prototype":1}', '{"a":"\\u0000"}', '{"a":"\\ud800"}', '{"\\udc00":1}',
    deep, `{"a":${'['.repeat(40)}${']'.repeat(40)}}`, `{"a":"${'x'.repeat(CONTEXT_BYTES_MAX)}"}`, '{"a":1}x', "{'a':1}", '{"a":NaN}', '\ufeff{}']; // prettier-ignore
  for (const text of texts) assert.throws(() => parseContextText(text), refused, text.slice(0, 60));
  for (const value of [undefined, new Date(), new Map(), { a: undefined }, { a: 1n }, { a: () => 1 }])
    assert.throws(() => parseContext(value), refused);
});

test('A11: contexts that are taken, as they are', () => {
  const text = '{"z":[1,-0,1e2,0.1,"\\u0041",{"a":null}],"é":true,"1":{"k\\"{":"}:"},"10":[]}';
  assert.equal(
    canonicalJson(parseContextText(text)),
    '{"1":{"k\\"{":"}:"},"10":[],"z":[1,0,100,0.1,"A",{"a":null}],"é":true}',
  );
  assert.deepEqual(parseContextText('{"a":{"x":1},"b":{"x":2},"c":["x","x",":"]}'), {
    a: { x: 1 },
    b: { x: 2 },
    c: ['x', 'x', ':'],
  });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        parseContextText(text);
      } catch (thrown) {
        assert.equal(thrown instanceof Error && 'code' in thrown && thrown.code, 'invalid_request');
      }
    }),
  );
});

test('I8: values of credential parameters and known secrets do not reach the log', () => {
  const names = [
    'key',
    'api_key',
    'API-Key',
    'apiKey',
    'token',
    'access_token',
    'sig',
    'signature',
    'password',
    'client_secret',
    'X-Amz-Signature',
    'X-Amz-Security-Token',
    '%61pi_key',
    'api_key[]',
    'my_token',
  ];
  for (const name of names)
    assert.equal(redactUrl(`https://h/p?a=1&${name}=canary&b=2`), `https://h/p?a=1&${name}=[redacted]&b=2`);
  for (const url of [
    'https://h/p',
    'https://h/p?',
    'https://h/p?page=2&keyboard=x&token',
    'https://h/p?monkey=1',
  ])
    assert.equal(redactUrl(url), url);
  assert.equal(
    redactUrl('https://h/p/s3cret+val/ue?x=s3cret%2Bval%2Fue', ['s3cret+val/ue']),
    'https://h/p/[redacted]?x=[redacted]',
  );
  assert.equal(redactText('the', ['the']), 'the');
});

test('I8, I13: details are in the hashed bytes only as salted digests', () => {
  const event: AuditEvent = {
    ...EMPTY_EVENT,
    appId: newGroupId(),
    requestId: newRequestId(),
    ordinal: 0,
    kind: 'call.authorized',
    at: new Date(),
    url: 'https://h/p?canary-q',
    reason: 'canary-r',
    context: { canary: 'c' },
    latencyMs: 1.5,
  };
  const [one, two] = [encodeEvent(event), encodeEvent(event)];
  for (const { own, subject } of [one, two]) assert.doesNotMatch(own + subject.members.toString(), /canary/);
  assert.notEqual(one.own, two.own);
  assert.notDeepEqual(one.subject.members, two.subject.members);
  assert.deepEqual(
    [one.subject.url, one.subject.urlQuery, one.subject.host],
    ['https://h/p', 'canary-q', 'h'],
  );
  const odd = encodeEvent({ ...event, reason: 'a\0b\ud800' });
  assert.equal(odd.subject.reason, 'a\ufffdb\ufffd');
});

test('I13: calls with a grant share a subject only where all that is hashed of it is the same', () => {
  const id = (): string => newRequestId(Date.UTC(2026, 4, 31, 23, 59, 59));
  const actor = { ...NO_ACTOR, keyId: newGroupId(), keyPrefix: 'alter_key_app_…', ip: '192.0.2.1' };
  const call: AuditEvent = {
    ...EMPTY_EVENT,
    appId: newGroupId(),
    requestId: id(),
    ordinal: 0,
    kind: 'call.authorized',
    at: new Date(),
    actor,
    grantId: newGroupId(),
    url: 'https://h/p',
  };
  const grant = {};
  const first = subjectOfGrant(grant, call);
  assert.equal(
    subjectOfGrant(grant, { ...call, requestId: id(), kind: 'call.denied', at: new Date(0) }),
    first,
  );
  assert.notEqual(subjectOfGrant({}, call), first);
  const others: Partial<AuditEvent>[] = [
    { requestId: newRequestId(Date.UTC(2026, 5, 1)) },
    ...(
      ['appId', 'grantId', 'secretId', 'provider', 'mode', 'method', 'url', 'reason', 'approvalId'] as const
    ).map((name) => ({ [name]: 'other' })),
    { url: 'https://h/p?q' },
    { context: { a: 1 } },
    ...(['keyId', 'keyPrefix', 'agentId', 'memberId', 'caller', 'ip'] as const).map((name) => ({
      actor: { ...actor, [name]: 'other' },
    })),
  ];
  for (const over of others) {
    const other = { ...call, ...over };
    const subject = subjectOfGrant(grant, other);
    assert.notEqual(subject, first, JSON.stringify(over));
    if (subject.salts === undefined) assert.deepEqual(subject, encodeSubject(other));
    else assert.notEqual(subjectOfGrant(grant, other), subject, 'each call has salts of its own');
    assert.deepEqual(subjectOfGrant(grant, call), first);
  }
});

test('W8: cells that a spreadsheet would run are defused, control characters are shown', () => {
  for (const cell of ['=cmd|x', '+1', '-1', '@x', '\t=1', ' =1', '\r\n=1'])
    assert.match(csvCell(cell), /^"?'/);
  assert.equal(csvCell('a"b'), '"a""b"');
  assert.ok(!/[\n\r\u001b]/.test(csvCell('x\n{"level":50}\u001b[2J')));
  assert.equal(csvCell('plain'), 'plain');
});

test('ids: time, month, order and the ordinal of an event', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), fc.nat(15), (timeMs, ordinal) => {
      const id = newRequestId(timeMs);
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{11}0$/);
      assert.equal(timeMsOf(id), timeMs);
      assert.ok(lowestIdAt(timeMs) <= id && id < lowestIdAt(timeMs + 1));
      assert.deepEqual(requestIdOf(eventIdOf(id, ordinal)), { requestId: id, ordinal });
      assert.equal(monthOf(id), `${new Date(timeMs).toISOString().slice(0, 7)}-01`);
    }),
  );
});

test('ids: the month is right on both sides of its border, in whatever order they are asked for', () => {
  const border = Date.UTC(2027, 0, 1);
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -200_000, max: 200_000 }), { minLength: 2, maxLength: 20 }),
      (offsets) => {
        for (const offset of offsets)
          assert.equal(monthOf(newRequestId(border + offset)), offset < 0 ? '2026-12-01' : '2027-01-01');
      },
    ),
  );
});
