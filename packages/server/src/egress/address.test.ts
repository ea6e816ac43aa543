import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { skipWithoutVectors, vectorsDir } from '../../../../test/vectors.ts';
import { canonicalAddress, isInsideAllowed, judgeAddress, parseAddressPolicy, parseCidr } from './address.ts';

const nothingAllowed = parseAddressPolicy([]);
const privateAllowed = parseAddressPolicy([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '::1/128',
  'fc00::/7',
  '100.64.0.0/10',
]);
const everythingAllowed = parseAddressPolicy(['0.0.0.0/0', '::/0']);

test(
  'S1 S4 S5: every row of the special-purpose address vectors gets the verdict it names',
  { skip: skipWithoutVectors },
  () => {
    const vectors: { v4: [string, string, boolean][]; v6: [string, string, boolean][] } = JSON.parse(
      readFileSync(`${vectorsDir}addresses/special-purpose-addresses.json`, 'utf8'),
    );
    const rows = [...vectors.v4, ...vectors.v6];
    assert.ok(rows.length >= 80);
    for (const [ip, block, mustRefuse] of rows) {
      assert.equal(judgeAddress(ip, nothingAllowed) !== 'ok', mustRefuse, `${ip} (${block})`);
    }
  },
);

test('S2: metadata addresses stay refused even when every network is allowed', () => {
  for (const ip of [
    '169.254.169.254',
    '169.254.170.2',
    '169.254.170.23',
    'fd00:ec2::254',
    'FD00:0EC2:0:0:0:0:0:254',
    'fd20:ce::254',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
  ]) {
    assert.equal(judgeAddress(ip, everythingAllowed), 'metadata service', ip);
  }
});

test('I7: ALTER_EGRESS_ALLOW opens private and loopback networks, and nothing else that is special', () => {
  for (const ip of ['127.0.0.1', '10.1.2.3', '::1', 'fd12::1', '100.64.0.1']) {
    assert.equal(judgeAddress(ip, privateAllowed), 'ok', ip);
    assert.notEqual(judgeAddress(ip, nothingAllowed), 'ok', ip);
  }
  assert.notEqual(judgeAddress('192.168.0.1', privateAllowed), 'ok');
  for (const ip of [
    '0.0.0.0',
    '169.254.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    'fe80::1',
    'ff02::1',
    '64:ff9b::7f00:1',
  ]) {
    assert.notEqual(judgeAddress(ip, everythingAllowed), 'ok', ip);
  }
});

test('S4: the v4-mapped form is refused whatever address it holds', () => {
  for (const ip of ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8']) {
    assert.notEqual(judgeAddress(ip, everythingAllowed), 'ok', ip);
  }
});

test('S3: an address in any but the plain form is no address', () => {
  for (const text of [
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '127.1',
    '0',
    '127.0.0.1.',
    '',
    'localhost',
    '[::1]',
  ]) {
    assert.equal(judgeAddress(text, everythingAllowed), 'not an address', text);
  }
});

test('A8: a CIDR with host bits, a wrong length or an odd spelling is refused', () => {
  for (const text of [
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0',
    '010.0.0.0/8',
    '::1/127',
    '::/129',
    'x/8',
    '10/8',
  ]) {
    assert.equal(parseCidr(text), undefined, text);
  }
  assert.throws(() => parseAddressPolicy(['10.0.0.1/8']), TypeError);
  for (const text of ['10.0.0.0/8', '127.0.0.1/32', '0.0.0.0/0', '::1/128', 'fc00::/7'])
    assert.ok(parseCidr(text), text);
});

test('an address is inside the allowed networks only by its own family', () => {
  assert.equal(isInsideAllowed('127.0.0.1', privateAllowed), true);
  assert.equal(isInsideAllowed('8.8.8.8', privateAllowed), false);
  assert.equal(isInsideAllowed('::1', parseAddressPolicy(['0.0.0.0/0'])), false);
  assert.equal(isInsideAllowed('nonsense', everythingAllowed), false);
});

test('two spellings of one address are one text', () => {
  assert.equal(canonicalAddress('FD00:0EC2::0254'), 'fd00:ec2::254');
  assert.equal(canonicalAddress('nonsense'), undefined);
});
