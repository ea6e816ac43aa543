/** Steady calls with a name each, so that what was acknowledged, sent and audited can be compared at the end. */
import type { Upstream } from '../upstream.ts';
import { pause } from '../guarantees/rig.ts';

export interface Load {
  /** Names of calls that were answered 200, whole. */
  readonly acknowledged: Set<string>;
  /** Codes of all other answers; `network` where there was none. */
  readonly failures: string[];
  /** The longest that any call took. */
  slowestMs(): number;
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly upstream: Upstream;
  readonly key: string;
  readonly grantId: string;
  readonly callers: number;
  /** Where a caller's next call goes. */
  readonly url: (caller: number) => string;
}

export function startLoad(options: LoadOptions): Load {
  const acknowledged = new Set<string>();
  const failures: string[] = [];
  let slowestMs = 0;
  let isStopped = false;
  let count = 0;
  const call = async (caller: number): Promise<void> => {
    const name = `/call-${(count += 1)}`;
    const startedAt = performance.now();
    try {
      const response = await fetch(`${options.url(caller)}/v1/proxy`, {
        headers: {
          Authorization: `Bearer ${options.key}`,
          'Alter-Grant': options.grantId,
          'Alter-Url': options.upstream.origin + name,
        },
      });
      await response.text();
      if (response.status === 200) acknowledged.add(name);
      else failures.push(response.headers.get('alter-error') ?? String(response.status));
    } catch {
      failures.push('network');
    }
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    if (!acknowledged.has(name)) await pause(20);
  };
  const callers = Array.from({ length: options.callers }, async (_, caller) => {
    while (!isStopped) await call(caller);
  });
  return {
    acknowledged,
    failures,
    slowestMs: () => slowestMs,
    stop: async () => {
      isStopped = true;
      await Promise.all(callers);
    },
  };
}

export interface Recorded {
  readonly authorized: ReadonlySet<string>;
  readonly completed: ReadonlyMap<string, readonly string[]>;
}

/** What the audit tables say of the calls: their names, and the flags of their outcomes. */
export async function recordedCalls(
  sql: (text: string) => Promise<Record<string, unknown>[]>,
): Promise<Recorded> {
  const rows = await sql(
    `SELECT kind, url, coalesce(flags, '{}') AS flags FROM audit_events WHERE url LIKE '%/call-%'`,
  );
  const nameOf = (row: Record<string, unknown>): string => new URL(String(row['url'])).pathname;
  const of = (kind: string): Record<string, unknown>[] => rows.filter((row) => row['kind'] === kind);
  return {
    authorized: new Set(of('call.authorized').map(nameOf)),
    completed: new Map(of('call.completed').map((row) => [nameOf(row), (row['flags'] as string[]) ?? []])),
  };
}

/** Those of `some` that are not in `all`. */
export const missing = (some: Iterable<string>, all: { has(name: string): boolean }): string[] =>
  [...some].filter((name) => !all.has(name));
