/**
 * Where a role is assumed: by names of AWS that are dialled on this machine, over TLS and through the guard of egress, each region
 * with an STS of its own that takes signatures for that region only.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { refusalCode, startPathRig, type PathRig } from './path-rig.ts';
import { startSts, type TestSts } from './sts-server.ts';
import { canary, stopPostgres } from './vault.ts';

const USER = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secret: canary() };

/** What stands for a partition of AWS, or for a store with an STS of its own. */
interface Place {
  readonly region: string;
  readonly roleArn: string;
  readonly stsHost: string;
  readonly serviceHost: string;
}

const PLACES = {
  commercial: {
    region: 'eu-central-1',
    roleArn: 'arn:aws:iam::123456789012:role/reader',
    stsHost: 'sts.eu-central-1.amazonaws.com',
    serviceHost: 's3.eu-central-1.amazonaws.com',
  },
  china: {
    region: 'cn-north-1',
    roleArn: 'arn:aws-cn:iam::123456789012:role/reader',
    stsHost: 'sts.cn-north-1.amazonaws.com.cn',
    serviceHost: 's3.cn-north-1.amazonaws.com.cn',
  },
  store: {
    region: 'here-1',
    roleArn: 'arn:aws:iam:::role/reader',
    stsHost: 'sts.storage.example',
    serviceHost: 'storage.example',
  },
  /** Whose STS shows a certificate for other names. */
  impostor: {
    region: 'eu-west-1',
    roleArn: 'arn:aws:iam::123456789012:role/reader',
    stsHost: 'sts.eu-west-1.amazonaws.com',
    serviceHost: 's3.eu-west-1.amazonaws.com',
  },
} as const satisfies Record<string, Place>;
type Name = keyof typeof PLACES;

let rig: PathRig;
const there = new Map<Name, TestSts>();

before(async () => {
  const pins: string[] = [];
  for (const name of Object.keys(PLACES) as Name[]) {
    const { region, roleArn, stsHost, serviceHost } = PLACES[name];
    const aws = await startSts(USER, { arn: roleArn }, region, { tls: 'aws' });
    there.set(name, aws);
    pins.push(`${stsHost}:443=127.0.0.1:${aws.sts.port}`, `${serviceHost}:443=127.0.0.1:${aws.service.port}`);
  }
  rig = await startPathRig({
    env: {
      ALTER_EGRESS_CA_FILE: fileURLToPath(new URL('tls/aws.pem', import.meta.url)),
      ALTER_EGRESS_RESOLVE: pins.join(','),
    },
  });
});
after(async () => {
  await Promise.all([...there.values()].map((aws) => aws.stop()));
  await rig?.stop();
  await stopPostgres();
});

const at = (name: Name): TestSts => there.get(name) ?? assert.fail(name);

const roleGrant = (name: Name, more: Record<string, string> = {}, hosts: readonly string[] = []) =>
  rig.grant({
    credential: {
      access_key_id: USER.accessKeyId,
      secret_access_key: USER.secret,
      role_arn: PLACES[name].roleArn,
      ...more,
    },
    more: { credential_type: 'aws_sigv4', allowed_hosts: [PLACES[name].serviceHost, ...hosts] },
  });

const call = (grantId: string, name: Name) => rig.call(grantId, `https://${PLACES[name].serviceHost}/b/k`);

/** Every STS but this one was left alone. */
function assertAskedOnly(name: Name): void {
  for (const [other, { sts }] of there) assert.equal(sts.requests.length, other === name ? 1 : 0, other);
  for (const { sts } of there.values()) sts.requests.splice(0);
}

for (const name of ['commercial', 'china'] as const) {
  const { region, stsHost, serviceHost } = PLACES[name];
  test(`R14 S17: a role for ${serviceHost} is assumed at ${stsHost}, which needs no entry among the allowed hosts`, async () => {
    const { grantId } = await roleGrant(name);
    const answer = await call(grantId, name);
    assert.equal(answer.status, 200, answer.text);
    const { sts, service, assumed, faults } = at(name);
    const [asked] = sts.requests;
    assert.equal(asked?.headers['host'], stsHost);
    assert.match(String(asked?.headers['authorization']), new RegExp(`/${region}/sts/aws4_request`));
    assert.equal(service.requests.at(-1)?.headers['x-amz-security-token'], assumed.at(-1)?.token);
    assert.deepEqual(faults, []);
    assertAskedOnly(name);
    // I7: for calls it is a host like any other.
    const direct = await rig.call(grantId, `https://${stsHost}/?Action=GetCallerIdentity`);
    assert.equal(refusalCode(direct), 'host_not_allowed');
    assert.equal(sts.requests.length, 0);
  });
}

test('R14 S17: a store with an STS of its own is asked there, and only where it is among the allowed hosts', async () => {
  const { stsHost, region } = PLACES.store;
  const more = { sts_endpoint: `https://${stsHost}`, region, service: 's3' };
  const { grantId, secretId } = await roleGrant('store', more, [stsHost]);
  const answer = await call(grantId, 'store');
  assert.equal(answer.status, 200, answer.text);
  assert.equal(at('store').sts.requests[0]?.headers['host'], stsHost);
  assert.deepEqual(at('store').faults, []);
  assertAskedOnly('store');
  await assert.rejects(roleGrant('store', more), /allowed hosts/);
  await rig.vault.ok('PATCH', `/v1/apps/default/secrets/${secretId}`, {
    allowed_hosts: [PLACES.store.serviceHost],
  });
  assert.equal(refusalCode(await call(grantId, 'store')), 'host_not_allowed');
  assert.equal(at('store').sts.requests.length, 0);
});

test('R14: a region that a role is asked for elsewhere is that of the rule, not of the host that is called', async () => {
  const { region } = PLACES.commercial;
  const { grantId } = await rig.grant({
    credential: {
      access_key_id: USER.accessKeyId,
      secret_access_key: USER.secret,
      role_arn: PLACES.commercial.roleArn,
    },
    more: {
      credential_type: 'aws_sigv4',
      allowed_hosts: [PLACES.store.serviceHost],
      injection: [{ in: 'aws_sigv4', service: 's3', region }],
    },
  });
  await call(grantId, 'store');
  assert.equal(at('commercial').sts.requests[0]?.headers['host'], `sts.${region}.amazonaws.com`);
  assertAskedOnly('commercial');
});

test('S17 I7: an STS whose certificate is for other names gets nothing, and the target neither', async () => {
  const { grantId } = await roleGrant('impostor');
  const answer = await call(grantId, 'impostor');
  assert.equal(answer.json.error.code, 'unavailable');
  assert.match(answer.json.error.message, /STS could not be reached/);
  const { sts, service } = at('impostor');
  assert.deepEqual([sts.requests.length, service.requests.length], [0, 0]);
  assert.ok(sts.connections() > 0, 'it was dialled');
});
