/** Texts of choosing a password. */
export const passwords = {
  label: 'New password',
  hint: 'At least 12 characters. A few words that do not belong together are easier to keep in mind than signs.',
  missing: (n: number) => (n === 1 ? 'One more character.' : `${n} more characters.`),
  judging: 'Looking how easily it is guessed…',
  strengths: [
    'Too common: it would be refused.',
    'Too easy to guess: it would be refused.',
    'Can be taken.',
    'Good.',
    'Very good.',
  ],
} as const;
