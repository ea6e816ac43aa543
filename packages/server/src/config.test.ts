import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { ConfigError, describeSettings, publicOrigin, readConfig } from './config.ts';
import { nearest } from './nearest.ts';

const ROOT_KEY = Buffer.alloc(32, 7).toString('base64');

/** The settings that the problems name, in order. */
function refused(env: Record<string, string>): string[] {
  try {
    readConfig(env);
  } catch (thrown) {
    assert.ok(thrown instanceof ConfigError, String(thrown));
    return thrown.problems.map((problem) => problem.split(' ')[0] ?? '');
  }
  return [];
}

test('an empty environment gives the defaults of the wire', () => {
  const config = readConfig({ PATH: '/bin', HOME: '/root' });
  assert.equal(config.host, '127.0.0.1');
  assert.equal(config.port, 7400);
  assert.equal(config.dataDir, './data');
  assert.equal(config.heldBodyBytesMax, 10 * 1024 * 1024);
  assert.equal(config.workers, 1);
  assert.equal(config.bootstrapTokenHours, 24);
  assert.deepEqual(config.database, { kind: 'embedded' });
  assert.deepEqual(config.rootKey, { kind: 'file', path: 'data/root.key', mayCreate: true });
  assert.equal(config.previousRootKey, undefined);
  assert.equal(config.bootstrapToken, undefined);
  assert.deepEqual(config.egressAllow, []);
  assert.equal(config.egressResolve.size, 0);
  assert.equal(config.responseBytesMax, undefined);
  assert.equal(config.auditRetentionMonths, undefined);
  assert.equal(publicOrigin(config, 7400), 'http://127.0.0.1:7400');
  assert.ok(Object.isFrozen(config));
});

test('set but empty counts as not set', () => {
  assert.deepEqual(readConfig({ ALTER_DATABASE_URL: '', ALTER_PORT: ' ' }), readConfig({}));
});

test('an unknown name is refused with the nearest one', () => {
  assert.throws(() => readConfig({ ALTER_EGRES_ALOW: '10.0.0.0/8' }), /ALTER_EGRESS_ALLOW/);
  assert.throws(() => readConfig({ ALTER_ROOTKEY: ROOT_KEY }), /ALTER_ROOT_KEY\?/);
  assert.deepEqual(refused({ ALTER_: '1' }), ['ALTER_']);
});

test('the names of the SDKs and the command line are known and ignored', () => {
  const env = { ALTER_API_KEY: 'x', ALTER_BASE_URL: 'x', ALTER_TOKEN: 'x', ALTER_AGENT_KEY: 'x' };
  assert.deepEqual(readConfig(env), readConfig({}));
});

test('all problems are told at once', () => {
  const env = { ALTER_PORT: 'eighty', ALTER_WORKERS: '0', ALTER_NONSENSE: '1', ALTER_ROOT_KEY: 'short' };
  assert.deepEqual(refused(env), ['ALTER_NONSENSE', 'ALTER_PORT', 'ALTER_WORKERS', 'ALTER_ROOT_KEY']);
});

