/**
 * Time windows in the wall-clock time of a zone (A6), on the bundled IANA data and never on the runtime's (lesson 19).
 * Pure: `now` is an argument.
 *
 * A window is a set of wall-clock minutes, half-open. One that runs past midnight belongs to the day it began. Minutes
 * that a zone skips match nothing; minutes that it repeats match twice.
 */
import { schemas, type TimeWindowRule } from '@alter-vault/contract';
import moment from 'moment-timezone';

/** The release of the IANA data that windows and quotas are reckoned with, e.g. `2026f`. */
export const TIME_ZONE_DATA_VERSION: string = moment.tz.dataVersion;

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
/** 1970-01-01 was a Thursday; days are counted from Monday. */
const EPOCH_WEEKDAY = 3;
/** A weekly window that no zone opens within this time will not open. */
const SEARCH_MS = 400 * DAY_MINUTES * MINUTE_MS;

export interface TimeWindow {
  isOpen(now: number): boolean;
  /** The first instant from `now` on at which it is open. */
  nextOpening(now: number): number | undefined;
}

interface Zone {
  /** What to subtract from UTC for wall-clock time, in milliseconds, and until when that holds. */
  at(now: number): { readonly offsetMs: number; readonly until: number };
}

const zoneNames = new Set(moment.tz.names());

/** Whether the IANA data has a zone of exactly this name. */
export const isZone = (name: string): boolean => zoneNames.has(name);

function findZone(name: string): Zone {
  const zone = isZone(name) ? moment.tz.zone(name) : null;
  if (zone === null) throw new RangeError('the time zone is not in the time-zone data');
  const spans = zone.untils.map((until, i) => ({
    from: zone.untils[i - 1] ?? -Infinity,
    until,
    offsetMs: (zone.offsets[i] ?? 0) * MINUTE_MS,
  }));
  const find = (now: number) => spans.find(({ until }) => now < until) ?? spans.at(-1);
  let span = find(Date.UTC(2026, 0));
  return {
    at(now) {
      if (span === undefined || now < span.from || now >= span.until) span = find(now);
      return span ?? { offsetMs: 0, until: Infinity };
    },
  };
}

/** @throws RangeError when the zone is unknown */
export function compileTimeWindow(rule: TimeWindowRule): TimeWindow {
  const zone = findZone(rule.timezone);
  const from = minuteOf(rule.from);
  const to = minuteOf(rule.to);
  const days = schemas.DAYS.map((day) => rule.days.includes(day));
  const isDay = (day: number): boolean => days[modulo(day + EPOCH_WEEKDAY, 7)] ?? false;
  const holds = (wallMinute: number): boolean => {
    const day = Math.floor(wallMinute / DAY_MINUTES);
    const minute = wallMinute - day * DAY_MINUTES;
    if (from < to) return from <= minute && minute < to && isDay(day);
    return minute >= from ? isDay(day) : minute < to && isDay(day - 1);
  };
  const isOpen = (now: number): boolean => holds(Math.floor((now - zone.at(now).offsetMs) / MINUTE_MS));
  /** While the offset stays as it is at `now`, the start of the next window after it. */
  const nextStart = (now: number): number => {
    const { offsetMs } = zone.at(now);
    const wall = Math.floor((now - offsetMs) / MINUTE_MS);
    let day = Math.floor(wall / DAY_MINUTES);
    while (!isDay(day) || day * DAY_MINUTES + from <= wall) day += 1;
    return (day * DAY_MINUTES + from) * MINUTE_MS + offsetMs;
  };
  return {
    isOpen,
    nextOpening(now) {
      for (let at = now; at < now + SEARCH_MS; at = zone.at(at).until) {
        if (isOpen(at)) return at;
        const start = nextStart(at);
        if (start < zone.at(at).until) return start;
      }
      return undefined;
    },
  };
}

function minuteOf(text: string): number {
  const [hours, minutes] = text.split(':');
  return Number(hours) * 60 + Number(minutes);
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;
