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
  forgot: 'Forgot your password?',
  toSignIn: 'To the sign-in',
  linkMissing: 'The link is not whole',
  linkMissingHint:
    'Open it again from where you got it, or paste it whole: the part after # belongs to it. Loading this page anew loses it.',

  invitation: 'You are invited',
  invitedAs: 'You come into this vault as',
  displayName: 'Your name',
  displayNameHint: 'As other members see it.',
  how: 'How do you want to sign in?',
  bySso: (name: string) => `With ${name}`,
  bySsoHint: 'Your account there, as for other tools. Nothing to remember.',
  byPasskey: 'With a passkey',
  byPasskeyHint: 'The lock of this device, or a security key. Nothing to remember.',
  byPassword: 'With a password',
  byPasswordHint: 'You can add an authenticator app or a passkey afterwards.',
  thisDevice: 'This device',
  join: 'Come in',

  recovery: 'Set a new password',
  recoveryLead: 'We mail you a link with which you set a new one. Your second factor stays.',
  recoveryAsk: 'Mail me a link',
  recoveryAsked: 'If there is such an account, a link is on its way.',
  recoveryAskedHint:
    'It counts for an hour; of owners and admins from a quarter of an hour on. Nothing came? Look in the spam, or ask an owner or admin for a link.',
  recoveryNoMail: 'This vault sends no mail',
  recoveryNoMailHint:
    'Ask an owner or admin: under “Members” they make a link for you with which you set a new password.',
  recoveryFor: 'For the account',
  recoveryEnds: 'Every session of yours ends. Your second factor is asked for as before.',
  recoveryLater: 'This link counts',
  recoveryLaterHint:
    'Owners and admins wait a while, so that somebody notices if it was not you who asked. Open it again then.',
  recoveryDone: 'Your new password is set. Sign in with it.',
} as const;
