import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TimeWindowRule } from '@alter-vault/contract';
import {
  compileTimeWindow,
  TIME_ZONE_DATA_VERSION,
} from '../../packages/server/src/access/policies/time-window.ts';
import { issuePaths, judge } from './policy-rig.ts';

const EVERY_DAY: TimeWindowRule['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const MINUTE_MS = 60_000;

const rule = (timezone: string, from: string, to: string, days = EVERY_DAY): TimeWindowRule => ({
  type: 'time_window',
  timezone,
  days,
  from,
  to,
});

/** How many minutes of UTC the window is open in. */
function openMinutes(window: TimeWindowRule, from: string, to: string): number {
  const compiled = compileTimeWindow(window);
  let open = 0;
  for (let at = Date.parse(from); at < Date.parse(to); at += MINUTE_MS) if (compiled.isOpen(at)) open += 1;
  return open;
}

const isOpenAt = (window: TimeWindowRule, at: string): boolean =>
  compileTimeWindow(window).isOpen(Date.parse(at));

const COUNTS: readonly (readonly [string, TimeWindowRule, string, string, number])[] = [
  [
    'New York skips 02–03',
    rule('America/New_York', '02:00', '03:00'),
    '2026-03-08T05:00Z',
    '2026-03-09T04:00Z',
    0,
  ],
  [
    'New York repeats 01–02',
    rule('America/New_York', '01:00', '02:00'),
    '2026-11-01T04:00Z',
    '2026-11-02T05:00Z',
    120,
  ],
  [
    'Lord Howe repeats half an hour',
    rule('Australia/Lord_Howe', '01:30', '02:00'),
    '2026-04-04T13:00Z',
    '2026-04-05T13:30Z',
    60,
  ],
  [
    'Lord Howe skips half an hour',
    rule('Australia/Lord_Howe', '02:00', '03:00'),
    '2026-10-03T13:30Z',
    '2026-10-04T13:00Z',
    30,
  ],
  ['Cairo skips 00–01', rule('Africa/Cairo', '00:00', '01:00'), '2026-04-23T22:00Z', '2026-04-24T21:00Z', 0],
  [
    'a whole day of 23 hours',
    rule('America/New_York', '00:00', '24:00', ['sun']),
    '2026-03-07T00:00Z',
    '2026-03-10T00:00Z',
    1380,
  ],
  [
    'a whole day of 25 hours',
    rule('America/New_York', '00:00', '24:00', ['sun']),
    '2026-10-31T00:00Z',
    '2026-11-03T00:00Z',
    1500,
  ],
  [
    'the day that Apia left out',
    rule('Pacific/Apia', '00:00', '24:00', ['fri']),
    '2011-12-29T10:00Z',
    '2011-12-31T10:00Z',
    0,
  ],
  [
    'the days around it',
    rule('Pacific/Apia', '00:00', '24:00', ['thu', 'sat']),
    '2011-12-29T10:00Z',
    '2011-12-31T10:00Z',
    2880,
  ],
  [
    'a leap day',
    rule('Europe/Berlin', '00:00', '24:00', ['tue']),
    '2028-02-28T23:00Z',
    '2028-02-29T23:00Z',
    1440,
  ],
  [
    'no leap day in 2100',
    rule('UTC', '00:00', '24:00', ['mon']),
    '2100-02-28T00:00Z',
    '2100-03-02T00:00Z',
    1440,
  ],
  [
    'past midnight over a gap',
    rule('America/New_York', '22:00', '04:00', ['sat']),
    '2026-03-07T05:00Z',
    '2026-03-09T04:00Z',
    300,
  ],
  [
    'past midnight over an overlap',
    rule('America/New_York', '22:00', '04:00', ['sat']),
    '2026-10-31T04:00Z',
    '2026-11-02T05:00Z',
    420,
  ],
];

for (const [name, window, from, to, minutes] of COUNTS) {
  test(`A6: ${name}: ${minutes} minutes`, () => assert.equal(openMinutes(window, from, to), minutes));
}

const OFFICE = rule('Europe/Berlin', '09:00', '17:00', ['mon', 'tue', 'wed', 'thu', 'fri']);
const NIGHT = rule('Europe/Berlin', '22:00', '06:00', ['fri']);
const INSTANTS: readonly (readonly [TimeWindowRule, string, boolean])[] = [
  [OFFICE, '2026-11-18T07:59:59.999Z', false],
  [OFFICE, '2026-11-18T08:00:00.000Z', true],
  [OFFICE, '2026-11-18T15:59:59.999Z', true],
  [OFFICE, '2026-11-18T16:00:00.000Z', false],
  [OFFICE, '2026-07-15T06:59:59.999Z', false],
  [OFFICE, '2026-07-15T07:00:00.000Z', true],
  [OFFICE, '2026-11-21T10:00:00.000Z', false],
  [NIGHT, '2026-11-20T20:59:59.999Z', false],
  [NIGHT, '2026-11-20T21:00:00.000Z', true],
  [NIGHT, '2026-11-21T04:59:59.999Z', true],
  [NIGHT, '2026-11-21T05:00:00.000Z', false],
  [NIGHT, '2026-11-20T03:00:00.000Z', false],
  [NIGHT, '2026-11-21T22:00:00.000Z', false],
  [rule('Asia/Kathmandu', '00:00', '00:15', ['mon']), '2026-11-22T18:15:00Z', true],
  [rule('Asia/Kathmandu', '00:00', '00:15', ['mon']), '2026-11-22T18:14:59Z', false],
  [rule('Pacific/Kiritimati', '00:00', '24:00', ['tue']), '2026-11-23T10:00:00Z', true],
  [rule('UTC', '00:00', '24:00', ['thu']), '1970-01-01T00:00:00Z', true],
  [rule('UTC', '00:00', '24:00', ['wed']), '1969-12-31T23:59:59Z', true],
  // At gaps, overlaps and odd offsets; reckoned with another implementation on other data of the same zones.
  [rule('America/New_York', '02:00', '03:00', ['sun']), '2026-03-08T06:59:59.999Z', false],
  [rule('America/New_York', '02:00', '03:00', ['sun']), '2026-03-08T07:00:00.000Z', false],
  [rule('America/New_York', '01:00', '04:00', ['sun']), '2026-03-08T07:00:00.000Z', true],
  [rule('America/New_York', '01:00', '04:00', ['sun']), '2026-03-08T08:00:00.000Z', false],
  [rule('America/New_York', '01:00', '02:00', ['sun']), '2026-11-01T04:59:59.999Z', false],
  [rule('America/New_York', '01:00', '02:00', ['sun']), '2026-11-01T05:00:00.000Z', true],
  [rule('America/New_York', '01:00', '02:00', ['sun']), '2026-11-01T06:59:59.999Z', true],
  [rule('America/New_York', '01:00', '02:00', ['sun']), '2026-11-01T07:00:00.000Z', false],
  [rule('America/New_York', '22:00', '01:30', ['sat']), '2026-11-01T05:29:59.999Z', true],
  [rule('America/New_York', '22:00', '01:30', ['sat']), '2026-11-01T05:30:00.000Z', false],
  [rule('America/New_York', '22:00', '01:30', ['sat']), '2026-11-01T06:00:00.000Z', true],
  [rule('America/New_York', '22:00', '01:30', ['sat']), '2026-11-01T06:30:00.000Z', false],
  [rule('Australia/Lord_Howe', '01:30', '02:00', ['sun']), '2026-04-04T14:30:00.000Z', true],
  [rule('Australia/Lord_Howe', '01:30', '02:00', ['sun']), '2026-04-04T15:29:59.999Z', true],
  [rule('Australia/Lord_Howe', '01:30', '02:00', ['sun']), '2026-04-04T15:30:00.000Z', false],
  [rule('Africa/Cairo', '00:00', '01:00', ['fri']), '2026-04-23T22:00:00.000Z', false],
  [rule('Africa/Cairo', '01:00', '02:00', ['fri']), '2026-04-23T22:00:00.000Z', true],
  [rule('Pacific/Apia', '00:00', '24:00', ['fri']), '2011-12-30T10:00:00.000Z', false],
  [rule('Pacific/Apia', '00:00', '24:00', ['sat']), '2011-12-30T10:00:00.000Z', true],
  [rule('Pacific/Apia', '00:00', '24:00', ['thu']), '2011-12-30T09:59:59.999Z', true],
  [rule('Pacific/Chatham', '00:00', '00:45', ['mon']), '2026-07-05T11:15:00.000Z', true],
  [rule('Pacific/Chatham', '00:00', '00:45', ['mon']), '2026-07-05T12:00:00.000Z', false],
  [rule('America/St_Johns', '09:00', '17:00', ['wed']), '2026-07-15T11:30:00.000Z', true],
  [rule('America/St_Johns', '09:00', '17:00', ['wed']), '2026-01-14T11:30:00.000Z', false],
  [rule('America/St_Johns', '09:00', '17:00', ['wed']), '2026-01-14T12:30:00.000Z', true],
  [rule('Europe/Dublin', '08:00', '09:00', ['wed']), '2026-07-15T07:00:00.000Z', true],
  [rule('Antarctica/Troll', '03:00', '04:00', ['sun']), '2026-03-29T01:00:00.000Z', true],
  [rule('UTC', '23:00', '00:00', ['sun']), '2026-11-22T23:59:59.999Z', true],
  [rule('UTC', '23:00', '00:00', ['sun']), '2026-11-23T00:00:00.000Z', false],
  [rule('UTC', '23:59', '24:00', ['thu']), '2026-12-31T23:59:59.999Z', true],
];

for (const [window, at, isOpen] of INSTANTS) {
  test(`A6: ${window.days.join()} ${window.from}–${window.to} ${window.timezone} at ${at}: ${isOpen}`, () =>
    assert.equal(isOpenAt(window, at), isOpen));
}

test('A6: the time-zone data is a bundled release of 2026, whatever the runtime has', () => {
  assert.match(TIME_ZONE_DATA_VERSION, /^20(?:2[6-9]|[3-9]\d)[a-z]$/);
});

/** Zones that changed their ways in 2026, with their hours from UTC in the winter after. */
const CHANGED_IN_2026: readonly (readonly [string, number])[] = [
  ['America/Vancouver', -7],
  ['America/Edmonton', -6],
  ['America/Winnipeg', -5],
  ['America/Rainy_River', -5],
  ['America/Inuvik', -6],
  ['America/Havana', -4],
  ['Africa/Casablanca', 0],
];

for (const [timezone, hours] of CHANGED_IN_2026) {
  for (const day of ['2026-11-05', '2026-12-15', '2027-01-31', '2027-02-28']) {
    test(`A6: ${timezone}, which changed in 2026, is at UTC${hours} on ${day}`, () => {
      const noon = Date.parse(`${day}T12:00:00Z`) - hours * 60 * MINUTE_MS;
      const window = compileTimeWindow(rule(timezone, '12:00', '13:00'));
      const edges = [noon - 1, noon, noon + 60 * MINUTE_MS - 1, noon + 60 * MINUTE_MS];
      assert.deepEqual(
        edges.map((at) => window.isOpen(at)),
        [false, true, true, false],
      );
    });
  }
}

test('A6: a denial says when the window opens next', () => {
  const opens = (window: TimeWindowRule, at: string) => {
    const { passesAt } = judge(window, { at });
    return passesAt === undefined ? undefined : new Date(passesAt).toISOString();
  };
  assert.equal(opens(OFFICE, '2026-11-20T16:00:00Z'), '2026-11-23T08:00:00.000Z');
  assert.equal(opens(OFFICE, '2026-03-27T18:00:00Z'), '2026-03-30T07:00:00.000Z');
  assert.equal(opens(NIGHT, '2026-11-21T05:00:00Z'), '2026-11-27T21:00:00.000Z');
  // Begins in the gap: what is left of it opens where the gap ends.
  assert.equal(
    opens(rule('America/New_York', '02:30', '04:00', ['sun']), '2026-03-08T05:00:00Z'),
    '2026-03-08T07:00:00.000Z',
  );
  // Lies in the gap as a whole: a week later.
  assert.equal(
    opens(rule('America/New_York', '02:00', '03:00', ['sun']), '2026-03-08T05:00:00Z'),
    '2026-03-15T06:00:00.000Z',
  );
});

test('A6: the next opening is the first minute that is open', () => {
  const window = compileTimeWindow(rule('America/New_York', '23:30', '02:30', ['sat']));
  for (let at = Date.parse('2026-10-30T00:00Z'); at < Date.parse('2026-11-02T12:00Z'); at += 17 * MINUTE_MS) {
    const next = window.nextOpening(at);
    let first = at;
    while (!window.isOpen(first)) first = first - (first % MINUTE_MS) + MINUTE_MS;
    assert.equal(next, first);
  }
});

test('A6: a window that begins where it ends, of an unknown zone or of a day named twice is refused at save', () => {
  assert.deepEqual(issuePaths(rule('Europe/Berlin', '09:00', '09:00')), ['to']);
  assert.deepEqual(issuePaths(rule('Europe/Atlantis', '09:00', '10:00')), ['timezone']);
  assert.deepEqual(issuePaths(rule('europe/berlin', '09:00', '10:00')), ['timezone']);
  assert.deepEqual(issuePaths(rule('UTC', '09:00', '10:00', ['mon', 'mon'])), ['days.1']);
  for (const time of ['9:00', '24:01', '25:00', '09:60', '09:00:00', ''])
    assert.deepEqual(issuePaths(rule('UTC', time, '10:00')), ['from'], time);
  assert.deepEqual(issuePaths(rule('UTC', '24:00', '10:00')), ['from']);
  assert.deepEqual(issuePaths(rule('UTC', '09:00', '24:00')), []);
});
