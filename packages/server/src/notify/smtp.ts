/**
 * Hands a mail to the mail server of the settings, over a connection that egress dialled (I2) and TLS that is verified,
 * from the first byte (`smtps`) or by STARTTLS, without which nothing is sent. Never resolves a name, never opens a
 * socket, never reads a file or URL for a mail.
 */
import { createTransport } from 'nodemailer';
import type { Egress } from '../egress/egress.ts';
import type { SmtpServer } from '../setting-values.ts';
import { Refusal } from '../refusal.ts';
import type { Secret } from '../vault/secret.ts';
import type { Mail } from './mail.ts';

const DIAL_MS_MAX = 10_000;
const SILENCE_MS_MAX = 10_000;
/** Of everything, so that a drip-feeding server holds nobody up. */
const TOTAL_MS_MAX = 30_000;

/** The mail server said no. */
export class SmtpRefused extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, cause: unknown) {
    super('the mail server refused', { cause });
    this.statusCode = statusCode;
  }
}

export interface SmtpAccount {
  readonly server: SmtpServer;
  readonly password: Secret | undefined;
}

/** Answers with the recipients that the server did not take, when it took some. @throws SmtpRefused, Refusal */
export async function sendMail(egress: Egress, account: SmtpAccount, mail: Mail): Promise<readonly string[]> {
  const { server, password } = account;
  const { socket, secureContext } = await egress.dialRaw(server, DIAL_MS_MAX);
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.isTlsFromStart,
    requireTLS: !server.isTlsFromStart,
    // `host` names the certificate; no connection is ever made by name here.
    getSocket: (_options, callback) => callback(null, { connection: socket }),
    tls: { secureContext, minVersion: 'TLSv1.2', rejectUnauthorized: true },
    ...(server.user === undefined
      ? {}
      : { auth: { user: server.user, pass: password?.revealText() ?? '' }, forceAuth: true }),
    connectionTimeout: SILENCE_MS_MAX,
    greetingTimeout: SILENCE_MS_MAX,
    socketTimeout: SILENCE_MS_MAX,
    name: 'alter-vault',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const timer = setTimeout(
    () => socket.destroy(new Refusal('upstream_timeout', { detail: 'the mail server took too long' })),
    TOTAL_MS_MAX,
  );
  try {
    const sent = await transport.sendMail({
      from: { name: 'Alter Vault', address: mail.from },
      to: mail.to.map((address) => ({ name: '', address })),
      envelope: { from: mail.from, to: [...mail.to] },
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      messageId: mail.messageId,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    return sent.rejected;
  } catch (error) {
    throw toFailure(error);
  } finally {
    clearTimeout(timer);
    transport.close();
    socket.destroy();
  }
}

function toFailure(error: unknown): Error {
  if (error instanceof Refusal) return error;
  const { code, responseCode } = fieldsOf(error);
  if (responseCode !== undefined) return new SmtpRefused(responseCode, error);
  return new Refusal(code === 'ETIMEDOUT' ? 'upstream_timeout' : 'upstream_unreachable', {
    detail: `mail: ${code ?? 'failed'}`,
    cause: error,
  });
}

function fieldsOf(error: unknown): { code: string | undefined; responseCode: number | undefined } {
  if (typeof error !== 'object' || error === null) return { code: undefined, responseCode: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const responseCode =
    'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : undefined;
  return { code, responseCode };
}
