/** The mail account of the settings, with its password from where the operator put it. Read once, at start. */
import { readFile } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { StartError } from '../store/start-error.ts';
import { Secret } from '../vault/secret.ts';
import type { SmtpAccount } from './smtp.ts';

/** Undefined: no mail server is configured. @throws StartError */
export async function loadSmtpAccount(
  config: Pick<Config, 'smtpServer' | 'smtpPasswordFile'>,
): Promise<SmtpAccount | undefined> {
  const { smtpServer: server, smtpPasswordFile: path } = config;
  if (server === undefined) return undefined;
  return { server, password: path === undefined ? server.password : await readPassword(path) };
}

async function readPassword(path: string): Promise<Secret> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unusable(`The file ${path} with the password of the mail server cannot be read.`, cause);
  });
  const password = text.replace(/\r?\n$/, '');
  if (password === '' || /[\r\n\0]/.test(password))
    throw unusable(`The file ${path} does not hold one line with the password of the mail server.`);
  return Secret.fromText(password);
}

const unusable = (message: string, cause?: unknown): StartError =>
  new StartError('smtp_password_unusable', message, {
    hint: 'Correct the file or ALTER_SMTP_PASSWORD_FILE, or unset it with ALTER_SMTP_URL to send no e-mail.',
    cause,
  });
