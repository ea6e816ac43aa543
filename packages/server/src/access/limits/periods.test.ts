import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bordersAround, type Period } from './periods.ts';

const at = (text: string): number => Date.parse(text);
const around = (moment: string, period: Period, zone: string): string[] =>
  (bordersAround(at(moment), period, zone) ?? []).map((ms) =>
    new Date(ms).toISOString().replace('.000Z', 'Z'),
  );

const CASES: readonly (readonly [string, Period, string, string, string])[] = [
  // moment, period, zone, start, end
  ['2026-06-15T12:34:56Z', 'day', 'UTC', '2026-06-15T00:00:00Z', '2026-06-16T00:00:00Z'],
  // A day of 23 and one of 25 hours.
  ['2026-03-08T12:00:00Z', 'day', 'America/New_York', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
  ['2026-11-01T05:30:00Z', 'day', 'America/New_York', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
  // Midnight does not exist: the day begins at one.
  ['2026-04-24T10:00:00Z', 'day', 'Africa/Cairo', '2026-04-23T22:00:00Z', '2026-04-24T21:00:00Z'],
  // A day that the zone skipped: the one before ends where the one after begins.
  ['2011-12-30T09:59:59Z', 'day', 'Pacific/Apia', '2011-12-29T10:00:00Z', '2011-12-30T10:00:00Z'],
  ['2011-12-30T10:00:00Z', 'day', 'Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31T10:00:00Z'],
  // The repeated hour is one hour of 120 minutes, the skipped one is none.
  ['2026-11-01T06:30:00Z', 'hour', 'America/New_York', '2026-11-01T05:00:00Z', '2026-11-01T07:00:00Z'],
  ['2026-03-08T06:59:59Z', 'hour', 'America/New_York', '2026-03-08T06:00:00Z', '2026-03-08T07:00:00Z'],
  ['2026-03-08T07:00:00Z', 'hour', 'America/New_York', '2026-03-08T07:00:00Z', '2026-03-08T08:00:00Z'],
  ['2026-06-15T12:34:56Z', 'hour', 'Asia/Kathmandu', '2026-06-15T12:15:00Z', '2026-06-15T13:15:00Z'],
  // Lord Howe goes back by half an hour.
  ['2026-04-04T15:10:00Z', 'hour', 'Australia/Lord_Howe', '2026-04-04T14:00:00Z', '2026-04-04T15:30:00Z'],
  // The zone went back over midnight at 00:01: the day that had begun goes on.
  ['2010-11-07T02:45:00Z', 'day', 'America/St_Johns', '2010-11-07T02:30:00Z', '2010-11-08T03:30:00Z'],
  // Months.
  ['2024-02-29T23:59:59Z', 'month', 'UTC', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
  ['2026-12-31T23:30:00Z', 'month', 'Europe/Berlin', '2026-12-31T23:00:00Z', '2027-01-31T23:00:00Z'],
  ['2026-03-31T21:59:59Z', 'month', 'Europe/Berlin', '2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z'],
];

for (const [moment, period, zone, start, end] of CASES) {
  test(`the ${period} of ${moment} in ${zone} goes from ${start} to ${end}`, () => {
    assert.deepEqual(around(moment, period, zone).slice(1, 3), [start, end]);
  });
}

test('a zone that does not exist has no periods', () => {
  assert.equal(bordersAround(0, 'day', 'Mars/Olympus_Mons'), undefined);
});

test('periods follow one another without gap or overlap, whatever the zone and the moment', () => {
  const zones = [
    'UTC',
    'America/New_York',
    'Europe/Berlin',
    'Africa/Cairo',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'America/St_Johns',
    'Asia/Kathmandu',
    'America/Havana',
    'Africa/Casablanca',
    'Pacific/Kiritimati',
    'Asia/Tehran',
  ];
  fc.assert(
    fc.property(
      fc.integer({ min: at('1980-01-01'), max: at('2037-01-01') }),
      fc.constantFrom<Period>('hour', 'day', 'month'),
      fc.constantFrom(...zones),
      (moment, period, zone) => {
        const borders = bordersAround(moment, period, zone);
        assert.ok(borders !== undefined);
        const [before, start, end, after] = borders;
        assert.ok(
          before < start && start <= moment && moment < end && end < after,
          `${borders.join(' ')} ${moment}`,
        );
        assert.ok(borders.every(Number.isSafeInteger));
        // The neighbours see the same borders.
        assert.deepEqual(bordersAround(start, period, zone)?.slice(1, 3), [start, end]);
        assert.deepEqual(bordersAround(end - 1, period, zone)?.slice(1, 3), [start, end]);
        assert.deepEqual(bordersAround(end, period, zone)?.slice(1, 3), [end, after]);
        assert.equal(bordersAround(start - 1, period, zone)?.[1], before);
      },
    ),
    { numRuns: 2_000 },
  );
});
