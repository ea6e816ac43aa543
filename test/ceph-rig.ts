/**
 * A Ceph object gateway (S3 and STS) of its own, from the packages of the system: one monitor, one memory store, one gateway, all in a
 * temporary directory on loopback. It checks every signature with code that is not ours, as the popular fakes do not.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PROGRAMS = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'monmaptool', 'ceph'];
const START_MS_MAX = 90_000;
/** The authority of the certificate that the gateway shows. */
export const CEPH_CA_FILE = fileURLToPath(new URL('tls/ca.pem', import.meta.url));
const CERTIFICATE = fileURLToPath(new URL('tls/leaf.pem', import.meta.url));
const CERTIFICATE_KEY = fileURLToPath(new URL('tls/leaf.key', import.meta.url));
export const STS_ROLE = 'reader';

export interface Ceph {
  readonly origin: string;
  /** As an entry of `allowed_hosts`. */
  readonly host: string;
  /** The same gateway over TLS, with the certificate of `test/tls`. */
  readonly tlsOrigin: string;
  readonly tlsHost: string;
  readonly accessKeyId: string;
  readonly secret: string;
  readonly roleArn: string;
  stop(): Promise<void>;
}

/** Why there is none, on a developer's machine; in CI it must be there. */
export async function skipWithoutCeph(): Promise<string | false> {
  if (process.env['CI'] !== undefined) return false;
  for (const program of PROGRAMS) {
    const found = await run('which', [program]).then(
      () => true,
      () => false,
    );
    if (!found) return `${program} is not installed (apt-get install radosgw ceph-mon ceph-osd ceph-common)`;
  }
  return false;
}

export async function startCeph(): Promise<Ceph> {
  const home = await mkdtemp(join(tmpdir(), 'alter-ceph-'));
  const [monitor, monitorOld, gateway = 0, gatewayTls = 0] = await freePorts(4);
  const conf = join(home, 'ceph.conf');
  const fsid = randomUUID();
  const address = `[v2:127.0.0.1:${monitor},v1:127.0.0.1:${monitorOld}]`;
  await Promise.all(['mon', 'osd', 'run'].map((name) => mkdir(join(home, name))));
  await writeFile(conf, configuration(home, { fsid, address, gateway, gatewayTls }));
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.toReversed()) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode !== null || !child.kill('SIGKILL')) continue;
      await ended;
    }
    await rm(home, { recursive: true, force: true });
  };
  const ceph = (program: string, ...args: string[]) =>
    run(program, ['-c', conf, ...args], { timeout: START_MS_MAX });
  const start = async (program: string, ...args: string[]): Promise<void> => {
    const log = await open(join(home, `${program}.out`), 'w');
    children.push(spawn(program, ['-f', '-c', conf, ...args], { stdio: ['ignore', log.fd, log.fd] }));
    await log.close();
  };
  try {
    const map = join(home, 'monmap');
    await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', address, map]);
    await ceph('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map);
    await start('ceph-mon', '-i', 'a');
    const osd = randomUUID();
    await ceph('ceph', 'osd', 'new', osd);
    await ceph('ceph-osd', '--mkfs', '-i', '0', '--osd-uuid', osd);
    await start('ceph-osd', '-i', '0');
    await start('radosgw', '-n', 'client.rgw');
    const origin = `http://127.0.0.1:${gateway}`;
    await answers(origin);
    const user = {
      accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secret: randomBytes(30).toString('base64'),
    };
    await makeUser((...args) => ceph('radosgw-admin', ...args), user);
    const roleArn = `arn:aws:iam:::role/${STS_ROLE}`;
    const [host, tlsHost] = [`127.0.0.1:${gateway}`, `127.0.0.1:${gatewayTls}`];
    return { origin, host, tlsOrigin: `https://${tlsHost}`, tlsHost, ...user, roleArn, stop };
  } catch (thrown) {
    const log = await readFile(join(home, 'radosgw.out'), 'utf8').catch(() => '');
    await stop();
    throw new Error(`Ceph did not start: ${log.slice(-2000)}`, { cause: thrown });
  }
}

async function makeUser(
  admin: (...args: string[]) => Promise<unknown>,
  user: { readonly accessKeyId: string; readonly secret: string },
): Promise<void> {
  const keys = ['--access-key', user.accessKeyId, '--secret-key', user.secret];
  await admin('user', 'create', '--uid', 'tester', '--display-name', 'tester', ...keys);
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: ['arn:aws:iam:::user/tester'] }, Action: ['sts:AssumeRole'] },
    ],
  };
  const allowed = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['s3:*'], Resource: 'arn:aws:s3:::*' }],
  };
  const role = ['--role-name', STS_ROLE];
  await admin('role', 'create', ...role, '--path', '/', '--assume-role-policy-doc', JSON.stringify(trust));
  await admin('role-policy', 'put', ...role, '--policy-name', 'all', '--policy-doc', JSON.stringify(allowed));
}

async function answers(origin: string): Promise<void> {
  const until = Date.now() + START_MS_MAX;
  for (;;) {
    const status = await fetch(origin).then(
      (answer) => answer.status,
      () => undefined,
    );
    if (status === 200) return;
    if (Date.now() > until) throw new Error(`${origin} does not answer`);
    await sleep(200);
  }
}

/** All held until all are known, so that none comes twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Without keys among its own parts, one copy of everything, nothing on disk but maps and logs. */
const configuration = (
  home: string,
  of: { fsid: string; address: string; gateway: number; gatewayTls: number },
): string => `[global]
fsid = ${of.fsid}
mon host = ${of.address}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 1073741824
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 0
run dir = ${home}/run
admin socket = ${home}/run/$name.asok
pid file =
log file = ${home}/$name.log
keyring = ${home}/keyring
mon data = ${home}/mon
osd data = ${home}/osd
rgw data = ${home}/rgw
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:${of.gateway} ssl_endpoint=127.0.0.1:${of.gatewayTls} ssl_certificate=${CERTIFICATE} ssl_private_key=${CERTIFICATE_KEY}
rgw sts key = ${randomBytes(8).toString('hex')}
rgw s3 auth use sts = true
rgw thread pool size = 32
rgw run sync thread = false
rgw enable gc threads = false
rgw enable lc threads = false
`;
