/** R13: awscli, rclone and restic, whose requests the vault signs or makes, against Ceph: what other implementations of S3 clients send. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { skipWithoutCeph, startCeph, type Ceph } from './ceph-rig.ts';
import { startFront, type Front } from './s3-front.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

const run = promisify(execFile);
const REGION = 'us-east-1';
const NAMES = ['plain.txt', 'with space.txt', 'a+b.txt', 'é文😀.txt', "quote'(1)!.txt"];

const skip =
  (await skipWithoutCeph()) ||
  (await without('/usr/bin/aws')) ||
  (await without('rclone')) ||
  (await without('restic', 'version'));

async function without(program: string, ask = '--version'): Promise<string | false> {
  if (process.env['CI'] !== undefined) return false;
  return run(program, [ask]).then(
    () => false,
    () => `${program} is not installed (apt-get install awscli rclone restic)`,
  );
}

describe('tools that speak S3', { skip }, () => {
  let ceph: Ceph;
  let vault: TestVault;
  let home: string;
  let apiKey: string;
  let grantId: string;

  before(async () => {
    [ceph, vault] = await Promise.all([startCeph(), startVault()]);
    home = await mkdtemp(join(tmpdir(), 'alter-tools-'));
    apiKey = (await vault.key()).api_key;
    const credential = { access_key_id: ceph.accessKeyId, secret_access_key: ceph.secret };
    const injection = [{ in: 'aws_sigv4', service: 's3', region: REGION }];
    const more = { credential_type: 'aws_sigv4', injection };
    grantId = (await vault.secret(ceph.host, credential, more)).grant_id;
  });
  after(async () => {
    await vault?.stop();
    await ceph?.stop();
    await rm(home, { recursive: true, force: true });
    await stopPostgres();
  });

  const front = (mode: 'request' | 'proxy'): Promise<Front> =>
    startFront({ vault, apiKey, grantId, mode, origin: ceph.origin });

  /** Nothing of the user's own configuration, and keys that open nothing. */
  const env = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };

  async function folder(name: string): Promise<string> {
    const path = join(home, name);
    await mkdir(path, { recursive: true });
    for (const file of NAMES) await writeFile(join(path, file), `content of ${file}`);
    await writeFile(join(path, 'large.bin'), LARGE);
    return path;
  }
  /** Above the part size of either tool. */
  const LARGE = randomBytes(9 * 1024 * 1024);
  const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

  for (const mode of ['request', 'proxy'] as const) {
    test(`R13: awscli works in ${mode} mode: buckets, copies up and down in parts, lists, ranges, removal`, async () => {
      const at = await front(mode);
      const aws = async (...args: string[]): Promise<string> => {
        const options = {
          env: {
            ...env,
            HOME: home,
            AWS_ACCESS_KEY_ID: 'made-up',
            AWS_SECRET_ACCESS_KEY: 'made-up',
            AWS_DEFAULT_REGION: REGION,
            AWS_EC2_METADATA_DISABLED: 'true',
            AWS_PAGER: '',
          },
        };
        return (await run('/usr/bin/aws', ['--endpoint-url', at.origin, ...args], options)).stdout;
      };
      const bucket = `cli-${mode}`;
      const from = await folder(`cli-${mode}`);
      await aws('s3', 'mb', `s3://${bucket}`);
      await aws('s3', 'cp', '--recursive', '--quiet', from, `s3://${bucket}/in/`);
      const listed = JSON.parse(
        await aws('s3api', 'list-objects-v2', '--bucket', bucket, '--max-items', '100'),
      );
      assert.deepEqual(
        listed.Contents.map(({ Key }: { Key: string }) => Key).toSorted(),
        [...NAMES, 'large.bin'].map((name) => `in/${name}`).toSorted(),
      );
      const to = join(home, `cli-${mode}-back`);
      await aws('s3', 'sync', '--quiet', `s3://${bucket}/in/`, to);
      for (const name of NAMES) assert.equal(await readFile(join(to, name), 'utf8'), `content of ${name}`);
      assert.equal(hashOf(await readFile(join(to, 'large.bin'))), hashOf(LARGE));
      const part = join(home, 'part');
      await aws(
        's3api',
        'get-object',
        '--bucket',
        bucket,
        '--key',
        'in/a+b.txt',
        '--range',
        'bytes=0-6',
        part,
      );
      assert.equal(await readFile(part, 'utf8'), 'content');
      await aws(
        's3',
        'mv',
        '--quiet',
        `s3://${bucket}/in/with space.txt`,
        `s3://${bucket}/moved to+here.txt`,
      );
      await aws('s3', 'rb', '--force', `s3://${bucket}`);
      assert.ok(at.count() > 20);
      await at.stop();
    });

    test(`R13: rclone works in ${mode} mode: copies up and down, lists, reads, deletes`, async () => {
      const at = await front(mode);
      const rclone = async (...args: string[]): Promise<string> => {
        const options = {
          env: {
            ...env,
            HOME: home,
            RCLONE_CONFIG: join(home, 'rclone.conf'),
            RCLONE_CONFIG_S_TYPE: 's3',
            RCLONE_CONFIG_S_PROVIDER: 'Ceph',
            RCLONE_CONFIG_S_ENDPOINT: at.origin,
            RCLONE_CONFIG_S_REGION: REGION,
            RCLONE_CONFIG_S_ACCESS_KEY_ID: 'made-up',
            RCLONE_CONFIG_S_SECRET_ACCESS_KEY: 'made-up',
            RCLONE_S3_UPLOAD_CUTOFF: '6M',
            RCLONE_S3_CHUNK_SIZE: '5M',
          },
        };
        return (await run('rclone', args, options)).stdout;
      };
      const bucket = `rclone-${mode}`;
      const from = await folder(bucket);
      await rclone('mkdir', `s:${bucket}`);
      await rclone('copy', from, `s:${bucket}/in`);
      const listed = (await rclone('lsf', `s:${bucket}/in`)).trim().split('\n');
      assert.deepEqual(listed.toSorted(), [...NAMES, 'large.bin'].toSorted());
      assert.equal(await rclone('cat', `s:${bucket}/in/é文😀.txt`), 'content of é文😀.txt');
      const to = join(home, `${bucket}-back`);
      await rclone('copy', `s:${bucket}/in`, to);
      assert.equal(hashOf(await readFile(join(to, 'large.bin'))), hashOf(LARGE));
      await rclone('check', from, `s:${bucket}/in`);
      await rclone('moveto', `s:${bucket}/in/a+b.txt`, `s:${bucket}/moved a b.txt`);
      await rclone('purge', `s:${bucket}`);
      assert.ok(at.count() > 20);
      await at.stop();
    });
  }

  test('R13: restic, which signs each chunk of what it uploads, works in proxy mode: backs up, reads all of it, restores', async () => {
    const at = await front('proxy');
    const from = await folder('restic');
    const options = {
      env: {
        ...env,
        HOME: home,
        AWS_ACCESS_KEY_ID: 'made-up',
        AWS_SECRET_ACCESS_KEY: 'made-up',
        AWS_DEFAULT_REGION: REGION,
        RESTIC_PASSWORD: 'of the test',
        RESTIC_REPOSITORY: `s3:${at.origin}/restic`,
        RESTIC_CACHE_DIR: join(home, 'restic-cache'),
      },
    };
    const restic = (...args: string[]) =>
      run('restic', ['--option', 's3.bucket-lookup=path', ...args], options);
    await restic('init');
    await restic('backup', from);
    assert.ok(at.chunked() > 5, `${at.chunked()} uploads were in signed chunks`);
    await restic('check', '--read-data');
    const to = join(home, 'restic-back');
    await restic('restore', 'latest', '--target', to);
    for (const name of NAMES)
      assert.equal(await readFile(join(to, from, name), 'utf8'), `content of ${name}`);
    assert.equal(hashOf(await readFile(join(to, from, 'large.bin'))), hashOf(LARGE));
    await at.stop();
  });
});