for (const [name, bad, good] of [
  ['ALTER_PORT', ['-1', '65536', '7400.0', '1e3', '0x10'], ['0', '65535']],
  ['ALTER_WORKERS', ['0', '65', 'many'], ['1', '64']],
  ['ALTER_HOST', ['example.com', '[::1]', '127.0.0.1:80', '127.1'], ['::1', 'localhost', '127.0.0.2']],
  [
    'ALTER_PUBLIC_URL',
    [
      'vault.example.com',
      'ftp://a.example',
      'http://vault.example.com',
      'https://a@b.example',
      'https://a.example/x',
      'https://a.example/?q',
    ],
    ['https://vault.example.com', 'http://127.0.0.1:80', 'http://[::1]:7400', 'http://localhost:3000'],
  ],
  [
    'ALTER_EGRESS_ALLOW',
    ['10.0.0.1/8', '10.0.0.0', '010.0.0.0/8', '10.0.0.0/33', '::1/127', 'localhost'],
    ['127.0.0.0/8', '10.0.0.0/8, fd00::/8', '::1/128'],
  ],
  ['ALTER_TRUSTED_PROXIES', ['10.0.0.1/24', 'x'], ['10.0.0.1/32', '2001:db8::/32']],
  [
    'ALTER_DATABASE_URL',
    ['mysql://a/b', 'localhost:5432', 'nonsense'],
    ['postgresql://a:b@c/d', 'postgres://c/d'],
  ],
  [
    'ALTER_REDIS_URL',
    ['http://a:6379', 'localhost:6379', 'redis://', 'redis://a/x', 'redis://a?x=1', 'rediss://a#x'],
    ['redis://a', 'redis://a:6379/2', 'rediss://user:password@redis.internal:6380', 'redis://:p@[::1]:6379/'],
  ],
  ['ALTER_ROOT_KEY', [ROOT_KEY.slice(0, -4), ROOT_KEY.replace('=', ''), `${ROOT_KEY}AA`, 'ÿ'], [ROOT_KEY]],
  [
    'ALTER_BOOTSTRAP_TOKEN',
    [`alter_pat_${'x'.repeat(31)}`, 'x'.repeat(50), `alter_pat_${'x'.repeat(32)}!`],
    [`alter_pat_${'x'.repeat(32)}`],
  ],
  ['ALTER_BOOTSTRAP_TOKEN_HOURS', ['0', '8761'], ['1']],
  ['ALTER_OIDC_SCOPES', ['email profile', 'openid "x"', 'openid é'], ['openid', ' openid  email groups ']],
  ['ALTER_OIDC_NAME', ['x'.repeat(41), 'a\nb', '\u202Eb'], ['Example ID', 'Dépôt']],
  ['ALTER_OIDC_ROLE', ['owner', 'admin', 'x'], ['developer', 'approver', 'auditor']],
  ['ALTER_LOG_LEVEL', ['loud', 'INFO'], ['debug', 'silent']],
  [
    'ALTER_EGRESS_RESOLVE',
    [
      'a.example=8.8.8.8:443',
      'a.example:443=8.8.8.8',
      'a.example:443=b.example:443',
      'a.example:0=8.8.8.8:443',
      'a.example:443=8.8.8.8:65536',
      'a.example:443=::1:443',
      'a/b:443=8.8.8.8:443',
      'a.example:443=8.8.8.8:1,A.example:443=8.8.8.8:2',
      'a.example:443=010.8.8.8:443',
    ],
    ['a.example:443=8.8.8.8:8443', '[2606:4700::1]:443=[2606:4700::2]:443'],
  ],
] as const) {
  test(`${name} takes only what it says`, () => {
    for (const value of bad) assert.deepEqual(refused({ [name]: value }), [name], value);
    for (const value of good) assert.deepEqual(refused({ [name]: value }), [], value);
  });
}

test('another address than loopback needs an https public URL', () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
    assert.deepEqual(refused({ ALTER_HOST: host }), ['ALTER_HOST']);
    assert.deepEqual(refused({ ALTER_HOST: host, ALTER_PUBLIC_URL: 'http://localhost:7400' }), [
      'ALTER_HOST',
    ]);
    assert.deepEqual(refused({ ALTER_HOST: host, ALTER_PUBLIC_URL: 'https://vault.example.com' }), []);
  }
});

test('I7 a fixed address must be public or allowed, and never a metadata address', () => {
  const resolve = (address: string, allow = ''): string[] =>
    refused({ ALTER_EGRESS_RESOLVE: `api.example.com:443=${address}:8443`, ALTER_EGRESS_ALLOW: allow });
  assert.deepEqual(resolve('127.0.0.1'), ['ALTER_EGRESS_RESOLVE']);
  assert.deepEqual(resolve('127.0.0.1', '10.0.0.0/8'), ['ALTER_EGRESS_RESOLVE']);
  assert.deepEqual(resolve('127.0.0.1', '127.0.0.0/8'), []);
  assert.deepEqual(resolve('[::1]', '::1/128'), []);
  assert.deepEqual(resolve('169.254.169.254', '0.0.0.0/0'), ['ALTER_EGRESS_RESOLVE']);
  assert.deepEqual(resolve('93.184.216.34'), []);
});

test('S12 a resolution is found by the host as a parsed target has it', () => {
  const { egressResolve } = readConfig({
    ALTER_EGRESS_RESOLVE:
      'API.Example.com:443=[::1]:8443, bücher.example:80=127.0.0.1:81, [2606:4700:0::1]:443=[::1]:82',
    ALTER_EGRESS_ALLOW: '::1/128,127.0.0.0/8',
  });
  assert.deepEqual(egressResolve.get('api.example.com:443'), { address: '::1', port: 8443 });
  assert.deepEqual(egressResolve.get('2606:4700::1:443'), { address: '::1', port: 82 });
  assert.deepEqual(egressResolve.get('xn--bcher-kva.example:80'), { address: '127.0.0.1', port: 81 });
});

