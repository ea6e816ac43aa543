/** The SDK as it is published: built, installed beside a program, and run by each Node that is here. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Answer, API_KEY, CANARY, GRANT, sendJson, startServer, startVault } from './sdk-harness.ts';

const repo = fileURLToPath(new URL('../', import.meta.url));
const sdk = join(repo, 'packages/sdk');
const home = mkdtempSync(join(tmpdir(), 'alter-sdk-'));
const installed = join(home, 'node_modules/@alter-vault/sdk');

before(() => {
  mkdirSync(installed, { recursive: true });
  const bin = (name: string): string => join(repo, 'node_modules/.bin', name);
  const build = (file: string, args: string[]): void =>
    void execFileSync(process.execPath, [file, ...args], { cwd: sdk, stdio: 'pipe' });
  build(bin('tsdown'), ['--out-dir', installed, '--no-clean']);
  build(join(sdk, 'build/manifest.ts'), [installed]);
});
after(() => rmSync(home, { recursive: true, force: true }));

/** Node as the system has it, where that is an older one than ours. */
function systemNode(): { path: string; version: string } | undefined {
  const path = ['/usr/bin/node', '/usr/local/bin/node'].find((candidate) => existsSync(candidate));
  if (path === undefined) return undefined;
  return { path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim() };
}

const older = systemNode();
const olderMajor = Number(/^v(\d+)/.exec(older?.version ?? '')?.[1] ?? Number.NaN);
const skipOlder =
  olderMajor < 24 ? false : `needs a system Node below 24; here is ${older?.version ?? 'none'}`;
