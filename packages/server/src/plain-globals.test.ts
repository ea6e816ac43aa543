import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import './plain-globals.ts';

test('globals of the hot path are plain properties, with the values that Node gave them', () => {
  for (const [name, value] of Object.entries({ Buffer, performance }))
    assert.equal(Object.getOwnPropertyDescriptor(globalThis, name)?.value, value);
});
