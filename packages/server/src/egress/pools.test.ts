import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTarget } from '../path/target.ts';
import { TlsTrust } from './dial.ts';
import { OriginPool } from './pool.ts';
import { Pools, POOLS_MAX } from './pools.ts';
import { Resolver } from './resolve.ts';

class Watched extends OriginPool {
  isRetired = false;

  override retire(): void {
    this.isRetired = true;
    super.retire();
  }
}

function makePools(): { find(poolKey: string, url: string): Watched; retireAll(): void } {
  const resolver = new Resolver({ allow: [], resolve: new Map() });
  const trust = new TlsTrust(undefined);
  const pools = new Pools((target) => new Watched(target, resolver, trust));
  let now = 0;
  return {
    find: (poolKey, url) => {
      const pool = pools.find({ poolKey, target: parseTarget(url) });
      assert.ok(pool instanceof Watched);
      pool.lastUsedAt = now += 1;
      return pool;
    },
    retireAll: () => pools.retireAll(),
  };
}

test('S8: each pool key has a pool of its own for each origin, and finds it again', () => {
  const pools = makePools();
  const urls = ['https://a.test/', 'http://a.test/', 'https://a.test:444/', 'https://b.test/'];
  const found = new Set(['k', 'l'].flatMap((key) => urls.map((url) => pools.find(key, url))));
  assert.equal(found.size, 8);
  for (const key of ['k', 'l']) for (const url of urls) assert.ok(found.has(pools.find(key, `${url}x?y`)));
  pools.retireAll();
  assert.ok([...found].every(({ isRetired }) => isRetired));
  assert.ok(!found.has(pools.find('k', 'https://a.test/')));
});

test('where there are too many pools, the one used longest ago makes room', () => {
  const pools = makePools();
  const first = pools.find('k0', 'https://a.test/');
  const second = pools.find('k0', 'https://b.test/');
  for (let i = 2; i < POOLS_MAX; i += 1) pools.find(`k${i}`, 'https://a.test/');
  assert.equal(pools.find('k0', 'https://a.test/'), first);
  assert.equal(second.isRetired, false);
  pools.find('new', 'https://a.test/');
  assert.deepEqual([first.isRetired, second.isRetired], [false, true]);
  assert.notEqual(pools.find('k0', 'https://b.test/'), second);
  assert.equal(first.isRetired, false);
});
