#!/usr/bin/env node
/**
 * Starts the vault. Plain JavaScript that old versions of Node can read: where the running one is
 * too old, the newer one that was installed with this package does the work.
 *
 * `packages/cli/bin/alter.js` has the same lines, on purpose: this must run before anything is known of the installation,
 * on a Node that can't read our other packages, which are TypeScript. So it imports nothing but what Node brings.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;
const USAGE = 2;
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  await import('../src/main.ts');
} else {
  const newer = findNewerNode(dirname(main));
  if (newer === undefined) {
    console.error(`alter-vault: Node ${NODE_MAJOR_MIN} or newer is needed, this is ${process.version}.`);
    console.error('hint: Run npm install in the repository, which brings one along, or update Node.');
    process.exitCode = USAGE;
  } else {
    run(newer);
  }
}

function findNewerNode(from) {
  for (let directory = from; ; directory = dirname(directory)) {
    const node = join(directory, 'node_modules', '.bin', 'node');
    if (existsSync(node)) return node;
    if (dirname(directory) === directory) return undefined;
  }
}

function run(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`alter-vault: ${node} could not be started (${error.code}).`);
    console.error('hint: Run npm install again, on this machine.');
    process.exitCode = USAGE;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 1;
    if (signal !== null) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
