import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { PEOPLE_EVENTS_SQL } from './people-kinds.ts';

const MIGRATIONS = join(import.meta.dirname, 'migrations');
const INDEX =
  /CREATE INDEX audit_events_people ON audit_events \(app_id, group_id, position\)\s+WHERE ([^;]+);/;

test('the newest change of people is found by an index that has the condition of the question word for word', async () => {
  const files = (await readdir(MIGRATIONS)).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(MIGRATIONS, file), 'utf8')));
  const latest = texts.map((text) => INDEX.exec(text)?.[1]).findLast((condition) => condition !== undefined);
  assert.equal(latest?.replaceAll(/\s+/g, ' '), PEOPLE_EVENTS_SQL);
});
