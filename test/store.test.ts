import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database, UniqueViolation } from '../packages/server/src/store/database.ts';
import { checkDurability } from '../packages/server/src/store/durability.ts';
import { startTimeOf } from '../packages/server/src/store/embedded/processes.ts';
import { startEmbedded } from '../packages/server/src/store/embedded/embedded.ts';
import { migrate } from '../packages/server/src/store/migrate.ts';
import { StartError } from '../packages/server/src/store/start-error.ts';
import { Refusal } from '../packages/server/src/refusal.ts';
import { makeDataDir, onDatabase, silentLog, sql, startTestPostgres, type TestPostgres } from './postgres.ts';

const log = silentLog;
const code = (wanted: string) => (thrown: unknown) =>
  (thrown instanceof Refusal || thrown instanceof StartError) && thrown.code === wanted;

async function withDataDir(work: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = await makeDataDir();
  try {
    await work(dataDir);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

describe('embedded PostgreSQL', () => {
  test('makes a database, keeps it over a restart, and tells two roles apart', async (t) => {
    await withDataDir(async (dataDir) => {
      const startedAt = performance.now();
      const first = await startEmbedded({ dataDir, log });
      t.diagnostic(`first start ${Math.round(performance.now() - startedAt)} ms`);
      await sql(first.ownerUrl, 'CREATE TABLE kept AS SELECT 7 AS seven');
      await assert.rejects(sql(first.runtimeUrl, 'SELECT * FROM kept'), { code: '42501' });
      await assert.rejects(sql(first.runtimeUrl, 'CREATE TABLE mine ()'), { code: '42501' });
      await first.stop();
      const reopenedAt = performance.now();
      const second = await startEmbedded({ dataDir, log });
      t.diagnostic(`reopen ${Math.round(performance.now() - reopenedAt)} ms`);
      try {
        assert.deepEqual(await sql(second.ownerUrl, 'SELECT seven FROM kept'), [{ seven: 7 }]);
        assert.deepEqual(await sql(second.ownerUrl, "SELECT current_setting('data_checksums') AS it"), [
          { it: 'on' },
        ]);
        const { mode, uid } = await stat(join(dataDir, 'postgres-credentials.json'));
        assert.equal(mode & 0o777, 0o600);
        assert.equal(uid, userInfo().uid);
      } finally {
        await second.stop();
      }
    });
  });

  test('lesson 20: a second start on the same directory is refused and names the process', async () => {
    await withDataDir(async (dataDir) => {
      const first = await startEmbedded({ dataDir, log });
      try {
        await assert.rejects(startEmbedded({ dataDir, log }), (thrown) => {
          assert.ok(code('data_dir_locked')(thrown));
          return String(thrown).includes(String(process.pid));
        });
      } finally {
        await first.stop();
      }
    });
  });

  test('lesson 20: of several starts at once after a crash exactly one goes on', async () => {
    await withDataDir(async (dataDir) => {
      const stale = {
        pid: process.pid,
        startTime: 'another life',
        pidNamespace: await namespaceOfLocks(dataDir),
      };
      await writeFile(join(dataDir, 'vault.lock'), JSON.stringify(stale));
      const starts = await Promise.allSettled([1, 2, 3, 4].map(() => startEmbedded({ dataDir, log })));
      const running = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      await Promise.all(running.map((one) => one.stop()));
      assert.equal(running.length, 1);
    });
  });

  test('F1 a vault killed by force leaves a server running: the next start stops it and keeps every row', async () => {
    await withDataDir(async (dataDir) => {
      const vault = spawn(
        process.execPath,
        [join(import.meta.dirname, 'fixtures/start-embedded.ts'), dataDir],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const orphan = await firstLine(vault);
      await sql(orphan.ownerUrl, 'CREATE TABLE kept AS SELECT 7 AS seven');
      vault.kill('SIGKILL');
      await once(vault, 'exit');
      assert.ok(await isAlive(orphan.pid), 'the orphan is what this test is about');
      const next = await startEmbedded({ dataDir, log });
      try {
        assert.ok(!(await isAlive(orphan.pid)));
        assert.notEqual(next.pid(), orphan.pid);
        assert.deepEqual(await sql(next.ownerUrl, 'SELECT seven FROM kept'), [{ seven: 7 }]);
      } finally {
        await next.stop();
      }
    });
  });

  test('a stale postmaster.pid that names another living process is no obstacle', async () => {
    await withDataDir(async (dataDir) => {
      await (await startEmbedded({ dataDir, log })).stop();
      const cluster = join(dataDir, 'postgres', 'cluster');
      const text = `${process.pid}\n${cluster}\n0\n1\n\n127.0.0.1\n\nready\n`;
      await writeFile(join(cluster, 'postmaster.pid'), text);
      const again = await startEmbedded({ dataDir, log });
      assert.ok(await isAlive(process.pid));
      await again.stop();
    });
  });

  test('F2 kill -9 of the postmaster under 16 writers: it comes back on its port and no acknowledged row is lost', async () => {
    await withDataDir(async (dataDir) => {
      const server = await startEmbedded({ dataDir, log });
      const db = new Database({ url: server.ownerUrl, log, connectionsMax: 16 });
      try {
        await checkDurability(db);
        await sql(server.ownerUrl, 'CREATE TABLE written (n int PRIMARY KEY)');
        const acknowledged = await writeThroughCrashes(db, () => server.pid());
        const rows = await sql(server.ownerUrl, 'SELECT n FROM written');
        const stored = new Set(rows.map((row) => row.n));
        const lost = acknowledged.filter((n) => !stored.has(n));
        assert.ok(acknowledged.length > 100, `${acknowledged.length} acknowledged`);
        assert.deepEqual(lost, []);
      } finally {
        await db.close();
        await server.stop();
      }
    });
  });

  const isRoot = userInfo().uid === 0;
  test('a data directory that only root may enter', { skip: isRoot ? false : 'needs root' }, async () => {
    const parent = await mkdtemp(join(homedir(), 'alter-test-'));
    const dataDir = join(parent, 'data');
    await mkdir(dataDir, { mode: 0o700 });
    let home = '';
    try {
      const first = await startEmbedded({ dataDir, log });
      await sql(first.ownerUrl, 'CREATE TABLE kept AS SELECT 7 AS seven');
      await first.stop();
      home = (await readFile(join(dataDir, 'postgres-home'), 'utf8')).trim();
      assert.match(home, /^\/var\/lib\/alter-vault\//);
      assert.notEqual((await stat(join(home, 'cluster'))).uid, 0);
      assert.equal((await stat(join(home, 'cluster'))).mode & 0o777, 0o700);
      assert.equal((await stat(join(dataDir, 'postgres-credentials.json'))).uid, 0);
      const second = await startEmbedded({ dataDir, log });
      assert.deepEqual(await sql(second.ownerUrl, 'SELECT seven FROM kept'), [{ seven: 7 }]);
      await second.stop();
    } finally {
      await rm(parent, { recursive: true, force: true });
      if (home.startsWith('/var/lib/alter-vault/')) await rm(home, { recursive: true, force: true });
    }
  });
});

describe('database', () => {
  let postgres: TestPostgres;
  before(async () => {
    postgres = await startTestPostgres();
  });
  after(() => postgres.stop());

  async function withDatabase(
    url: string,
    work: (db: Database) => Promise<void>,
    connectionsMax = 4,
  ): Promise<void> {
    const db = new Database({ url, log, connectionsMax });
    try {
      await work(db);
    } finally {
      await db.close();
    }
  }

  test('values keep their exactness', async () => {
    await withDatabase(postgres.runtimeUrl, async (db) => {
      const text = `SELECT $1::int8 AS big, $2::bytea AS bytes, $3::uuid AS id, $4::date AS day, $5::timestamptz AS at,
        $6::jsonb AS doc, ARRAY[1, NULL]::int8[] AS bigs, $7::text[] AS words`;
      const at = new Date('2026-03-08T07:30:00.123Z');
      const id = '0197b0a0-0000-7000-8000-000000000000';
      const values = [
        9_007_199_254_740_993n,
        Buffer.from([0, 255]),
        id,
        '2026-03-08',
        at,
        '{"a":[1]}',
        ['a,"b', ''],
      ];
      const [row] = await db.query<Record<string, unknown>>('exact', text, values);
      assert.deepEqual(row, {
        big: 9_007_199_254_740_993n,
        bytes: Buffer.from([0, 255]),
        id,
        day: '2026-03-08',
        at,
        doc: { a: [1] },
        bigs: [1n, null],
        words: ['a,"b', ''],
      });
    });
  });

  test('values of any size and no size go out as they are, and a statement that fails leaves its connection usable', async () => {
    await withDatabase(
      postgres.runtimeUrl,
      async (db) => {
        const text = 'SELECT $1::text AS t, $2::bytea AS b, $3::int8 AS n, $4::bool AS is, $5::text AS none';
        const ask = (values: readonly unknown[]) => db.query<Record<string, unknown>>('plain', text, values);
        const large = 'ä€😀'.repeat(100_000);
        for (const [t, b, n, is] of [
          ['', Buffer.alloc(0), 0n, false],
          ['a"b\\c', Buffer.from([0, 1, 255]), -9_007_199_254_740_993n, true],
          [large, Buffer.from(large), 1n, null],
          [null, null, null, null],
        ]) {
          assert.deepEqual(await ask([t, b, n, is, null]), [{ t, b, n, is, none: null }]);
          // PostgreSQL text holds no NUL: the server refuses the value, after it has prepared the statement.
          await assert.rejects(ask(['a\0b', null, null, null, null]), { code: '22021' });
        }
        await assert.rejects(db.query('no column', 'SELECT nothing', []), { code: '42703' });
        assert.deepEqual(await db.query('no column', 'SELECT 1 AS one', []), [{ one: 1 }]);
        await assert.rejects(db.query('no column', 'SELECT 2 AS two', []), /two texts/);
      },
      1,
    );
  });

  test('a unique violation says which constraint and shows no value', async () => {
    const { ownerUrl } = await postgres.fresh();
    await sql(ownerUrl, 'CREATE TABLE names (name text CONSTRAINT names_once UNIQUE)');
    await withDatabase(
      ownerUrl,
      async (db) => {
        const insert = () => db.query('insert name', 'INSERT INTO names VALUES ($1)', ['canary']);
        await insert();
        const caught = await insert().catch((thrown: unknown) => thrown);
        assert.ok(caught instanceof UniqueViolation);
        assert.equal(caught.constraint, 'names_once');
        assert.ok(!caught.message.includes('canary'));
        const inside = await db
          .transaction((tx) => tx.query('insert name', 'INSERT INTO names VALUES ($1)', ['canary']))
          .catch((thrown: unknown) => thrown);
        assert.ok(inside instanceof UniqueViolation);
      },
      1,
    );
  });

  test('a transaction is all or nothing, also where its work swallows an error', async () => {
    const { ownerUrl } = await postgres.fresh();
    await sql(ownerUrl, 'CREATE TABLE t (n int PRIMARY KEY)');
    await withDatabase(
      ownerUrl,
      async (db) => {
        const swallowing = db.transaction(async (tx) => {
          await tx.query('insert', 'INSERT INTO t VALUES ($1)', [1]);
          await tx.query('insert', 'INSERT INTO t VALUES ($1)', [1]).catch(() => undefined);
        });
        await assert.rejects(swallowing);
        const throwing = db.transaction(async (tx) => {
          await tx.query('insert', 'INSERT INTO t VALUES ($1)', [2]);
          throw new RangeError('no');
        });
        await assert.rejects(throwing, RangeError);
        assert.deepEqual(await db.query('all', 'SELECT n FROM t', []), []);
      },
      1,
    );
  });

  test('40001 and 40P01 are tried again until they pass: increments under serializable are all there', async () => {
    const { ownerUrl } = await postgres.fresh();
    await sql(ownerUrl, 'CREATE TABLE counters AS SELECT 0 AS n');
    await withDatabase(ownerUrl, async (db) => {
      let runs = 0;
      const increment = () =>
        db.transaction(async (tx) => {
          runs++;
          await tx.query('serializable', 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', []);
          const [row] = await tx.query<{ n: number }>('read', 'SELECT n FROM counters', []);
          await sleep(20);
          await tx.query('write', 'UPDATE counters SET n = $1', [(row?.n ?? 0) + 1]);
        });
      await Promise.all([increment(), increment(), increment()]);
      assert.ok(runs > 3, 'without a conflict this test shows nothing');
      assert.deepEqual(await db.query('read', 'SELECT n FROM counters', []), [{ n: 3 }]);
    });
  });

  test('F11 a migration under a prepared statement is survived', async () => {
    const { ownerUrl } = await postgres.fresh();
    await sql(ownerUrl, 'CREATE TABLE t AS SELECT 1 AS a');
    await withDatabase(
      ownerUrl,
      async (db) => {
        const read = () => db.query('star', 'SELECT * FROM t', []);
        assert.deepEqual(await read(), [{ a: 1 }]);
        await sql(ownerUrl, 'ALTER TABLE t ADD b int DEFAULT 2');
        assert.deepEqual(await read(), [{ a: 1, b: 2 }]);
      },
      1,
    );
  });

  test('a lock that is held for long and a slow statement are `unavailable`, and the connection lives on', async () => {
    await withDatabase(
      postgres.runtimeUrl,
      async (db) => {
        const pid = async () =>
          (await db.query<{ pid: number }>('pid', 'SELECT pg_backend_pid() AS pid', []))[0]?.pid;
        await assert.rejects(db.query('slow', 'SELECT pg_sleep(10)', []), code('unavailable'));
        assert.equal(typeof (await pid()), 'number');
      },
      1,
    );
  });

  test('F3 a database that refuses: `unavailable` within 2 s', async () => {
    const url = new URL(postgres.runtimeUrl);
    url.port = '9';
    await withDatabase(url.href, async (db) => {
      const startedAt = performance.now();
      await assert.rejects(db.query('one', 'SELECT 1', []), code('unavailable'));
      await assert.rejects(
        db.transaction((tx) => tx.query('one', 'SELECT 1', [])),
        code('unavailable'),
      );
      assert.ok(performance.now() - startedAt < 2_000);
    });
  });

  test('F3 a database that hangs: every call `unavailable` within 5 s, and well again at once', async () => {
    const pid = postgres.pid() ?? 0;
    await withDatabase(postgres.runtimeUrl, async (db) => {
      const one = () => db.query('one', 'SELECT 1 AS one', []);
      await Promise.all([one(), one()]);
      const frozen = [pid, ...(await childrenOf(pid))];
      for (const each of frozen) process.kill(each, 'SIGSTOP');
      const startedAt = performance.now();
      try {
        const calls = Array.from({ length: 12 }, (_, n) =>
          assert.rejects(
            n % 2 ? one() : db.transaction((tx) => tx.query('one', 'SELECT 1', [])),
            code('unavailable'),
          ),
        );
        await Promise.all(calls);
        assert.ok(performance.now() - startedAt < 5_000, `${performance.now() - startedAt} ms`);
      } finally {
        for (const each of frozen) process.kill(each, 'SIGCONT');
      }
      const deadline = performance.now() + 5_000;
      while (performance.now() < deadline && !(await one().catch(() => undefined)));
      assert.deepEqual(await one(), [{ one: 1 }]);
    });
  });

  test('F10 a killed listener comes back and says that it may have missed something', async () => {
    await withDatabase(postgres.runtimeUrl, async (db) => {
      const heard: string[] = [];
      let reconnected = 0;
      await db.listen('changes', {
        onNotify: (payload) => heard.push(payload),
        onReconnect: () => reconnected++,
      });
      const notify = (text: string) => db.query('notify', 'SELECT pg_notify($1, $2)', ['changes', text]);
      await notify('one');
      await until(() => heard.length === 1);
      await sql(
        postgres.superuserUrl,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'alter-vault listen'",
      );
      await until(() => reconnected === 1);
      await notify('two');
      await until(() => heard.length === 2);
      assert.deepEqual(heard, ['one', 'two']);
    });
  });

  test('F2 negative control: what may be lost is not served from', async () => {
    const { ownerUrl, runtimeUrl } = await postgres.fresh();
    await withDatabase(runtimeUrl, (db) => checkDurability(db));
    const name = new URL(ownerUrl).pathname.slice(1);
    await sql(
      postgres.superuserUrl,
      `ALTER ROLE alter_runtime IN DATABASE ${name} SET synchronous_commit = off`,
    );
    await withDatabase(runtimeUrl, (db) => assert.rejects(checkDurability(db), code('not_durable')));
  });

  describe('migrations', () => {
    /** An empty database of the owner's and a directory of files. */
    async function emptyDatabase(): Promise<{ ownerUrl: string; runtimeUrl: string }> {
      const name = `empty_${crypto.randomUUID().replaceAll('-', '')}`;
      await sql(postgres.superuserUrl, `CREATE DATABASE ${name} OWNER alter_owner`);
      return {
        ownerUrl: onDatabase(postgres.ownerUrl, name),
        runtimeUrl: onDatabase(postgres.runtimeUrl, name),
      };
    }

    async function withFiles(
      files: Record<string, string>,
      work: (directory: string) => Promise<void>,
    ): Promise<void> {
      await withDataDir(async (directory) => {
        for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
        await work(directory);
      });
    }

    const ONE = { '0001_one.sql': 'CREATE TABLE one (n int); CREATE INDEX one_n ON one (n)' };
    const TWO = { ...ONE, '0002_two.sql': 'CREATE TABLE two (n int)' };

    test('are applied once, and the runtime role may use what they make', async () => {
      const urls = await emptyDatabase();
      await withFiles(TWO, async (directory) => {
        const first = await migrate({ ...urls, log, directory });
        assert.deepEqual(first.applied, ['0001_one', '0002_two']);
        assert.deepEqual((await migrate({ ...urls, log, directory })).applied, []);
        await sql(urls.runtimeUrl, 'INSERT INTO two VALUES (1)');
        await assert.rejects(sql(urls.runtimeUrl, 'DELETE FROM schema_migrations'), { code: '42501' });
      });
    });

    test('F11 of several servers that start at once all succeed and each file is applied once', async () => {
      const urls = await emptyDatabase();
      await withFiles(TWO, async (directory) => {
        const results = await Promise.all([1, 2, 3, 4].map(() => migrate({ ...urls, log, directory })));
        const applied = results.flatMap((result) => result.applied);
        assert.deepEqual(applied.toSorted(), ['0001_one', '0002_two']);
      });
    });

    test('a schema newer than the program is refused', async () => {
      const urls = await emptyDatabase();
      await withFiles(TWO, async (directory) => void (await migrate({ ...urls, log, directory })));
      await withFiles(ONE, (directory) =>
        assert.rejects(migrate({ ...urls, log, directory }), code('schema_newer')),
      );
    });

    test('an edited file that was applied is refused', async () => {
      const urls = await emptyDatabase();
      await withFiles(ONE, async (directory) => void (await migrate({ ...urls, log, directory })));
      const edited = { '0001_one.sql': 'CREATE TABLE one (n bigint)' };
      await withFiles(edited, (directory) =>
        assert.rejects(migrate({ ...urls, log, directory }), code('migration_edited')),
      );
    });

    test('a file that fails leaves nothing, and those before it stay', async () => {
      const urls = await emptyDatabase();
      const files = { ...ONE, '0002_bad.sql': 'CREATE TABLE half (n int); SELECT 1 / 0' };
      await withFiles(files, (directory) =>
        assert.rejects(migrate({ ...urls, log, directory }), code('migration_failed')),
      );
      const tables = await sql(
        urls.ownerUrl,
        "SELECT to_regclass('one')::text AS one, to_regclass('half')::text AS half",
      );
      assert.deepEqual(tables, [{ one: 'one', half: null }]);
      await withFiles(TWO, async (directory) => {
        assert.deepEqual((await migrate({ ...urls, log, directory })).applied, ['0002_two']);
      });
    });

    test('a gap in the numbers is refused', async () => {
      const urls = await emptyDatabase();
      const files = { ...ONE, '0003_three.sql': 'SELECT 1' };
      await withFiles(files, (directory) =>
        assert.rejects(migrate({ ...urls, log, directory }), code('migration_failed')),
      );
    });

    test('I13 the runtime role can add audit events but not change, delete or truncate them', async () => {
      const { runtimeUrl, ownerUrl } = await postgres.fresh();
      assert.equal((await migrate({ runtimeUrl, ownerUrl, log })).appendOnlyEnforced, true);
      for (const attack of [
        'UPDATE audit_events SET reason = NULL',
        'DELETE FROM audit_events',
        'TRUNCATE audit_events',
        'DELETE FROM audit_groups',
        'UPDATE audit_groups SET leaf_hashes = leaf_hashes',
        'UPDATE audit_heads SET root = root',
        'DROP TABLE audit_events',
        'SET ROLE alter_owner',
      ]) {
        await assert.rejects(sql(runtimeUrl, attack), { code: '42501' }, attack);
      }
      // Granting oneself what one does not have is a warning only, and grants nothing.
      await sql(runtimeUrl, 'GRANT UPDATE ON audit_events TO alter_runtime');
      assert.equal((await migrate({ runtimeUrl, ownerUrl, log })).appendOnlyEnforced, true);
      // Negative control: one right too many is seen.
      await sql(ownerUrl, 'GRANT UPDATE (reason) ON audit_events TO alter_runtime');
      assert.equal((await migrate({ runtimeUrl, ownerUrl, log })).appendOnlyEnforced, false);
    });

    test('the runtime role may run what it must, also where functions are not everybody’s', async () => {
      const urls = await emptyDatabase();
      await sql(urls.ownerUrl, 'ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC');
      await migrate({ ...urls, log });
      await assert.rejects(sql(urls.runtimeUrl, 'SELECT audit_stale()'), { code: 'AV001' });
    });

    test('one role for everything works, and says that append-only is not enforced', async () => {
      const { ownerUrl } = await emptyDatabase();
      const result = await migrate({ runtimeUrl: ownerUrl, log });
      assert.ok(result.version >= 2);
      assert.equal(result.appendOnlyEnforced, false);
    });
  });
});

/** Writers that note every number whose INSERT came back, while the postmaster is killed three times. */
async function writeThroughCrashes(db: Database, pid: () => number | undefined): Promise<number[]> {
  const acknowledged: number[] = [];
  let next = 0;
  let isOver = false;
  const writer = async (): Promise<void> => {
    while (!isOver) {
      const n = ++next;
      try {
        await db.query('write', 'INSERT INTO written VALUES ($1)', [n]);
        acknowledged.push(n);
      } catch (thrown) {
        assert.ok(code('unavailable')(thrown), String(thrown));
        await sleep(10);
      }
    }
  };
  const writers = Array.from({ length: 16 }, writer);
  for (let round = 0; round < 3; round++) {
    const before = acknowledged.length;
    await until(() => pid() !== undefined && acknowledged.length > before + 50);
    const killed = pid();
    if (killed !== undefined) process.kill(killed, 'SIGKILL');
    await until(() => pid() !== undefined && pid() !== killed);
  }
  const before = acknowledged.length;
  await until(() => acknowledged.length > before);
  isOver = true;
  await Promise.all(writers);
  return acknowledged;
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!isTrue()) {
    assert.ok(performance.now() < deadline, 'waited 30 s in vain');
    await sleep(10);
  }
}

async function firstLine(child: ChildProcess): Promise<{ pid: number; ownerUrl: string }> {
  assert.ok(child.stdout);
  for await (const line of createInterface({ input: child.stdout })) {
    const value: unknown = JSON.parse(line);
    assert.ok(typeof value === 'object' && value !== null && 'pid' in value && 'ownerUrl' in value);
    return { pid: Number(value.pid), ownerUrl: String(value.ownerUrl) };
  }
  throw new Error('no line');
}

/** A zombie that nobody has reaped yet is dead. */
async function isAlive(pid: number): Promise<boolean> {
  return (await startTimeOf(pid)) !== undefined;
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

/** Pid namespace and boot, as a lock of this machine has it. */
async function namespaceOfLocks(dataDir: string): Promise<string> {
  const server = await startEmbedded({ dataDir, log });
  const lock: unknown = JSON.parse(await readFile(join(dataDir, 'vault.lock'), 'utf8'));
  await server.stop();
  assert.ok(typeof lock === 'object' && lock !== null && 'pidNamespace' in lock);
  return String(lock.pidNamespace);
}
