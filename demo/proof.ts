/** The demo's story, second half: the log is read, exported, verified offline and tampered with; the disk is searched. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { verifyExport, type VerifyResult } from '../packages/cli/src/audit-verify.ts';
import { STORED } from './calls.ts';
import { asRow, type ControlPlane, type Row } from './control-plane.ts';
import { valuesOf, type Credentials } from './credentials.ts';
import { cyan, dim, expect, heading, note, print, red, table, yellow } from './terminal.ts';
import type { VaultProcess } from './vault-process.ts';

const AUDIT_ROWS_SHOWN = 12;
/** Events are in the signed tree within a second; a loaded machine gets more time. */
const INTEGRATION_MS = 10_000;
const OUTCOMES_MS = 5_000;

/** Shows the latest calls; answers with the export. */
export async function showAudit(operator: ControlPlane): Promise<string> {
  heading(7, 'The audit log: who used which credential, when');
  const events = await completeEvents(operator);
  const names = new Map(
    (await operator.list('/v1/apps/default/secrets')).map(({ secret_id, name }) => [secret_id, String(name)]),
  );
  const calls = events.filter(({ kind }) => String(kind).startsWith('call.'));
  note(
    `${events.length} events, the latest ${AUDIT_ROWS_SHOWN} of the calls. Each was authorized on disk before it went out.`,
  );
  table(
    ['TIME', 'EVENT', 'CALLER', 'SECRET', 'MODE', 'RESULT'],
    calls
      .slice(0, AUDIT_ROWS_SHOWN)
      .toReversed()
      .map((event) => [
        dim(String(event['at']).slice(11, 23)),
        paintKind(String(event['kind'])),
        textOf(asRow(event['actor'])['caller']),
        names.get(event['secret_id']) ?? '-',
        textOf(event['mode']),
        resultOf(event),
      ]),
  );
  const count = (kind: string): number => calls.filter((event) => event['kind'] === kind).length;
  const authorized = count('call.authorized');
  const held = count('call.held');
  const completed = count('call.completed');
  const denied = count('call.denied');
  const isComplete = authorized === STORED.length * 2 + 8 && held === 1 && denied === 5;
  expect(
    isComplete && completed === authorized,
    `${authorized} calls authorized, ${held} held, ${completed} completed, ${denied} denied: none is missing.`,
  );
  const echoes = calls.filter(({ flags }) => Array.isArray(flags) && flags.includes('secret_echoed'));
  expect(echoes.length === 1, 'The echo that the vault replaced is flagged.');
  return integratedExport(operator, events.length);
}

/** Outcomes are written behind the answers: the last ones may come a moment later. */
async function completeEvents(operator: ControlPlane): Promise<readonly Row[]> {
  for (const deadline = performance.now() + OUTCOMES_MS; ; await pause(50)) {
    const events = await operator.list('/v1/apps/default/audit?limit=200');
    const count = (kind: string): number => events.filter((event) => event['kind'] === kind).length;
    if (count('call.authorized') === count('call.completed') || performance.now() > deadline) return events;
  }
}

function paintKind(kind: string): string {
  const word = kind.replace('call.', '');
  if (word === 'denied') return yellow(word);
  return word === 'authorized' ? cyan(word) : word;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '-');

function resultOf(event: Row): string {
  const flags = Array.isArray(event['flags']) ? event['flags'].map(String) : [];
  const result = event['code'] ?? event['status_code'] ?? event['decision'];
  return [String(result), ...flags].join('  ');
}

/** The export once all of these events are under a signed checkpoint. */
async function integratedExport(operator: ControlPlane, events: number): Promise<string> {
  for (const deadline = performance.now() + INTEGRATION_MS; ; await pause(100)) {
    const text = await operator.text('/v1/apps/default/audit/export?format=ndjson');
    const numbered = linesOf(text).filter(
      (line) => line['canonical'] !== undefined && line['leaf_index'] !== null,
    );
    if (numbered.length >= events) return text;
    if (performance.now() > deadline) throw new Error('the events did not get into the log in time');
  }
}

/** The six values in every file of the data directory, database and write-ahead log included. */
export async function searchDisk(vault: VaultProcess, credentials: Credentials): Promise<void> {
  heading(8, 'What a stolen disk shows');
  const files = await readdir(vault.directory, { recursive: true, withFileTypes: true });
  let bytes = 0;
  let found = 0;
  let control = 0;
  for (const file of files.filter((entry) => entry.isFile())) {
    const content = await readFile(join(file.parentPath, file.name)).catch(() => Buffer.alloc(0));
    bytes += content.length;
    found += valuesOf(credentials).filter((value) => content.includes(value)).length;
    if (content.includes('the contract ended')) control += 1;
  }
  const mib = Math.round(bytes / 1024 / 1024);
  expect(
    found === 0,
    `The ${valuesOf(credentials).length} values stand in none of ${files.length} files, ${mib} MiB.`,
  );
  expect(control > 0, `The same search finds the revoke's reason, so it would have found them.`);
}

export async function verifyOffline(
  operator: ControlPlane,
  vault: VaultProcess,
  exported: string,
): Promise<void> {
  heading(9, 'The log, exported and verified without the server');
  const file = join(vault.directory, 'audit.ndjson');
  await writeFile(file, exported);
  const checkpoint = linesOf(exported).findLast((line) => typeof line['checkpoint'] === 'string')?.[
    'checkpoint'
  ];
  const proof = { checkpoint: String(checkpoint), publicKey: await operator.text('/v1/audit/public-key') };
  const verify = async (): Promise<VerifyResult> =>
    verifyExport({ lines: asyncLines(await readFile(file, 'utf8')), ...proof });

  const whole = await verify();
  expect(
    whole.ok,
    whole.ok ? `${whole.events} events under a signed head of ${whole.size} leaves.` : whole.problem,
  );

  const denied = linesOf(exported).find((line) => line['kind'] === 'call.denied');
  const before = JSON.stringify(denied);
  await writeFile(file, exported.replace(before, JSON.stringify({ ...denied, code: 'policy_denied' })));
  const changed = await verify();
  const isNamed = !changed.ok && changed.problem.includes(String(denied?.['event_id']));
  expect(isNamed, 'One word of one event changed in the file. The verifier says:');
  show(changed);

  await writeFile(file, exported.replace(`${before}\n`, ''));
  const removed = await verify();
  expect(
    !removed.ok && removed.leafIndex === denied?.['leaf_index'],
    'The event taken out. The verifier says:',
  );
  show(removed);
}

/** The verifier's word, on a line of its own. */
function show(result: VerifyResult): void {
  print(`     ${result.ok ? red('nothing found') : yellow(result.problem)}`);
}

function linesOf(text: string): Row[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => asRow(JSON.parse(line)));
}

async function* asyncLines(text: string): AsyncGenerator<string> {
  yield* text.split('\n');
}