test('settings that contradict each other are refused', () => {
  const url = 'postgresql://a:b@c/d';
  assert.deepEqual(refused({ ALTER_DATABASE_OWNER_URL: url }), ['ALTER_DATABASE_OWNER_URL']);
  assert.deepEqual(refused({ ALTER_ROOT_KEY: ROOT_KEY, ALTER_ROOT_KEY_FILE: '/k' }), ['ALTER_ROOT_KEY']);
  assert.deepEqual(refused({ ALTER_PREVIOUS_ROOT_KEY: ROOT_KEY, ALTER_PREVIOUS_ROOT_KEY_FILE: '/k' }), [
    'ALTER_PREVIOUS_ROOT_KEY',
  ]);
  for (const set of [
    { ALTER_OIDC_CLIENT_ID: 'vault' },
    { ALTER_OIDC_ISSUER: 'https://id.example.com' },
    { ALTER_OIDC_CLIENT_SECRET_FILE: '/s' },
    { ALTER_OIDC_DOMAINS: 'example.com' },
  ])
    assert.equal(refused(set).length, 1, JSON.stringify(set));
  const single = { ALTER_OIDC_CLIENT_ID: 'vault', ALTER_OIDC_CLIENT_SECRET_FILE: '/s' };
  for (const issuer of ['https://id.example.com', 'https://id.example.com/realms/a/'])
    assert.equal(readConfig({ ...single, ALTER_OIDC_ISSUER: issuer }).oidcIssuer, issuer);
  for (const issuer of [
    'http://id.example.com',
    'id.example.com',
    'https://a:b@id.example.com',
    'https://id.example.com?x',
    'https://id.example.com/#x',
    `https://id.example.com/${'x'.repeat(512)}`,
  ])
    assert.ok(refused({ ...single, ALTER_OIDC_ISSUER: issuer }).includes('ALTER_OIDC_ISSUER'), issuer);
  for (const domains of ['example', '@example.com', 'example.com;', 'https://example.com'])
    assert.deepEqual(
      refused({ ...single, ALTER_OIDC_ISSUER: 'https://id.example.com', ALTER_OIDC_DOMAINS: domains }),
      ['ALTER_OIDC_DOMAINS'],
    );
  const config = readConfig({
    ALTER_DATABASE_URL: url,
    ALTER_DATABASE_OWNER_URL: url,
    ALTER_ROOT_KEY_FILE: '/k',
  });
  assert.equal(config.database.kind, 'external');
  assert.deepEqual(config.rootKey, { kind: 'file', path: '/k', mayCreate: false });
});

test('I8 neither the config nor a problem shows a secret', () => {
  const canary = 'c4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ry';
  const good = {
    ALTER_DATABASE_URL: `postgresql://u:${canary}@h/d`,
    ALTER_REDIS_URL: `rediss://u:${canary}@h`,
    ALTER_BOOTSTRAP_TOKEN: `alter_pat_${canary}`,
  };
  const config = readConfig({ ...good, ALTER_ROOT_KEY: ROOT_KEY });
  const shown = `${JSON.stringify(config)}${inspect(config, { depth: 9 })}${String(config)}`;
  assert.ok(!shown.includes(canary) && !shown.includes(ROOT_KEY));
  const bad = {
    ALTER_DATABASE_URL: `u:${canary}@h`,
    ALTER_REDIS_URL: `redis://u:${canary}@h/x`,
    ALTER_ROOT_KEY: canary,
    ALTER_BOOTSTRAP_TOKEN: canary,
  };
  assert.throws(
    () => readConfig(bad),
    (thrown) =>
      thrown instanceof ConfigError && thrown.problems.length === 4 && !inspect(thrown).includes(canary),
  );
});

test('whatever stands in the environment, the answer is a config or a ConfigError', () => {
  const names = describeSettings().map((one) => one.name);
  const environment = fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(environment, (env) => {
      try {
        readConfig(env);
      } catch (thrown) {
        assert.ok(thrown instanceof ConfigError);
      }
    }),
  );
});

test('the nearest word is the one with the fewest edits', () => {
  assert.equal(nearest('hots', ['port', 'host', 'workers']), 'host');
  assert.equal(nearest('', ['abc', 'ab']), 'ab');
});
