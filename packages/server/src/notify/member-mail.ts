/**
 * E-mail of the vault itself to its members, through the mail server of the settings. Without one, or without a sender, there is
 * none. Never fails what it tells of: that a letter did not go is logged, without its text, which may hold a link.
 */
import type { Egress } from '../egress/egress.ts';
import { newId } from '../ids.ts';
import type { Log } from '../log.ts';
import type { Letter } from '../people/letters.ts';
import { visible } from './describe.ts';
import { escapeHtml, type Mail } from './mail.ts';
import { sendMail, type SmtpAccount } from './smtp.ts';

/** More than this at once, and letters are not sent: whoever asks for them in masses gets none. */
const UNDER_WAY_MAX = 50;

export interface MemberMailParts {
  readonly egress: Egress;
  readonly smtp: SmtpAccount | undefined;
  readonly from: string | undefined;
  readonly log: Log;
}

export class MemberMail {
  readonly #parts: MemberMailParts;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(parts: MemberMailParts) {
    this.#parts = parts;
  }

  get isSet(): boolean {
    return this.#parts.smtp !== undefined && this.#parts.from !== undefined;
  }

  /** True once the mail server took it. */
  async send(to: string, letter: Letter): Promise<boolean> {
    const { egress, smtp, from, log } = this.#parts;
    if (smtp === undefined || from === undefined) return false;
    try {
      return (await sendMail(egress, smtp, compose(from, to, letter))).length === 0;
    } catch (error) {
      log.warn({ err: error, subject: letter.subject }, 'a letter to a member was not sent');
      return false;
    }
  }

  /** Behind the answer. */
  post(to: string | null, letter: Letter): void {
    if (to !== null && this.isSet) this.run(() => this.send(to, letter));
  }

  /** Other work that belongs behind an answer, so that its time tells nothing. Waited for at the end. */
  run(work: () => Promise<unknown>): void {
    if (this.#underWay.size >= UNDER_WAY_MAX) {
      this.#parts.log.warn({}, 'too many letters at once: one was not sent');
      return;
    }
    const running = work()
      .catch((error: unknown) => this.#parts.log.error({ err: error }, 'work behind an answer failed'))
      .finally(() => this.#underWay.delete(running));
    this.#underWay.add(running);
  }

  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}

const SIGNED = 'Alter Vault';

function compose(from: string, to: string, { subject, text, link }: Letter): Mail {
  const paragraphs = text.map(visible);
  return {
    from,
    to: [to],
    subject,
    text: [...paragraphs, ...(link === undefined ? [] : [`${link.label}:\n${link.url}`]), SIGNED, ''].join(
      '\n\n',
    ),
    html: [
      '<!doctype html><html><body style="font-family:sans-serif">',
      ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
      ...(link === undefined
        ? []
        : [`<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.label)}</a></p>`]),
      `<p>${SIGNED}</p></body></html>`,
    ].join('\n'),
    messageId: `<${newId()}@${from.slice(from.lastIndexOf('@') + 1)}>`,
  };
}
