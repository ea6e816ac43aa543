import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allSlotNames, CATALOG } from './index.ts';

test('R2: every header and query name that a template injects is a slot, in lower case', () => {
  const { headers, query } = allSlotNames();
  for (const rule of CATALOG.flatMap(({ injection }) => injection)) {
    if (rule.in === 'header' && !rule.name.includes('{'))
      assert.ok(headers.has(rule.name.toLowerCase()), rule.name);
    if (rule.in === 'query' && !rule.name.includes('{'))
      assert.ok(query.has(rule.name.toLowerCase()), rule.name);
  }
  for (const name of [
    'authorization',
    'proxy-authorization',
    'cookie',
    'x-api-key',
    'api-key',
    'x-goog-api-key',
  ]) {
    assert.ok(headers.has(name), name);
  }
  for (const name of [...headers, ...query]) assert.equal(name, name.toLowerCase());
});

test('slots hold names, never placeholders', () => {
  const { headers, query } = allSlotNames();
  assert.deepEqual([...query].toSorted(), ['api_key', 'appid', 'key', 'token']);
  for (const name of headers) assert.match(name, /^[a-z0-9-]+$/);
});
