/** The identity provider of the settings, with the secret from where the operator put it. Read once, at start. */
import { readFile } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { StartError } from '../store/start-error.ts';
import { Secret } from '../vault/secret.ts';
import type { SsoSettings } from './provider.ts';

/** Undefined: no single sign-on is configured. @throws StartError */
export async function loadSsoSettings(
  config: Pick<Config, 'oidcIssuer' | 'oidcClientId' | 'oidcClientSecretFile' | 'oidcName' | 'oidcScopes'>,
): Promise<SsoSettings | undefined> {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecretFile: path } = config;
  if (issuer === undefined || clientId === undefined) return undefined;
  const clientSecret = path === undefined ? undefined : await readSecret(path);
  return { issuer, clientId, clientSecret, name: config.oidcName, scopes: config.oidcScopes.join(' ') };
}

async function readSecret(path: string): Promise<Secret> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unusable(`The file ${path} with the secret of single sign-on cannot be read.`, cause);
  });
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '' || /[\r\n\0]/.test(secret))
    throw unusable(`The file ${path} does not hold one line with the secret of single sign-on.`);
  return Secret.fromText(secret);
}

const unusable = (message: string, cause?: unknown): StartError =>
  new StartError('oidc_secret_unusable', message, {
    hint: 'Correct the file or ALTER_OIDC_CLIENT_SECRET_FILE, or unset ALTER_OIDC_ISSUER to have no single sign-on.',
    cause,
  });
