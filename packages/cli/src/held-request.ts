/**
 * A held call as an approver reads it before deciding: every byte that will be sent, nothing that steers the terminal,
 * and no line of the call that could be taken for one of ours. Decides nothing.
 */
import type { Row } from './output.ts';
import { isRow } from './vault-api.ts';
import { indentJson, visible, visibleAscii, visibleLines } from './visible.ts';

/** Before each line that the requester wrote. */
const QUOTE = '  │ ';
const HEX_BYTES_PER_LINE = 16;

/** What is shown of the answer of `GET /v1/approvals/{id}/request`, line by line. */
export function heldRequestLines(held: Row): string[] {
  const [approval, request, said] = [rowOf(held['approval']), rowOf(held['request']), rowOf(held['said'])];
  return [
    ...approvalLines(approval),
    '',
    `${visibleAscii(textOf(request['method']))} ${visibleAscii(textOf(request['url']))}`,
    ...('host_unicode' in request
      ? [`${QUOTE}the host is shown elsewhere as ${visible(textOf(request['host_unicode']))}`]
      : []),
    ...headerLines(request),
    '',
    ...bodyLines(request),
    '',
    ...saidLines(said),
    ...warningLines(held['warnings']),
    `digest    ${textOf(approval['request_digest'])}`,
  ];
}

function approvalLines(approval: Row): string[] {
  const terms = rowsOf(approval['terms']).map((term) => {
    const { name, quorum, approvers, approved_by: approvedBy } = term;
    return `needs     ${String(quorum)} of ${listOf(approvers)} (${visible(textOf(name))}), has ${Array.isArray(approvedBy) ? approvedBy.length : 0}`;
  });
  const decisions = rowsOf(approval['decisions']).map((decision) => {
    const { member_id: memberId, decision: what, reason, decided_at: at } = decision;
    const why = typeof reason === 'string' ? `: ${visible(reason)}` : '';
    return `decided   ${textOf(what)} by ${textOf(memberId)} at ${textOf(at)}${why}`;
  });
  return [
    `approval  ${textOf(approval['approval_id'])}`,
    `status    ${textOf(approval['status'])}, until ${textOf(approval['expires_at'])}`,
    `secret    ${visible(textOf(approval['secret_name']))}`,
    `grant     ${textOf(approval['grant_id'])}`,
    `key       ${textOf(approval['key_id'])}`,
    ...terms,
    ...decisions,
  ];
}

function headerLines(request: Row): string[] {
  const headers: readonly unknown[] = Array.isArray(request['headers']) ? request['headers'] : [];
  const sent = headers.map((pair) => {
    const [name, value] = isList(pair) ? pair : [];
    return `${QUOTE}${visibleAscii(textOf(name))}: ${visibleAscii(textOf(value))}`;
  });
  const injected = rowsOf(request['injected']).map(
    ({ in: place, name }) => `  + the credential, in ${textOf(place)} ${visibleAscii(textOf(name))}`,
  );
  const role = textOf(request['role_arn']);
  return [...sent, ...injected, ...(role === '' ? [] : [`  + signed as the role ${visibleAscii(role)}`])];
}

function bodyLines(request: Row): string[] {
  const body = request['body'];
  if (!isRow(body)) return ['no body'];
  const size = `${String(request['body_bytes'])} bytes, SHA-256 ${textOf(request['body_sha256'])}`;
  if (typeof body['base64'] === 'string')
    return [
      `body, not text, ${size}`,
      ...hexLines(Buffer.from(body['base64'], 'base64')).map((line) => QUOTE + line),
    ];
  const text = textOf(body['text']);
  const json = indentJson(text);
  return [
    `body, ${json === undefined ? '' : 'JSON indented here, '}${size}`,
    ...visibleLines(json ?? text).map((line) => QUOTE + line),
  ];
}

function hexLines(bytes: Buffer): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += HEX_BYTES_PER_LINE) {
    const part = bytes.subarray(at, at + HEX_BYTES_PER_LINE);
    const text = part.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '.');
    const hex = part.toString('hex').replaceAll(/(..)/g, '$1 ');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(HEX_BYTES_PER_LINE * 3)} ${text}`);
  }
  return lines;
}

/** What the requester says is no fact, and is set apart as such. */
function saidLines(said: Row): string[] {
  const words: (readonly [string, unknown])[] = [
    ['reason', said['reason']],
    ['caller', said['caller']],
    ['context', isRow(said['context']) ? JSON.stringify(said['context']) : undefined],
  ];
  const lines = words.flatMap(([label, value]) =>
    typeof value === 'string' ? [`${QUOTE}${label}: ${visible(value)}`] : [],
  );
  return [
    ...(lines.length === 0 ? [] : ['who asked says', ...lines]),
    ...(typeof said['ip'] === 'string' ? [`asked from ${said['ip']}`] : []),
    '',
  ];
}

const warningLines = (warnings: unknown): string[] =>
  rowsOf(warnings).map(
    ({ where, what }) => `WARNING   the ${textOf(where)} holds ${textOf(what).replaceAll('_', ' ')}`,
  );

/** The body as it will be sent. */
export function heldBody(held: Row): Buffer {
  const body = rowOf(rowOf(held['request'])['body']);
  if (typeof body['base64'] === 'string') return Buffer.from(body['base64'], 'base64');
  return Buffer.from(textOf(body['text']), 'utf8');
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const rowOf = (value: unknown): Row => (isRow(value) ? value : {});
const rowsOf = (value: unknown): Row[] => (Array.isArray(value) ? value.filter(isRow) : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const listOf = (value: unknown): string =>
  Array.isArray(value) ? value.map((one) => visible(String(one))).join(', ') : '';
