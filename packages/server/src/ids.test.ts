import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newGroupId, newRequestId as newAuditRequestId, timeMsOf } from './audit/uuid.ts';
import { idAt, isUuid, newId, newRequestId } from './ids.ts';

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('RFC 9562 §5.7: every id that the server makes is a UUIDv7, whoever asks for it', () => {
  for (const make of [newId, newRequestId, newGroupId, newAuditRequestId]) {
    const ids = Array.from({ length: 2_000 }, () => make());
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.ok(isUuid(id) && V7.test(id), id);
  }
  for (const make of [newRequestId, newAuditRequestId])
    for (let n = 0; n < 100; n += 1)
      assert.ok(make().endsWith('0'), 'leaves room for the events of a request');
});

test('an id of a given time says that time, and does not touch the order of the others', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (ms) => {
      assert.match(idAt(ms), V7);
      assert.equal(timeMsOf(idAt(ms)), ms);
      assert.equal(timeMsOf(newGroupId(ms)), ms);
    }),
  );
  idAt(Date.UTC(2999, 0));
  assert.ok(timeMsOf(newId()) < Date.now() + 1_000);
});

test('F7: the time in ids never goes back, whatever the clock does, also between ids of different makers', (t) => {
  const start = Date.now() + 60_000;
  t.mock.timers.enable({ apis: ['Date'], now: start });
  const before = newId();
  t.mock.timers.setTime(start - 50_000);
  assert.ok(timeMsOf(newGroupId()) >= timeMsOf(before));
  assert.ok(timeMsOf(newAuditRequestId()) >= timeMsOf(before));
});
