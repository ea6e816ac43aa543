/**
 * A notice as an e-mail: plain text, and the same in HTML with everything escaped. One link; opening it decides nothing.
 * Headers hold no line breaks: addresses are checked when a channel is stored, the subject has its controls made visible.
 */
import { newId } from '../ids.ts';
import { describe, visible, type Described } from './describe.ts';
import type { Outgoing } from './outgoing.ts';

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Stable: what is delivered twice can be seen to be the same. */
  readonly messageId: string;
}

export function composeMail(outgoing: Outgoing): Mail {
  const { channel, deliveryId, event, at, appName } = outgoing;
  const { title, lines, link } = describe(event, outgoing.subject);
  const from = channel.settings.from ?? '';
  return {
    from,
    to: channel.settings.to ?? [],
    subject: `[${visible(appName)}] ${title}`,
    ...written({ title, lines: [['App', visible(appName)], ['At', at], ...lines], link }),
    messageId: messageId(deliveryId, from),
  };
}

/** To whoever asked for it, to see that the mail server works. */
export function composeTestMail({
  from,
  to,
  publicUrl,
  at,
}: {
  readonly from: string;
  readonly to: string;
  readonly publicUrl: string;
  readonly at: Date;
}): Mail {
  const title = 'Test mail';
  return {
    from,
    to: [to],
    subject: `[Alter Vault] ${title}`,
    ...written({
      title,
      lines: [
        ['At', at.toISOString()],
        ['What it says', 'The mail server of this vault works.'],
      ],
      link: { label: 'Open the vault', url: publicUrl },
    }),
    messageId: messageId(newId(), from),
  };
}

const messageId = (id: string, from: string): string => `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`;

function written({ title, lines, link }: Described): Pick<Mail, 'text' | 'html'> {
  return {
    text: [
      title,
      '',
      ...lines.map(([label, value]) => `${label}: ${value}`),
      ...(link === undefined ? [] : ['', `${link.label}: ${link.url}`]),
      '',
      'Sent by Alter Vault.',
      '',
    ].join('\n'),
    html: [
      '<!doctype html><html><body style="font-family:sans-serif">',
      `<h2>${escapeHtml(title)}</h2><table>`,
      ...lines.map(
        ([label, value]) =>
          `<tr><th align="left" valign="top">${escapeHtml(label)}</th><td>${escapeHtml(value)}</td></tr>`,
      ),
      '</table>',
      ...(link === undefined
        ? []
        : [`<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.label)}</a></p>`]),
      '<p>Sent by Alter Vault.</p></body></html>',
    ].join('\n'),
  };
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
