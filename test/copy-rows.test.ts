/** Rows in binary COPY behind a statement: what is written is what is read, and a fault of either leaves nothing of both. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { newId } from '../packages/server/src/ids.ts';
import {
  copyFromStdin,
  CopyRows,
  encodeFields,
  giveBack,
  type CopyMessages,
} from '../packages/server/src/store/copy-rows.ts';
import { Database, StaleEpoch, UniqueViolation } from '../packages/server/src/store/database.ts';
import { silentLog, startTestPostgres, type TestPostgres } from './postgres.ts';

interface Row {
  readonly id: string;
  readonly small: number;
  readonly whole: number | null;
  readonly large: bigint | null;
  readonly at: Date;
  readonly day: string;
  readonly words: string | null;
  readonly bytes: Buffer;
  readonly details: unknown;
  readonly flags: readonly string[] | null;
  readonly other: string | null;
}

const COLUMNS = ['id', 'small', 'whole', 'large', 'at', 'day', 'words', 'bytes', 'details', 'flags', 'other'];
const COPY = copyFromStdin('test.things', `COPY things (${COLUMNS.join(', ')}) FROM STDIN (FORMAT binary)`);
const NOTE = 'INSERT INTO notes (note) VALUES ($1)';

function encode(rows: readonly Row[]): CopyMessages {
  const copy = new CopyRows(COPY);
  for (const row of rows) {
    copy.row(COLUMNS.length);
    copy.uuid(row.id);
    copy.smallint(row.small);
    copy.integer(row.whole);
    copy.bigint(row.large);
    copy.timestamptz(row.at.getTime());
    copy.date(row.day);
    copy.text(row.words);
    copy.bytea(row.bytes);
    copy.fields(
      encodeFields((to) => {
        to.jsonb(row.details === null ? null : JSON.stringify(row.details));
        to.textArray(row.flags ?? []);
        to.uuid(row.other);
      }),
    );
  }
  return copy.finish();
}

const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((drawn) => drawn.replaceAll('\0', ''));
const made: fc.Arbitrary<Row> = fc.record(
  {
    id: fc.constant(null).map(() => newId()),
    small: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
    whole: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
    large: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    at: fc.date({
      min: new Date('1900-01-01T00:00:00Z'),
      max: new Date('2400-01-01T00:00:00Z'),
      noInvalidDate: true,
    }),
    day: fc.constantFrom('1999-12-31', '2000-01-01', '2026-11-01', '2100-02-28'),
    words: fc.option(text),
    bytes: fc.uint8Array({ maxLength: 40 }).map((drawn) => Buffer.from(drawn)),
    details: fc.option(fc.dictionary(fc.constantFrom('a', 'ü', '“'), text, { noNullPrototype: true })),
    flags: fc.option(fc.array(text, { minLength: 1, maxLength: 4 })),
    other: fc.option(fc.uuid()),
  },
  { noNullPrototype: true },
);

describe('COPY behind a statement', () => {
  let postgres: TestPostgres;
  let db: Database;
  let connect: () => Database;
  before(async () => {
    postgres = await startTestPostgres();
    const { ownerUrl } = await postgres.fresh();
    connect = () => new Database({ url: ownerUrl, log: silentLog, connectionsMax: 1 });
    db = connect();
    await db.query(
      'test.things',
      `CREATE TABLE things (id uuid PRIMARY KEY, small smallint, whole integer, large bigint, at timestamptz, day date,
         words text, bytes bytea, details jsonb, flags text[], other uuid)`,
      [],
    );
    await db.query('test.notes', 'CREATE TABLE notes (note text)', []);
  });
  after(async () => {
    await db.close();
    await postgres.stop();
  });

  const write = (rows: CopyMessages, note = 'written'): Promise<void> =>
    db.queryAndCopy('test.note', NOTE, [note], rows);
  const counts = async (): Promise<[number, number]> => {
    const count =
      'SELECT (SELECT count(*)::int FROM things) AS rows, (SELECT count(*)::int FROM notes) AS notes';
    const [row] = await db.query<{ rows: number; notes: number }>('test.counts', count, []);
    return [row?.rows ?? -1, row?.notes ?? -1];
  };
  const row = (over: Partial<Row> = {}): Row => ({
    ...{ id: newId(), small: 1, whole: null, large: null, at: new Date(0), day: '2026-11-01', words: null },
    ...{ bytes: Buffer.alloc(0), details: null, flags: null, other: null },
    ...over,
  });

  test('what is written is what is read, with buffers that are used again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(made, { minLength: 1, maxLength: 30 }), async (rows) => {
        const messages = encode(rows);
        await write(messages);
        giveBack(messages);
        const read =
          'SELECT * FROM things WHERE id = ANY($1::uuid[]) ORDER BY array_position($1::uuid[], id)';
        assert.deepEqual(await db.query('test.read', read, [rows.map(({ id }) => id)]), rows);
      }),
      { numRuns: 40 },
    );
  });

  test('more than the buffer begins with', async () => {
    const rows = Array.from({ length: 300 }, () => row({ words: 'ü'.repeat(4_000) }));
    await write(encode(rows));
    const read = 'SELECT count(*)::int AS n FROM things WHERE words = $1';
    assert.deepEqual(await db.query('test.large', read, ['ü'.repeat(4_000)]), [{ n: 300 }]);
  });

  test('a row that is refused leaves nothing of the statement, and the connection goes on', async () => {
    const kept = await counts();
    const twice = row();
    await assert.rejects(write(encode([row(), twice, twice])), UniqueViolation);
    await assert.rejects(write(encode([row({ words: 'a\0b' })])), { code: '22021' });
    assert.deepEqual(await counts(), kept);
    await write(encode([row()]));
    assert.deepEqual(await counts(), [kept[0] + 1, kept[1] + 1]);
  });

  test('a statement that fails leaves nothing of the rows, and the connection goes on', async () => {
    const kept = await counts();
    const stale = `INSERT INTO notes SELECT $1 WHERE audit_stale()`;
    await assert.rejects(db.queryAndCopy('test.stale', stale, ['no'], encode([row()])), StaleEpoch);
    await assert.rejects(
      db.queryAndCopy('test.wrong', 'INSERT INTO nowhere VALUES ($1)', ['no'], encode([row()])),
    );
    assert.deepEqual(await counts(), kept);
    await write(encode([row()]));
    assert.deepEqual(await counts(), [kept[0] + 1, kept[1] + 1]);
  });

  test('a connection whose first COPY failed, in its statement or in its rows, takes the next', async () => {
    const fresh = connect();
    const stale = `INSERT INTO notes SELECT $1 WHERE audit_stale()`;
    await assert.rejects(fresh.queryAndCopy('test.stale', stale, ['no'], encode([row()])), StaleEpoch);
    const twice = row();
    for (let attempt = 0; attempt < 2; attempt += 1)
      await assert.rejects(
        fresh.queryAndCopy('test.note', NOTE, ['no'], encode([twice, twice])),
        UniqueViolation,
      );
    const kept = await counts();
    for (let attempt = 0; attempt < 2; attempt += 1)
      await fresh.queryAndCopy('test.note', NOTE, ['written'], encode([row()]));
    assert.deepEqual(await counts(), [kept[0] + 2, kept[1] + 2]);
    await fresh.close();
  });

  test('within a transaction both go when it is rolled back', async () => {
    const kept = await counts();
    const given = new Error('given up');
    await assert.rejects(
      db.transaction(async (tx) => {
        await tx.queryAndCopy('test.note', NOTE, ['no'], encode([row()]));
        throw given;
      }),
      given,
    );
    assert.deepEqual(await counts(), kept);
  });

  test('what is no UUID is refused before anything is sent', () => {
    for (const wrong of ['', 'x'.repeat(36), newId().slice(1), `${newId()}0`, newId().toUpperCase()])
      assert.throws(() => encode([row({ id: wrong })]), RangeError, wrong);
  });
});
