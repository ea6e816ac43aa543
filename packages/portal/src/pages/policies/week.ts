/** A time window over the cells of a week: which hours it opens, and which window a stretch of cells means. Pure. */
import type { Day } from '@alter-vault/contract';
import { WEEK, type WindowDraft } from './draft.ts';

/** An hour of a day, counted from Monday. */
export interface Cell {
  readonly day: number;
  readonly hour: number;
}

/** Which part of an hour is open, in hundredths. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

const HOUR_MINUTES = 60;
const DAY_MINUTES = 24 * HOUR_MINUTES;

/** Minutes since midnight; undefined for what is no time. */
export function minuteOf(text: string): number | undefined {
  if (text === '24:00') return DAY_MINUTES;
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours) * HOUR_MINUTES + Number(minutes);
}

const clock = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

/** The open parts of an hour; a window past midnight goes on in the day after the one that it belongs to. */
export function partsOf({ days, from, to }: WindowDraft, { day, hour }: Cell): readonly Part[] {
  const [start, end] = [minuteOf(from), minuteOf(to)];
  if (start === undefined || end === undefined || start === end) return [];
  const isOn = (index: number): boolean => days.includes(dayAt(index));
  const spans: (readonly [number, number])[] = [];
  if (isOn(day)) spans.push([start, end > start ? end : DAY_MINUTES]);
  if (end < start && isOn(day + 6)) spans.push([0, end]);
  const hourStart = hour * HOUR_MINUTES;
  return spans.flatMap(([first, last]) => {
    const low = Math.max(first, hourStart);
    const high = Math.min(last, hourStart + HOUR_MINUTES);
    return low < high ? [{ from: share(low - hourStart), to: share(high - hourStart) }] : [];
  });
}

const share = (minutes: number): number => (minutes / HOUR_MINUTES) * 100;
const dayAt = (index: number): Day => WEEK[index % 7] ?? 'mon';

/** The window that the rectangle between two cells is. */
export function windowOf(one: Cell, other: Cell): Pick<WindowDraft, 'days' | 'from' | 'to'> {
  const [firstDay, lastDay] = [Math.min(one.day, other.day), Math.max(one.day, other.day)];
  return {
    days: WEEK.slice(firstDay, lastDay + 1),
    from: clock(Math.min(one.hour, other.hour)),
    to: clock(Math.max(one.hour, other.hour) + 1),
  };
}

export function toggled(days: readonly Day[], day: Day): Day[] {
  return days.includes(day) ? days.filter((one) => one !== day) : [...days, day];
}