const NODES = [
  { name: process.version, path: process.execPath, skip: false as string | false },
  { name: "the system's Node", path: older?.path ?? '', skip: skipOlder },
];

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program of the user's in the directory where the package is installed. */
async function run(node: string, file: string, source: string, env: Record<string, string>): Promise<Ended> {
  writeFileSync(join(home, file), source);
  const child = spawn(node, [join(home, file)], {
    env: { PATH: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

const PROGRAM = `
async function main(sdk) {
  const vault = new sdk.App();
  const response = await vault.request(sdk.HttpMethod.POST, process.env.TARGET, { grantId: '${GRANT}', json: { a: 1 } });
  const form = new FormData();
  form.set('a', 'b');
  const proxied = await vault.proxyRequest('POST', process.env.TARGET, { grantId: '${GRANT}', body: form });
  const refused = await vault.request('GET', 'https://u@a.example/', { grantId: 'x' }).catch((error) => error);
  console.log(JSON.stringify([await response.text(), response instanceof Response, await proxied.text(), refused instanceof sdk.InvalidRequestError, refused.name]));
  await vault[Symbol.asyncDispose]();
}
`;
const FORMATS = [
  ['esm.mjs', `import * as sdk from '@alter-vault/sdk';\n${PROGRAM}\nawait main(sdk);`],
  ['commonjs.cjs', `const sdk = require('@alter-vault/sdk');\n${PROGRAM}\nmain(sdk);`],
] as const;

for (const { name, path, skip } of NODES) {
  for (const [file, source] of FORMATS) {
    test(`${file} runs under ${name}`, { skip }, async (t) => {
      const vault = await startVault(t);
      vault.proxy = (_seen, response) => void response.end('proxied');
      const upstream = await startServer(t, (_seen, response) => void response.end('direct'));
      const env = { ALTER_API_KEY: API_KEY, ALTER_BASE_URL: vault.url, TARGET: `${upstream.url}/x` };
      const { code, output } = await run(path, file, source, env);
      assert.deepEqual(
        [output.trim(), code],
        [JSON.stringify(['direct', true, 'proxied', true, 'InvalidRequestError']), 0],
      );
      assert.equal(vault.outcomes().length, 1);
    });
  }

  const ends = [
    ['the event loop ends', '', 0],
    ['process.exit() is called', 'process.exit(3);', 3],
    ['the event loop ends where there are no threads', 'process.getBuiltinModule = undefined;', 0],
    ['an error is thrown', 'throw new Error("the program failed");', 1],
    [
      'a body was never read and process.exit() is called',
      'await vault.request("GET", process.env.TARGET, { grantId: "g" }); process.exit(5);',
      5,
    ],
  ] as const;
  for (const [how, statement, expectedCode] of ends) {
    test(`outcomes are reported when ${how}, under ${name}`, { skip }, async (t) => {
      const vault = await startVault(t);
      const upstream = await startServer(t, (_seen, response) => void response.end('direct'));
      const source = `
        import { App } from '@alter-vault/sdk';
        const vault = new App();
        await (await vault.request('GET', process.env.TARGET, { grantId: 'g' })).text();
        ${statement}`;
      const env = { ALTER_API_KEY: API_KEY, ALTER_BASE_URL: vault.url, TARGET: upstream.url };
      const { code } = await run(path, 'end.mjs', source, env);
      assert.equal(code, expectedCode);
      const told = new Set(vault.outcomes().map((outcome) => outcome['request_id']));
      const released = vault.seen.filter(({ url }) => url === '/v1/requests').length;
      assert.equal(told.size, released);
    });
  }

  test(`a batch without an answer is sent again in process.exit(), under ${name}`, { skip }, async (t) => {
    const vault = await startVault(t);
    const release: Answer = (_seen, response) => sendJson(response, 200, { request_id: 'r1', inject: {} });
    vault.first.push(release, () => undefined);
    const upstream = await startServer(t, (_seen, response) => void response.end('direct'));
    const source = `
        import { App } from '@alter-vault/sdk';
        const vault = new App();
        await (await vault.request('GET', process.env.TARGET, { grantId: 'g' })).text();
        setTimeout(() => process.exit(6), 900);`;
    const env = { ALTER_API_KEY: API_KEY, ALTER_BASE_URL: vault.url, TARGET: upstream.url };
    const { code } = await run(path, 'again.mjs', source, env);
    assert.deepEqual([code, vault.outcomes().map((outcome) => outcome['request_id'])], [6, ['r1', 'r1']]);
  });

  test(`R15: an unhandled rejection prints no credential and no key, under ${name}`, { skip }, async (t) => {
    const vault = await startVault(t);
    vault.inject = { headers: [['Authorization', `Bearer ${CANARY}`]], query: [['key', CANARY]] };
    const upstream = await startServer(t, (_seen, response) => void response.socket?.destroy());
    const source = `
      import { App } from '@alter-vault/sdk';
      const vault = new App();
      console.log(vault, JSON.stringify(vault));
      vault.request('GET', process.env.TARGET, { grantId: 'g' });`;
    const env = { ALTER_API_KEY: API_KEY, ALTER_BASE_URL: vault.url, TARGET: upstream.url };
    const { code, output } = await run(path, 'rejection.mjs', source, env);
    assert.equal(code, 1);
    assert.match(output, /UpstreamError/);
    assert.ok(!output.includes(CANARY) && !output.includes(API_KEY), output);
  });
}

test('an unread body is closed and reported when it is collected', async (t) => {
  const vault = await startVault(t);
  const upstream = await startServer(
    t,
    (_seen, response) => void response.writeHead(200).write('open '.repeat(10)),
  );
  const source = `
    import { App } from '@alter-vault/sdk';
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc');
    const vault = new App();
    await (async () => { await vault.request('GET', process.env.TARGET, { grantId: 'g' }); })();
    for (let i = 0; i < 10; i += 1) { gc(); await new Promise((done) => setTimeout(done, 20)); }
    await new Promise((done) => setTimeout(done, 700));
    process.kill(process.pid, 'SIGKILL');`;
  await run(process.execPath, 'collected.mjs', source, {
    ALTER_API_KEY: API_KEY,
    ALTER_BASE_URL: vault.url,
    TARGET: upstream.url,
  });
  assert.equal(vault.outcomes().length, 1);
});

test('the package holds what it names, depends on nothing, and is closed to deep imports', () => {
  const manifest: unknown = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  assert.ok(typeof manifest === 'object' && manifest !== null);
  assert.ok(!('dependencies' in manifest) && !('private' in manifest) && !('devDependencies' in manifest));
  assert.ok('files' in manifest && Array.isArray(manifest.files));
  for (const file of manifest.files) assert.ok(existsSync(join(installed, String(file))), String(file));
  const code =
    readFileSync(join(installed, 'index.js'), 'utf8') + readFileSync(join(installed, 'index.d.ts'), 'utf8');
  assert.doesNotMatch(code, /from ['"]|require\(['"](?!node:worker_threads)/);
});

test('the examples of the README compile against the published types, as ESM and for CommonJS', () => {
  const readme = readFileSync(join(sdk, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? '');
  assert.ok(examples.length >= 5);
  writeFileSync(join(home, 'package.json'), '{ "type": "module" }');
  examples.forEach((code, i) => writeFileSync(join(home, `example-${i}.ts`), code));
  const common =
    'import sdk = require("@alter-vault/sdk");\nexport const app: sdk.App = new sdk.AlterVault();\n';
  writeFileSync(join(home, 'example.cts'), common);
  if (!existsSync(join(home, 'node_modules/@types')))
    symlinkSync(join(repo, 'node_modules/@types'), join(home, 'node_modules/@types'));
  if (!existsSync(join(home, 'node_modules/undici-types')))
    symlinkSync(join(repo, 'node_modules/undici-types'), join(home, 'node_modules/undici-types'));
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    noEmit: true,
  };
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['example*'] }));
  const tsc = join(repo, 'node_modules/typescript/bin/tsc');
  try {
    execFileSync(process.execPath, [tsc, '-p', home], { stdio: 'pipe', encoding: 'utf8' });
  } catch (error) {
    assert.fail(error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error));
  }
});
