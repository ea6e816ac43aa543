/**
 * A notice as Slack Block Kit. What callers wrote stands in plain_text, where no markup, mention or link of theirs has an
 * effect; `&`, `<` and `>` are escaped everywhere (Slack's rule for all text).
 */
import { describe } from './describe.ts';
import type { Outgoing } from './outgoing.ts';

/** Slack's limits: characters of a header, of a field; fields of a section, blocks of a message. */
const HEADER_CHARS_MAX = 150;
const FIELD_CHARS_MAX = 2000;
const FIELDS_MAX = 10;
const SECTIONS_MAX = 4;

interface Text {
  readonly type: 'plain_text' | 'mrkdwn';
  readonly text: string;
}

export function slackBody(outgoing: Outgoing): Buffer {
  const { title, lines, link } = describe(outgoing.event, outgoing.subject);
  const heading = `[${outgoing.appName}] ${title}`;
  const fields = lines.map(([label, value]) => plain(`${label}: ${value}`, FIELD_CHARS_MAX));
  const sections = Array.from({ length: Math.min(Math.ceil(fields.length / FIELDS_MAX), SECTIONS_MAX) });
  const blocks = [
    { type: 'header', text: plain(heading, HEADER_CHARS_MAX) },
    ...sections.map((_, at) => ({
      type: 'section',
      fields: fields.slice(at * FIELDS_MAX, (at + 1) * FIELDS_MAX),
    })),
    ...(link === undefined
      ? []
      : [
          {
            type: 'section',
            text: { type: 'mrkdwn', text: `<${escape(link.url.replaceAll('|', '%7C'))}|${link.label}>` },
          },
        ]),
  ];
  return Buffer.from(
    JSON.stringify({ text: escape(heading), blocks, unfurl_links: false, unfurl_media: false }),
  );
}

function plain(text: string, max: number): Text & { readonly emoji?: false } {
  return { type: 'plain_text', text: clipEscaped(escape(text), max), emoji: false };
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Never in the middle of an escape, which would bring its `&` back. */
function clipEscaped(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text
    .slice(0, max - 1)
    .replace(/&[a-z]{0,3}$/, '')
    .toWellFormed()}…`;
}
