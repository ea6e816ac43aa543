/**
 * Runs every test of the repository with node:test and says what passed, failed and was skipped, and why.
 * Never ends well when nothing ran: a file without a test fails, and in CI so does a skipped test.
 * Arguments narrow the run to files whose path holds one of them.
 */
import { globSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { inspect, stripVTControlCharacters } from 'node:util';

/** Two processes, for machines with two cores; more would only disturb the tests that measure time. */
const FILES_AT_ONCE = 2;
const TEST_TIMEOUT_MS = 120_000;
/** A file that hangs after its tests, with a socket or a child left open, is ended and counted as failed. */
const FILE_TIMEOUT_MS = 15 * 60_000;
const OUTPUT_LINES_MAX = 200;

interface Outcome {
  readonly file: string;
  readonly passed: string[];
  readonly failed: { readonly name: string; readonly why: string }[];
  readonly skipped: { readonly name: string; readonly why: string }[];
  readonly output: string[];
  readonly ms: number;
}

interface TestResult {
  readonly name: string;
  readonly nesting: number;
  readonly details: { readonly type?: 'suite' | 'test'; readonly error?: Error };
  readonly skip?: string | boolean | undefined;
  readonly todo?: string | boolean | undefined;
}

// Who looks after this run (test.ts) is gone: nobody else would end it.
process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
process.channel?.unref();

const isCi = process.env['CI'] === 'true';
const outcomes = await runAll(testFiles(process.argv.slice(2)));
process.exitCode = summarize(outcomes);

function testFiles(wanted: readonly string[]): string[] {
  return globSync(['packages/**/*.test.ts', 'test/**/*.test.ts'], {
    exclude: (path) => /(^|\/)(node_modules|dist)(\/|$)/.test(path),
  })
    .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
    .toSorted();
}

async function runAll(files: readonly string[]): Promise<Outcome[]> {
  const waiting = [...files];
  const done: Outcome[] = [];
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const outcome = await runFile(file);
      done.push(outcome);
      report(outcome);
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, worker));
  return done;
}

async function runFile(file: string): Promise<Outcome> {
  const outcome = {
    file,
    passed: [] as string[],
    failed: [] as Outcome['failed'],
    skipped: [] as Outcome['skipped'],
    output: [] as string[],
  };
  const startedAt = performance.now();
  const events = run({
    files: [file],
    isolation: 'process',
    timeout: TEST_TIMEOUT_MS,
    signal: AbortSignal.timeout(FILE_TIMEOUT_MS),
  });
  const path: string[] = [];
  events.on('test:stdout', ({ message }) => outcome.output.push(message));
  events.on('test:stderr', ({ message }) => outcome.output.push(message));
  events.on('test:start', ({ nesting, name }) => path.splice(nesting, Infinity, name));
  events.on('test:pass', (result) => count(result, outcome, path));
  events.on('test:fail', (result) => count(result, outcome, path));
  await finished(events.resume());
  return { ...outcome, ms: performance.now() - startedAt };
}

function count(result: TestResult, outcome: Omit<Outcome, 'ms'>, path: readonly string[]): void {
  const { error, type } = result.details;
  const name = [...path.slice(0, result.nesting), result.name].join(' › ');
  // A result that bears the name of its file is about the file: it broke, hung, or holds no test.
  const isFile = result.nesting === 0 && result.name === outcome.file;
  const mark = reasonOf(result.skip) ?? reasonOf(result.todo);
  if (error !== undefined && mark === undefined) {
    if (!isMerelyParent(error)) outcome.failed.push({ name, why: causeOf(error) });
  } else if (isFile) outcome.failed.push({ name, why: 'the file holds no test' });
  else if (type === 'suite') return;
  else if (mark !== undefined) outcome.skipped.push({ name, why: mark });
  else outcome.passed.push(name);
}

function reasonOf(mark: string | boolean | undefined): string | undefined {
  if (mark === undefined || mark === false) return undefined;
  return typeof mark === 'string' && mark !== '' ? mark : 'no reason given';
}

/** A suite or test that failed only because one inside it did is told once, by the one inside. */
function isMerelyParent(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed';
}

function causeOf(error: Error): string {
  const cause = error.cause ?? error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
}

function report(outcome: Outcome): void {
  const mark = outcome.failed.length > 0 ? '✗' : '✓';
  const skipped = outcome.skipped.length > 0 ? `, ${outcome.skipped.length} skipped` : '';
  const tests = `${outcome.passed.length} passed${skipped}`;
  console.log(`${mark} ${outcome.file}  ${tests}  ${(outcome.ms / 1000).toFixed(1)} s`);
  if (outcome.failed.length === 0) return;
  for (const { name, why } of outcome.failed) console.log(`  ✗ ${name}\n${indent(why)}`);
  if (outcome.output.length > 0) console.log(`  its output:\n${indent(outcome.output.join(''))}`);
}

function indent(text: string): string {
  const lines = stripVTControlCharacters(text).trimEnd().split('\n');
  const left = lines.length - OUTPUT_LINES_MAX;
  const shown = left > 0 ? [`… ${left} lines before`, ...lines.slice(left)] : lines;
  return shown.map((line) => `      ${line}`).join('\n');
}

/** Prints the totals; the last line is the one that machines read. Returns the exit code. */
function summarize(all: readonly Outcome[]): number {
  const of = <T>(pick: (outcome: Outcome) => readonly T[]) =>
    all.flatMap((outcome) => pick(outcome).map((item) => ({ file: outcome.file, item })));
  const passed = of((outcome) => outcome.passed).length;
  const failed = of((outcome) => outcome.failed);
  const skipped = of((outcome) => outcome.skipped);
  console.log('');
  for (const { file, item } of skipped) console.log(`skipped  ${file}  ${item.name}: ${item.why}`);
  if (isCi && skipped.length > 0) console.log('In CI nothing may be skipped: these count as failed.');
  for (const { file, item } of failed) console.log(`failed   ${file}  ${item.name}`);
  if (passed + failed.length === 0) console.log('No test ran.');
  const failures = failed.length + (isCi ? skipped.length : 0);
  const tail = !isCi && skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  console.log(`${passed} passed, ${failures} failed${tail}`);
  return failures > 0 || passed === 0 ? 1 : 0;
}
