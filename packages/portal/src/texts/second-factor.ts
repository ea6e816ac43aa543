/** Texts of the second factor. */
export const secondFactor = {
  kind: 'Second factor',
  totp: 'Authenticator app',
  recoveryCode: 'Recovery code',
  code: 'Code',
  hint: 'Your account has a second factor: the password alone does not sign in.',
} as const;
