/** Texts of members and of one's own account. */
export const people = {
  accountTitle: 'Your account',
  email: 'E-mail address',
  role: 'Role',
} as const;
