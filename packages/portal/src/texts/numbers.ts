/** Counts and measures as people read them. */
const LOCALE = 'en';

const whole = new Intl.NumberFormat(LOCALE);
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 1 });

export const count = (value: number): string => whole.format(value);

/** “1.2M”: for axes and tiles. */
export const compactCount = (value: number): string => compact.format(value);

/** “3.4%” of a share between 0 and 1. */
export const share = (value: number): string => percent.format(value);

/** “850 ms”, “1.4 s”. */
export const milliseconds = (value: number): string =>
  value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;

/** “1 call”, “3 calls”. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;
