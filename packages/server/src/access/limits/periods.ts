/**
 * The borders of hours, days and months in a zone, from the zone data that ships with the program. Pure: the moment is
 * an argument. A border is the first moment at which the wall clock of the zone shows the period's beginning or later:
 * an hour or a day that the zone repeats is one long period, and one that it skips does not exist.
 */
import moment from 'moment-timezone';

export type Period = 'hour' | 'day' | 'month';

/** Three periods, of which the middle one holds the moment that was asked for. Milliseconds since 1970. */
export type Borders = readonly [number, number, number, number];

type Zone = NonNullable<ReturnType<typeof moment.tz.zone>>;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** No zone is further from UTC, nor was one since 1970. */
const OFFSET_MAX_MS = 16 * HOUR_MS;

/** Undefined when there is no such zone. */
export function bordersAround(atMs: number, period: Period, timezone: string): Borders | undefined {
  const zone = moment.tz.zone(timezone);
  if (zone === null) return undefined;
  // Where the zone has just gone back over a border, its clock shows the period before; the border stays passed.
  let wall = floorWall(atMs - offsetMs(zone, atMs), period);
  let end = borderOf(zone, nextWall(wall, period));
  while (end <= atMs) {
    wall = nextWall(wall, period);
    end = borderOf(zone, nextWall(wall, period));
  }
  const after = borderAfter(zone, nextWall(wall, period), period, end);
  const start = borderOf(zone, wall);
  return [borderBefore(zone, wall, period, start), start, end, after];
}

/** The next border that is later than `end`: a skipped period is none. */
function borderAfter(zone: Zone, wall: number, period: Period, end: number): number {
  let next = nextWall(wall, period);
  while (borderOf(zone, next) <= end) next = nextWall(next, period);
  return borderOf(zone, next);
}

function borderBefore(zone: Zone, wall: number, period: Period, start: number): number {
  let before = floorWall(wall - 1, period);
  while (borderOf(zone, before) >= start) before = floorWall(before - 1, period);
  return borderOf(zone, before);
}

/** Wall clocks are counted as if the zone were UTC. */
function floorWall(wall: number, period: Period): number {
  if (period !== 'month') {
    const length = period === 'hour' ? HOUR_MS : DAY_MS;
    return Math.floor(wall / length) * length;
  }
  const date = new Date(wall);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

function nextWall(wall: number, period: Period): number {
  if (period !== 'month') return wall + (period === 'hour' ? HOUR_MS : DAY_MS);
  const date = new Date(wall);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** The first moment at which the zone's wall clock shows `wall` or later. */
function borderOf(zone: Zone, wall: number): number {
  let from = wall - OFFSET_MAX_MS;
  for (;;) {
    const until = nextChange(zone, from);
    const reached = Math.max(from, wall + offsetMs(zone, from));
    if (reached < until) return reached;
    from = until;
  }
}

/** When the offset after `atMs` ends. */
function nextChange(zone: Zone, atMs: number): number {
  let low = 0;
  let high = zone.untils.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((zone.untils[middle] ?? Infinity) > atMs) high = middle;
    else low = middle + 1;
  }
  return zone.untils[low] ?? Infinity;
}

/** What UTC is ahead of the zone; the data have it in minutes, with fractions before zones were standard. */
function offsetMs(zone: Zone, atMs: number): number {
  return Math.round(zone.utcOffset(atMs) * MINUTE_MS);
}
