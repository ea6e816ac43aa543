/**
 * A notice as a person reads it: a title, lines of label and value, one link. Everything in it may come from a caller, so
 * what would act on the reader's screen instead of being read is made visible (A4).
 */
import type { Json, JsonObject } from '../audit/context.ts';
import type { Notice } from './notice.ts';

export interface Described {
  readonly title: string;
  readonly lines: readonly (readonly [label: string, value: string])[];
  /** Opens a page; decides nothing. */
  readonly link: { readonly label: string; readonly url: string } | undefined;
}

const TITLES: Readonly<Record<Notice['kind'], string>> = {
  'approval.requested': 'Approval needed',
  'approval.decided': 'Approval decided',
  'approval.executed': 'Approved call executed',
  'approval.failed': 'Approved call failed',
  'approval.expired': 'Approval expired',
  'approval.cancelled': 'Approval cancelled',
  'secret.rotation_due': 'Secret due for rotation',
  'channel.test': 'Test notice',
};

/** Where the link is looked for, and what it is called. */
const LINKS: readonly (readonly [field: string, label: string])[] = [
  ['approval_url', 'Open the approval'],
  ['url', 'Open in the vault'],
];
const LINK_FIELDS = new Set(LINKS.map(([field]) => field));
const VALUE_CHARS_MAX = 500;
/** Controls, and what turns or hides text: U+061C, U+200B–U+200F, U+2028–U+202E, U+2060–U+2069, U+FEFF, tags. */
const ACTING =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

export function describe(kind: Notice['kind'], subject: JsonObject): Described {
  const lines = Object.entries(subject)
    .filter(([field, value]) => !LINK_FIELDS.has(field) && value !== null && value !== '')
    .map(([field, value]) => [labelOf(field), shown(value)] as const);
  return { title: titleOf(kind, subject), lines, link: linkOf(subject) };
}

/** The text with everything that acts instead of being read as `\u{…}`. */
export function visible(text: string): string {
  return text.replaceAll(ACTING, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

function titleOf(kind: Notice['kind'], subject: JsonObject): string {
  const about = [subject['method'], subject['host'] ?? subject['secret_name'] ?? subject['secret']]
    .filter((value) => typeof value === 'string')
    .map((value) => visible(value));
  return about.length === 0 ? TITLES[kind] : clip(`${TITLES[kind]}: ${about.join(' ')}`, 150);
}

function labelOf(field: string): string {
  const words = visible(field).replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function shown(value: Json): string {
  return clip(visible(typeof value === 'string' ? value : JSON.stringify(value)), VALUE_CHARS_MAX);
}

function linkOf(subject: JsonObject): Described['link'] {
  for (const [field, label] of LINKS) {
    const url = subject[field];
    if (typeof url === 'string' && /^https?:\/\/[\x21-\x7e]+$/.test(url)) return { label, url };
  }
  return undefined;
}

function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
}
