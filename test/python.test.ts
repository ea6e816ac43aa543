/**
 * The Python SDK: its own tests against a real vault, each told as a test of its own, its types, its style, and its package.
 * The environment is made before the tests, whose time is bounded.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CEPH_CA_FILE, type Ceph, skipWithoutCeph, startCeph } from './ceph-rig.ts';
import { findPython, pythonDir, type Python } from './python-rig.ts';
import { startVault, stopPostgres } from './vault.ts';

/** What upstreams of these names are called by, as in the examples of the documents. */
const HOSTS = [
  'api.openai.com',
  'api.example.com',
  's3.us-west-2.amazonaws.com',
  'my-bucket.s3.us-west-2.amazonaws.com',
];

/** One line of what pytest reports. */
interface Report {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly why: string;
}

const python = await findPython();
const directory = mkdtempSync(join(tmpdir(), 'alter-python-'));
after(() => rmSync(directory, { recursive: true, force: true }));

if ('missing' in python) {
  test('the Python SDK', { skip: python.missing }, () => undefined);
} else {
  tell(await runPytest(python));

  test('the Python SDK type-checks in strict mode', async () => {
    const { code, output } = await python.run(['-m', 'mypy', '--cache-dir', join(directory, 'mypy')]);
    assert.equal(code, 0, output);
  });

  test('the Python SDK is formatted, and its linter finds nothing', async () => {
    for (const args of [['check'], ['format', '--check']]) {
      const { code, output } = await python.run(['-m', 'ruff', ...args, '--no-cache', '.']);
      assert.equal(code, 0, output);
    }
  });

  test('the package of the Python SDK builds, and holds its types', async () => {
    const dist = join(directory, 'dist');
    const built = await python.run(['-m', 'build', '--no-isolation', '--outdir', dist]);
    assert.equal(built.code, 0, built.output);
    const wheel = join(dist, 'alter_sdk-0.1.0-py3-none-any.whl');
    assert.ok(existsSync(wheel) && existsSync(join(dist, 'alter_sdk-0.1.0.tar.gz')));
    const target = join(directory, 'installed');
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-index', '--target', target, wheel];
    const installed = await python.run(pip);
    assert.equal(installed.code, 0, installed.output);
    assert.ok(existsSync(join(target, 'alter_sdk/py.typed')));
    const shown = 'import alter_sdk, alter_sdk.sync; print(alter_sdk.__file__, alter_sdk.__version__)';
    const ran = await python.run(['-P', '-c', shown], { PYTHONPATH: target });
    assert.equal(ran.output.trim(), `${join(target, 'alter_sdk/__init__.py')} 0.1.0`);
    const metadata = readFileSync(join(target, 'alter_sdk-0.1.0.dist-info/METADATA'), 'utf8');
    assert.deepEqual(
      metadata.match(/^Requires-Dist: .*$/gm)?.filter((line) => !line.includes('extra ==')),
      ['Requires-Dist: httpx<1,>=0.27'],
    );
  });
}

/** pytest against a vault that trusts authorities of the tests, and finds the hosts of the examples on this machine; and against Ceph. */
async function runPytest(from: Python): Promise<{ reports: Report[]; code: number | null; output: string }> {
  const tls = join(directory, 'tls');
  const made = await from.run(['-c', 'import os, sys; os.makedirs(sys.argv[1])', tls]);
  assert.equal(made.code, 0, made.output);
  const certificates = await from.run(['-m', 'trustme', '-q', '-d', tls, '-i', '127.0.0.1', ...HOSTS]);
  assert.equal(certificates.code, 0, certificates.output);
  const authorities = join(tls, 'authorities.pem');
  writeFileSync(
    authorities,
    readFileSync(join(tls, 'client.pem'), 'utf8') + readFileSync(CEPH_CA_FILE, 'utf8'),
  );
  const port = await freePort();
  const noCeph = await skipWithoutCeph();
  const ceph = noCeph === false ? await startCeph() : undefined;
  const vault = await startVault({
    env: {
      ALTER_EGRESS_CA_FILE: authorities,
      ALTER_EGRESS_RESOLVE: HOSTS.map((host) => `${host}:443=127.0.0.1:${port}`).join(','),
    },
  });
  try {
    const report = join(directory, 'reports');
    const urls = join(directory, 'urls');
    const ran = await from.run(['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], {
      ALTER_TEST_VAULT: vault.url,
      ALTER_TEST_TOKEN: vault.token,
      ALTER_TEST_TLS: tls,
      ALTER_TEST_TLS_PORT: String(port),
      ALTER_TEST_REPORT: report,
      ALTER_TEST_URLS: urls,
      ...(ceph === undefined ? { ALTER_TEST_NO_CEPH: String(noCeph) } : { ALTER_TEST_CEPH: told(ceph) }),
    });
    const lines = existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n') : [];
    // The reporter of these lines is ours.
    const reports = lines.map((line) => JSON.parse(line) as Report);
    return { reports: [...reports, judgeUrls(urls)], ...ran };
  } finally {
    await vault.stop();
    await ceph?.stop();
    await stopPostgres();
  }
}

/** As the tests in Python read it. */
function told(ceph: Ceph): string {
  const { origin, host, tlsOrigin, tlsHost, accessKeyId, secret, roleArn } = ceph;
  return JSON.stringify({
    origin,
    host,
    tls_origin: tlsOrigin,
    tls_host: tlsHost,
    ca_file: CEPH_CA_FILE,
    access_key_id: accessKeyId,
    secret,
    role_arn: roleArn,
  });
}

/** S11: what the SDK made of chance, this runtime's URL parser reads as the same URL. */
function judgeUrls(path: string): Report {
  const hrefs = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  const other = hrefs.filter((href) => new URL(href).href !== href);
  const isRight = hrefs.length > 1000 && other.length === 0;
  const why = `of ${hrefs.length} URLs: ${other.slice(0, 5).join(' ')}`;
  return { name: 'S11: two parsers read the same URL', outcome: isRight ? 'passed' : 'failed', why };
}

function tell({ reports, code, output }: Awaited<ReturnType<typeof runPytest>>): void {
  for (const { name, outcome, why } of reports) {
    test(name, outcome === 'skipped' ? { skip: why } : {}, () => assert.equal(outcome, 'passed', why));
  }
  test('pytest ran to its end', () => {
    assert.ok(code === 0 || code === 1, output);
    assert.ok(reports.length > 100, `${reports.length} tests in ${pythonDir}: ${output}`);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : assert.fail('no port');
}
