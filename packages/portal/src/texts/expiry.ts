/** Texts of choosing when something ends. */
import { plural } from './numbers.ts';

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

const span = (seconds: number): string => {
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? UNITS[2];
  return plural(seconds / size, unit);
};

export const expiry = {
  span,
  label: 'Expires',
  never: 'Never',
  after: (seconds: number) => `In ${span(seconds)}`,
  for: (seconds: number) => `For ${span(seconds)}`,
  at: 'At a moment…',
  moment: 'Date and time',
  past: 'Choose a moment that lies ahead.',
} as const;
