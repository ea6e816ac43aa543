import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyRow } from '../store/deciding.ts';
import { isOfLineage, workingKeyOf } from './lineage.ts';

const NOW = 1_000_000;

function keys(...rows: Partial<KeyRow>[]): { key: (id: string) => KeyRow | undefined } {
  const whole = rows.map((row): KeyRow => ({
    app_id: 'a',
    epoch: 1n,
    mac: Buffer.alloc(0),
    key_id: '',
    kind: 'app',
    agent_id: null,
    name: 'k',
    prefix: 'p',
    key_hash: Buffer.alloc(0),
    ip_allowlist: null,
    requests_per_minute: null,
    allow_release: true,
    owner_member_id: null,
    created_by: null,
    expires_at: null,
    created_at: new Date(0),
    revoked_at: null,
    rotated_from: null,
    replaced_by: null,
    lineage_id: null,
    ...row,
  }));
  return { key: (id) => whole.find((row) => row.key_id === id) };
}

const over = new Date(NOW - 1);
const later = new Date(NOW + 1);

test('a key that works is itself, in its grace period too', () => {
  const snapshot = keys(
    { key_id: '1', expires_at: later, replaced_by: '2' },
    { key_id: '2', rotated_from: '1' },
  );
  assert.equal(workingKeyOf(snapshot, '1', NOW)?.key_id, '1');
});

test('after its grace period a key is the one that replaced it, over any number of rotations', () => {
  const snapshot = keys(
    { key_id: '1', expires_at: over, replaced_by: '2' },
    { key_id: '2', expires_at: over, replaced_by: '3', lineage_id: '1' },
    { key_id: '3', lineage_id: '1' },
  );
  assert.equal(workingKeyOf(snapshot, '1', NOW)?.key_id, '3');
});

test('A14: what is revoked, or expired without a successor, hands nothing on', () => {
  const revoked = { revoked_at: over };
  for (const [rows, why] of [
    [[{ key_id: '1', expires_at: over }], 'expired'],
    [[{ key_id: '1', ...revoked }], 'revoked'],
    [[{ key_id: '1', expires_at: over, replaced_by: '2', ...revoked }, { key_id: '2' }], 'old one revoked'],
    [
      [
        { key_id: '1', expires_at: over, replaced_by: '2' },
        { key_id: '2', ...revoked },
      ],
      'new one revoked',
    ],
    [[], 'absent'],
  ] as const) {
    assert.equal(workingKeyOf(keys(...rows), '1', NOW), undefined, why);
  }
});

test('keys of one row of rotations know each other, and no others', () => {
  const snapshot = keys(
    { key_id: '1' },
    { key_id: '2', lineage_id: '1' },
    { key_id: '3', lineage_id: '1' },
    { key_id: '9' },
  );
  const [first, third, other] = ['1', '3', '9'].map((id) => snapshot.key(id));
  assert.ok(first && third && other);
  assert.deepEqual(
    [isOfLineage(snapshot, third, '1'), isOfLineage(snapshot, first, '2'), isOfLineage(snapshot, other, '1')],
    [true, true, false],
  );
});
