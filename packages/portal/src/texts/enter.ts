/** Texts of the pages on the way in. */
export const enter = {
  signIn: 'Sign in',
  email: 'E-mail address',
  password: 'Password',
  setUp: 'Set up the vault',
  setUpLead: 'You become its first owner. This works once, with the token that the first start printed.',
  setupToken: 'Set-up token',
  setUpDone: 'Become the owner',
  hasAccount: 'The vault is set up already?',
  isNew: 'A new vault?',
} as const;
