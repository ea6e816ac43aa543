/** Hostile targets through the whole system: the right code, and not one connection (S1–S16, I7). */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { refusalCode, startPathRig, type PathRig } from './path-rig.ts';
import { stopPostgres } from './vault.ts';

let rig: PathRig;
let grantId: string;
let anywhere: string;

before(async () => {
  process.env['HTTP_PROXY'] = 'http://127.0.0.1:1';
  process.env['http_proxy'] = 'http://127.0.0.1:1';
  rig = await startPathRig();
  ({ grantId } = await rig.grant());
  ({ grantId: anywhere } = await rig.grant({
    more: { allowed_hosts: ['*'], allow_any_host: true },
  }));
});
after(async () => {
  delete process.env['HTTP_PROXY'];
  delete process.env['http_proxy'];
  await rig?.stop();
  await stopPostgres();
});

async function codeOf(url: string, as = anywhere): Promise<string> {
  return refusalCode(await rig.call(as, url));
}

test('S3 S9 S10 S11 S12 S14: what is no plain, canonical URL is invalid_request', async () => {
  const port = rig.upstream.port;
  const before = rig.upstream.connections();
  const hosts = [
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '127.1',
    '0',
    '127.0.0.1.',
    '127%2e0%2e0%2e1',
    '%31%32%37.0.0.1',
    '127.0.0.256',
    '[::ffff:127.0.0.1]',
    '[::1%25lo]',
    '[0:0:0:0:0:0:0:1]',
    'xn--',
    'a..b',
    '.a',
    '-',
    'a b',
  ];
  for (const host of hosts) assert.equal(await codeOf(`http://${host}:${port}/`), 'invalid_request', host);
  const urls = [
    `http://good@127.0.0.1:${port}/`,
    `http://good:443@127.0.0.1:${port}/`,
    `http://@127.0.0.1:${port}/`,
    `http:\\\\127.0.0.1:${port}`,
    `http:/127.0.0.1:${port}`,
    `http:127.0.0.1:${port}`,
    `http://127.0.0.1:${port}#@evil`,
    `http://evil\\@127.0.0.1:${port}/`,
    `http://127.0.0.1:0${port}/`,
    'http://127.0.0.1:0/',
    'http://127.0.0.1:65536/',
    'http://127.0.0.1:/',
    'http://127.0.0.1:+80/',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
    'ftp://127.0.0.1/',
    'data:,x',
    'ws://127.0.0.1/',
    'javascript:1',
    'https://',
    'https:///x',
    `//127.0.0.1:${port}/`,
  ];
  for (const url of urls) assert.equal(await codeOf(url), 'invalid_request', url);
  assert.equal(rig.upstream.connections(), before);
});

test('S1 S2 S4 S5 S7: private, reserved and metadata addresses are never dialled', async () => {
  const v4 = [
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '169.254.170.2',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.168.0.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '100.100.100.200',
    '168.63.129.16',
  ];
  const v6 = [
    '::',
    '::1',
    '::7f00:1',
    '::ffff:7f00:1',
    '::ffff:808:808',
    'fe80::1',
    'fec0::1',
    'fc00::1',
    'ff02::1',
    '100::1',
    '2001:db8::1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '2002:7f00:1::1',
    'fd00:ec2::254',
  ];
  for (const host of [...v4, ...v6.map((address) => `[${address}]`)]) {
    const code = await codeOf(`https://${host}/`);
    assert.ok(
      code === 'egress_denied' || (code === 'invalid_request' && host.startsWith('[')),
      `${host}: ${code}`,
    );
  }
  for (const name of ['metadata.google.internal', 'instance-data', 'METADATA.google.internal'])
    assert.equal(await codeOf(`https://${name}/`), 'egress_denied', name);
});

test('I7 S9 S13: another host, port or scheme than the credential is bound to is host_not_allowed', async () => {
  const before = [rig.upstream.connections(), rig.other.connections()];
  const port = rig.upstream.port;
  for (const url of [
    `${rig.other.origin}/`,

    `http://localhost:${port}/`,
    `http://127.0.0.2:${port}/`,
    'http://127.0.0.1/',
    `http://127.0.0.1.example:${port}/`,
    'https://example.com/',
  ]) {
    assert.equal(await codeOf(url, grantId), 'host_not_allowed', url);
  }
  assert.deepEqual([rig.upstream.connections(), rig.other.connections()], before);
});

test('S15: neither the vault itself nor its database is called, by address or by name', async () => {
  const database = new URL(rig.vault.urls.runtimeUrl);
  const ports = [rig.port, Number(database.port || 5432)];
  for (const port of ports) {
    for (const host of ['127.0.0.1', 'localhost']) {
      const made = await rig.grant({ host: `http://${host}:${port}` });
      assert.equal(
        await codeOf(`http://${host}:${port}/healthz`, made.grantId),
        'egress_denied',
        `${host}:${port}`,
      );
    }
  }
});

test('S16: proxy variables of the environment route no call, and S9: plain http stays inside ALTER_EGRESS_ALLOW', async () => {
  const answer = await rig.call(grantId, `${rig.upstream.origin}/`);
  assert.equal(answer.status, 200);
  assert.equal(await codeOf('http://8.8.8.8/'), 'host_not_allowed');
});

test('R5 I7: a Host header, X-Forwarded-Host or absolute target does not move the call', async () => {
  const sink = createServer();
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  let connections = 0;
  sink.on('connection', (socket) => {
    connections += 1;
    socket.destroy();
  });
  const { port } = sink.address() as AddressInfo;
  await rig.call(grantId, `${rig.upstream.origin}/x`, {
    headers: [
      'X-Forwarded-Host',
      `127.0.0.1:${port}`,
      'X-Original-URL',
      `http://127.0.0.1:${port}/`,
      'X-Rewrite-URL',
      '/y',
      'X-Host',
      `127.0.0.1:${port}`,
    ],
  });
  assert.equal(rig.upstream.requests.at(-1)?.headers.host, rig.upstream.host);
  assert.equal(rig.upstream.requests.at(-1)?.url, '/x');
  assert.equal(connections, 0);
  sink.close();
});
