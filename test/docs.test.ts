/**
 * The documents, followed to the letter: the README's first five minutes are run in a shell against a vault that was
 * started from nothing, and examples in TypeScript compile. What a reader fills in is taken from what the commands print.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { schemas } from '@alter-vault/contract';
import { documents, examplesIn } from '../scripts/markdown.ts';
import { spawnVault, until, type RunningProcess } from './vault-process.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PASSWORD = 'correct horse battery staple';

/** What a placeholder stands for, as the commands print it. */
const PLACEHOLDERS: Readonly<Record<string, RegExp>> = {
  token: /\balter_pat_[\w-]+/,
  api_key: /\balter_key_app_[\w-]+/,
  grant_id: /grant_id\s+([0-9a-f-]{36})/,
};

let directory: string;
let shell: Shell | undefined;
let vault: RunningProcess | undefined;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'alter-docs-'));
  await chmod(directory, 0o711);
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
});
after(async () => {
  shell?.end();
  vault?.signal('SIGTERM');
  await vault?.ended;
  await rm(directory, { recursive: true, force: true });
});

test("the README's first five minutes work as they stand there", async () => {
  const running = spawnVault({ dataDir: join(directory, 'data') });
  vault = running;
  const tokenOf = (): string | undefined => /\balter_setup_[\w-]+/.exec(running.output())?.[0];
  await until('the vault prints its setup token', () => tokenOf() !== undefined, 40_000);
  const url = /listening on (http:[^"]+)/.exec(running.output())?.[1] ?? '';
  await writeFile(join(directory, 'answers'), `${tokenOf()}\n${PASSWORD}\n`);
  shell = new Shell(directory, { ALTER_BASE_URL: url });

  const port = await freePort();
  const outputs: string[] = [];
  const blocks = examplesIn('README.md').filter(({ mark }) => mark === 'run');
  assert.equal(blocks.length, 8);
  for (const { code, line } of blocks) {
    const filled = fill(code, outputs.join('\n'))
      .replaceAll('http://127.0.0.1:7400', url)
      .replaceAll('127.0.0.1:9000', `127.0.0.1:${port}`)
      .replaceAll('.listen(9000,', `.listen(${port},`);
    const input = code.includes('alter setup') ? 'answers' : '/dev/null';
    const { status, output } = await shell.run(filled, input);
    assert.equal(status, 0, `README.md:${line}\n${filled}\n${output}`);
    outputs.push(output);
  }
  const [, doctor = '', stranger = '', , , curl = '', sdk = '', audit = ''] = outputs;
  assert.doesNotMatch(doctor, /✗|fail/i);
  assert.match(stranger, /who are you\?/);
  assert.match(curl, /^welcome$/m);
  assert.equal(sdk.match(/mode: +welcome/g)?.length, 2);
  assert.match(audit, /call\.completed/);
  assert.match(audit, /is intact: 11 events/);
  assert.ok(!outputs.join('').includes('sk-example'), 'no command prints the credential');
});

test('examples in TypeScript compile', async () => {
  const examples = documents().flatMap((path) => examplesIn(path).filter(({ mark }) => mark === 'check'));
  assert.ok(examples.length > 0);
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  for (const [at, { code }] of examples.entries()) await writeFile(join(directory, `example-${at}.ts`), code);
  const config = { extends: join(ROOT, 'tsconfig.json'), include: ['example-*.ts'] };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  try {
    execFileSync(process.execPath, [compiler, '-p', directory], { stdio: 'pipe', encoding: 'utf8' });
  } catch (error) {
    assert.fail(error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error));
  }
});

test('examples of rules are rules, and each type has one', () => {
  const examples = documents().flatMap((path) => examplesIn(path).filter(({ mark }) => mark === 'rule'));
  const types = examples.map(({ code, path, line }) => {
    const rule = schemas.policyRule.safeParse(JSON.parse(code));
    assert.ok(rule.success, `${path}:${line}: ${rule.error?.message}`);
    return rule.data.type;
  });
  const all = schemas.policyRule.options.flatMap(({ shape: { type } }) =>
    'values' in type ? [...type.values] : [...type.options],
  );
  assert.deepEqual(
    all.filter((type) => !types.includes(type)),
    [],
  );
});

test('every example that is marked is run or compiled by a test', () => {
  const marked = documents().flatMap((path) => examplesIn(path).filter(({ mark }) => mark !== ''));
  const isCovered = ({ language, mark, path }: (typeof marked)[number]): boolean =>
    language === 'ts' || language === 'json'
      ? mark === (language === 'ts' ? 'check' : 'rule')
      : mark === 'run' && path === 'README.md';
  assert.deepEqual(
    marked.filter((one) => !isCovered(one)).map(({ path, line }) => `${path}:${line}`),
    [],
  );
});

function fill(code: string, printed: string): string {
  return code.replaceAll(/<([a-z_]+)>/g, (_whole, name: string) => {
    const match = PLACEHOLDERS[name]?.exec(printed);
    const value = match?.[1] ?? match?.[0];
    assert.ok(value !== undefined, `nothing was printed that <${name}> can stand for:\n${printed}`);
    return value;
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

/** One shell for all blocks, as one terminal is. */
class Shell {
  readonly #child: ChildProcessWithoutNullStreams;
  #output = '';
  #isOver = false;

  constructor(cwd: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn('bash', ['--norc'], { cwd, detached: true, env: { ...process.env, ...env } });
    const read = (chunk: Buffer): void => void (this.#output += chunk.toString());
    this.#child.stdout.on('data', read);
    this.#child.stderr.on('data', read);
    this.#child.on('close', () => (this.#isOver = true));
  }

  async run(code: string, input: string): Promise<{ status: number; output: string }> {
    this.#output = '';
    this.#child.stdin.write(`{ ${code}\n} < ${input}; printf '\\n--- %s ---\\n' $?\n`);
    const end = /\n--- (\d+) ---\n/;
    await until(`the block ends:\n${code}`, () => end.test(this.#output) || this.#isOver, 60_000);
    return { status: Number(end.exec(this.#output)?.[1] ?? -1), output: this.#output };
  }

  /** With what it left in the background. */
  end(): void {
    if (this.#child.pid !== undefined && !this.#isOver) process.kill(-this.#child.pid, 'SIGKILL');
  }
}
