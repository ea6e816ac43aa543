import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clientAddress, compileAddressList } from '../../packages/server/src/access/addresses.ts';
import { issuePaths, judge } from './policy-rig.ts';

const isListed = (cidr: string, ip: string): boolean => {
  const allow = judge({ type: 'ip_allowlist', cidrs: [cidr] }, { ip }).verdict === 'pass';
  assert.equal(judge({ type: 'ip_denylist', cidrs: [cidr] }, { ip }).verdict === 'deny', allow);
  return allow;
};

const LISTED: readonly (readonly [string, string, boolean])[] = [
  ['203.0.113.0/24', '203.0.113.0', true],
  ['203.0.113.0/24', '203.0.113.255', true],
  ['203.0.113.0/24', '203.0.114.0', false],
  ['203.0.113.0/24', '203.0.112.255', false],
  ['203.0.113.0/24', '::ffff:203.0.113.7', true],
  ['203.0.113.0/24', '::ffff:cb00:7107', true],
  ['::ffff:203.0.113.0/120', '203.0.113.7', true],
  ['203.0.113.7', '203.0.113.7', true],
  ['203.0.113.7', '203.0.113.8', false],
  ['203.0.113.7/32', '203.0.113.7', true],
  ['0.0.0.0/0', '255.255.255.255', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['::/0', '2001:db8::1', true],
  ['::/0', '203.0.113.7', false],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::', false],
  ['2001:DB8::/33', '2001:db8:7fff::1', true],
  ['2001:db8::/33', '2001:db8:8000::1', false],
];

for (const [cidr, ip, expected] of LISTED) {
  test(`A8: ${ip} is ${expected ? '' : 'not '}in ${cidr}`, () => assert.equal(isListed(cidr, ip), expected));
}

test('A8: CIDR blocks that are not strict are refused at save', () => {
  const bad = [
    '10.0.0.1/8',
    '203.0.113.7/24',
    '010.0.0.1',
    '010.0.0.0/8',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0',
    '10',
    '0x0a000000',
    '167772160',
    '10.0.0.0/255.0.0.0',
    '::/129',
    '2001:db8::1/32',
    'fe80::1%eth0',
    '::ffff:10.0.0.0/95',
    'localhost',
    '*',
    ' 10.0.0.0/8',
    '10.0.0.0 /8',
  ];
  for (const type of ['ip_allowlist', 'ip_denylist']) {
    for (const cidr of bad)
      assert.deepEqual(issuePaths({ type, cidrs: ['192.0.2.0/24', cidr] }), ['cidrs.1'], cidr);
    assert.deepEqual(issuePaths({ type, cidrs: ['192.0.2.0/24', '192.0.2.0/24'] }), ['cidrs.1']);
    assert.deepEqual(issuePaths({ type, cidrs: [] }), ['cidrs']);
    assert.deepEqual(issuePaths({ type, cidrs: ['192.0.2.0/24'], except: [] }), ['']);
  }
});

test('A8: an address that can not be read passes neither kind of list', () => {
  for (const ip of ['', 'unix', '010.0.0.1', '203.0.113.7:80', 'fe80::1%eth0']) {
    assert.equal(judge({ type: 'ip_allowlist', cidrs: ['0.0.0.0/0', '::/0'] }, { ip }).verdict, 'deny');
    assert.equal(judge({ type: 'ip_denylist', cidrs: ['192.0.2.0/24'] }, { ip }).verdict, 'deny');
  }
});

const v4Text = (n: bigint): string => [24n, 16n, 8n, 0n].map((by) => (n >> by) & 255n).join('.');
const v6Text = (n: bigint): string =>
  Array.from({ length: 8 }, (_, i) => ((n >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':');

for (const [name, width, text] of [
  ['IPv4', 32, v4Text],
  ['IPv6', 128, v6Text],
] as const) {
  test(`A8: membership in ${name} blocks equals the arithmetic of integers`, () => {
    const all = (1n << BigInt(width)) - 1n;
    // A low part in common half of the time, so that both answers occur.
    const address = fc.bigInt({ min: 0n, max: all });
    fc.assert(
      fc.property(
        address,
        address,
        fc.integer({ min: 0, max: width }),
        fc.boolean(),
        (one, other, bits, isNear) => {
          const mask = all ^ ((1n << BigInt(width - bits)) - 1n);
          const network = one & mask;
          const ip = isNear ? network | (other & ~mask & all) : other;
          // The v4-mapped block of IPv6 is IPv4.
          fc.pre(width === 32 || (network >> 32n !== 0xffffn && ip >> 32n !== 0xffffn));
          const list = compileAddressList([`${text(network)}/${bits}`]);
          assert.equal(list.has(text(ip)), (ip & mask) === network);
          if (width === 32) assert.equal(list.has(`::ffff:${text(ip)}`), (ip & mask) === network);
        },
      ),
      { numRuns: 2000 },
    );
  });
}

test('A7: the address of a call is the first untrusted one from the right', () => {
  const trusted = compileAddressList(['127.0.0.1', '192.0.2.0/24']);
  const of = (peer: string, forwarded?: string) => clientAddress(peer, forwarded, trusted);
  assert.equal(of('203.0.113.9', '10.0.0.1'), '203.0.113.9');
  assert.equal(of('127.0.0.1', '10.0.0.1'), '10.0.0.1');
  assert.equal(of('127.0.0.1', '198.51.100.1, 10.0.0.1'), '10.0.0.1');
  assert.equal(of('127.0.0.1', '198.51.100.1, 10.0.0.1, 192.0.2.4'), '10.0.0.1');
  assert.equal(of('127.0.0.1', '198.51.100.1, bogus, 192.0.2.4'), '192.0.2.4');
  assert.equal(of('127.0.0.1', 'for="[::1]:1"'), '127.0.0.1');
  assert.equal(of('::ffff:127.0.0.1', '::ffff:203.0.113.7'), '203.0.113.7');
  assert.equal(clientAddress('127.0.0.1', '10.0.0.1', undefined), '127.0.0.1');
  assert.equal(
    judge({ type: 'ip_allowlist', cidrs: ['203.0.113.0/24'] }, { ip: of('::ffff:203.0.113.7') }).verdict,
    'pass',
  );
});
