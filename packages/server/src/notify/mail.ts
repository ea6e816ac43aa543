/**
 * A notice as an e-mail: plain text, and the same in HTML with everything escaped. One link; opening it decides nothing.
 * Headers hold no line breaks: addresses are checked when a channel is stored, the subject has its controls made visible.
 */
import { describe, visible } from './describe.ts';
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
  const rows = [['App', visible(appName)] as const, ['At', at] as const, ...lines];
  const from = channel.settings.from ?? '';
  return {
    from,
    to: channel.settings.to ?? [],
    subject: `[${visible(appName)}] ${title}`,
    text: [
      title,
      '',
      ...rows.map(([label, value]) => `${label}: ${value}`),
      ...(link === undefined ? [] : ['', `${link.label}: ${link.url}`]),
      '',
      'Sent by Alter Vault.',
      '',
    ].join('\n'),
    html: [
      '<!doctype html><html><body style="font-family:sans-serif">',
      `<h2>${escapeHtml(title)}</h2><table>`,
      ...rows.map(
        ([label, value]) =>
          `<tr><th align="left" valign="top">${escapeHtml(label)}</th><td>${escapeHtml(value)}</td></tr>`,
      ),
      '</table>',
      ...(link === undefined
        ? []
        : [`<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.label)}</a></p>`]),
      '<p>Sent by Alter Vault.</p></body></html>',
    ].join('\n'),
    messageId: `<${deliveryId}@${from.slice(from.lastIndexOf('@') + 1)}>`,
  };
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
