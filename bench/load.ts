/** The load: `wrk` with one request repeated over kept connections, and what it counted. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './processes.ts';

export interface LoadRequest {
  readonly port: number;
  /** Kept, each with one request at a time. */
  readonly connections: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Counted {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const DONE = `
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("counted %d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`;

/** Every answer must be a success: a figure of refusals would look splendid. */
export async function load(directory: string, request: LoadRequest, seconds: number): Promise<Counted> {
  const script = join(directory, 'load.lua');
  await writeFile(script, luaOf(request));
  const target = `http://127.0.0.1:${request.port}${request.path}`;
  const args = ['-t1', `-c${request.connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, target];
  const output = await run('wrk', args);
  const match = /^counted (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(output);
  const [requests = 0, durationUs = 1, p50Us = 0, p99Us = 0, errors = 0] = match?.slice(1).map(Number) ?? [];
  if (match === null || errors > 0 || requests === 0)
    throw new Error(`the load met errors, so its figures mean nothing:\n${output}`);
  return { requests, perSecond: (requests / durationUs) * 1e6, p50Ms: p50Us / 1000, p99Ms: p99Us / 1000 };
}

/** A JSON string of printable ASCII is a Lua string too. */
function luaOf({ headers, body }: LoadRequest): string {
  const lines = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  return ['wrk.method = "POST"', ...lines, `wrk.body = ${JSON.stringify(body)}`, DONE].join('\n');
}
