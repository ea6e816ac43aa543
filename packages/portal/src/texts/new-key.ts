/** Texts of a new API key, which is shown once. */
export const newKey = {
  shownOnce:
    'This is the only time the key is shown; the vault keeps a hash of it. Put it where your program reads its secrets. If it gets lost, rotate the key.',
  label: 'API key',
  environment: 'For the environment of your program',
} as const;
