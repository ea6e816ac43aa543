/**
 * Runs every gate of the repository, two at a time, with a line for each; the output of a gate shows only when it
 * is red. What each gate holds is said in CONTRIBUTING.md.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { repositoryRoot } from './sources.ts';

interface Gate {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

interface Result {
  readonly isGreen: boolean;
  readonly output: string;
}

const GATES_AT_ONCE = 2;

/** The slow ones first, so that the quick ones fill up the other place. */
const GATES: readonly Gate[] = [
  { name: 'package of the SDK', command: ['npm', 'run', '--silent', 'lint:package', '-w', 'packages/sdk'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'types of the portal', command: ['tsc', '-p', 'packages/portal'] },
  { name: 'unused', command: ['knip', '--no-progress'] },
  {
    name: 'imports',
    command: ['depcruise', '-c', '.dependency-cruiser.mjs', '--output-type', 'err', ...codeFolders()],
  },
  { name: 'lint', command: ['oxlint', '--type-aware'] },
  { name: 'catalogue', command: ['node', 'scripts/generate-catalog.ts', '--check'] },
  { name: 'settings', command: ['node', 'scripts/generate-settings.ts', '--check'] },
  { name: 'OpenAPI', command: ['node', 'scripts/generate-openapi.ts', '--check'] },
  { name: 'portal endpoints', command: ['node', 'scripts/generate-portal-endpoints.ts', '--check'] },
  { name: 'errors of Python', command: ['node', 'scripts/generate-python-errors.ts', '--check'] },
  { name: 'command line', command: ['node', 'scripts/generate-cli-docs.ts', '--check'] },
  { name: 'documents', command: ['node', 'scripts/check-docs.ts'] },
  { name: 'structure', command: ['node', 'scripts/check-structure.ts'] },
  { name: 'reach', command: ['node', 'scripts/check-reach.ts'] },
  { name: 'SQL names its app', command: ['node', 'scripts/check-sql.ts'] },
  { name: 'citations', command: ['node', 'scripts/check-citations.ts'] },
  { name: 'format', command: ['oxfmt', '--check'] },
];

/** dependency-cruiser refuses to look for a folder that is not there. */
function codeFolders(): string[] {
  return ['packages', 'scripts', 'test', 'bench', 'demo'].filter((folder) =>
    existsSync(new URL(folder, repositoryRoot)),
  );
}

const startedAt = performance.now();
const red = await runAll([...GATES]);
console.log(`\n${GATES.length - red.length} green, ${red.length} red, ${seconds(startedAt)}`);
if (red.length > 0) process.exitCode = 1;

async function runAll(waiting: Gate[]): Promise<Gate[]> {
  const redOnes: Gate[] = [];
  const worker = async (): Promise<void> => {
    for (let gate = waiting.shift(); gate !== undefined; gate = waiting.shift()) {
      const gateStartedAt = performance.now();
      const { isGreen, output } = await runGate(gate);
      console.log(`${isGreen ? '✓' : '✗'} ${gate.name.padEnd(20)}${seconds(gateStartedAt)}`);
      if (isGreen) continue;
      redOnes.push(gate);
      console.log(output.trim().replaceAll(/^/gm, '    '));
    }
  };
  await Promise.all(Array.from({ length: GATES_AT_ONCE }, worker));
  return redOnes;
}

function runGate({ command: [program, ...parameters] }: Gate): Promise<Result> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', (error) => resolve({ isGreen: false, output: error.message }));
    child.on('close', (code) => resolve({ isGreen: code === 0, output }));
  });
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
