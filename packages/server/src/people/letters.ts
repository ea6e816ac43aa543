/**
 * What the vault writes to its members: invitations, recovery, and that something grave was changed. A letter with a link says so
 * and until when; none holds anything else that is secret. Pure.
 */

export interface Letter {
  readonly subject: string;
  /** Paragraphs. */
  readonly text: readonly string[];
  readonly link?: { readonly label: string; readonly url: string };
}

const NOT_YOU =
  'If that was not you, tell an owner or admin of your vault, and look at your sessions under “Your account”.';

const minute = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

export const invitationLetter = (invited: {
  readonly by: string | null;
  readonly role: string;
  readonly url: string;
  readonly until: Date;
}): Letter => ({
  subject: 'You are invited to a vault',
  text: [
    `${invited.by ?? 'An owner'} invites you to Alter Vault as ${invited.role}. With the link you choose how you come in.`,
    `It is good once, until ${minute(invited.until)}. Whoever has it can come in as you: do not forward it.`,
  ],
  link: { label: 'Take up the invitation', url: invited.url },
});

export const recoveryLetter = (asked: {
  readonly url: string;
  readonly from: Date;
  readonly until: Date;
  readonly isDelayed: boolean;
}): Letter => ({
  subject: 'Set a new password',
  text: [
    'Somebody asked to set a new password for your account at Alter Vault. With the link you choose one; your sessions end, and your second factor is asked for as before.',
    asked.isDelayed
      ? `Because of your role it counts from ${minute(asked.from)} on, until ${minute(asked.until)}, and once.`
      : `It is good once, until ${minute(asked.until)}.`,
    'If that was not you, do not use it, and do not forward it: your password goes on as it is. Changing it yourself takes the link back.',
  ],
  link: { label: 'Set a new password', url: asked.url },
});

/** For an account that has no password to forget. */
export const noPasswordLetter = (): Letter => ({
  subject: 'Your account has no password',
  text: [
    'Somebody asked to set a new password for your account at Alter Vault. It has none: you come in by passkey or single sign-on, and the vault does not replace these by a link in a mail.',
    'If you can’t come in any more, ask an owner or admin of your vault for a link.',
  ],
});

/** What was changed, in words. */
export const GRAVE_CHANGES = {
  password_changed: 'Your password was changed, and your other sessions were ended.',
  password_recovered: 'A new password was set by a recovery link, and your sessions were ended.',
  totp_enabled: 'An authenticator app was set up for your account.',
  totp_disabled: 'The authenticator app of your account was removed: your password alone signs in.',
  recovery_codes_replaced: 'Your recovery codes were replaced.',
  recovery_code_used: 'One of your recovery codes was used to prove who you are.',
  passkey_added: 'A passkey was added to your account.',
  passkey_removed: 'A passkey of your account was removed.',
  factors_reset:
    'An owner or admin removed your authenticator app, recovery codes, passkeys and linked single sign-on, and ended your sessions.',
  recovery_link_made: 'An owner or admin made a link with which a new password can be set for your account.',
  identity_linked: 'Your account was linked with an account of your identity provider.',
  identity_unlinked: 'Your account was unlinked from your identity provider.',
} as const;
export type GraveChange = keyof typeof GRAVE_CHANGES;

export const changeLetter = (change: GraveChange, at: Date, ip: string | null): Letter => ({
  subject: 'Your account was changed',
  text: [
    GRAVE_CHANGES[change],
    `At ${minute(at)}${ip === null || ip === '' ? '' : `, from ${ip}`}.`,
    NOT_YOU,
  ],
});
