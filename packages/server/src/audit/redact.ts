/**
 * What must not reach the audit log: values of query parameters that look like credentials, and known secret values (I8).
 * Works on text as it stands; must never decode and re-encode a URL, since audit shows what was asked.
 */

export const REDACTED = '[redacted]';

const CREDENTIAL_NAMES = new Set([
  'apikey',
  'key',
  'token',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'authtoken',
  'sessiontoken',
  'auth',
  'authorization',
  'sig',
  'signature',
  'hmac',
  'password',
  'passwd',
  'pwd',
  'pass',
  'secret',
  'clientsecret',
  'secretkey',
  'clientassertion',
  'accesskey',
  'accesskeyid',
  'awsaccesskeyid',
  'secretaccesskey',
  'credential',
  'credentials',
  'jwt',
  'code',
  'session',
  'sessionid',
  'sid',
  'appkey',
  'applicationkey',
  'subscriptionkey',
  'privatekey',
  'otp',
  'bearer',
  'xamzsignature',
  'xamzcredential',
  'xamzsecuritytoken',
  'xgoogsignature',
  'xgoogcredential',
  'ocpapimsubscriptionkey',
]);

const CREDENTIAL_ENDING = /(?:token|secret|password|apikey|signature|accesskey|privatekey)$/;

/** Shorter values would blank out ordinary words. */
const SECRET_LENGTH_MIN = 8;

/** The URL with the values of query parameters that look like credentials replaced, and no known secret in it. */
export function redactUrl(url: string, secrets: readonly string[] = []): string {
  const start = url.indexOf('?');
  if (start < 0) return redactText(url, secrets);
  const query = url
    .slice(start + 1)
    .split('&')
    .map(redactPair)
    .join('&');
  return redactText(`${url.slice(0, start)}?${query}`, secrets);
}

/** The text with each known secret replaced, as it stands and percent-encoded. */
export function redactText(text: string, secrets: readonly string[]): string {
  let result = text;
  for (const secret of secrets) {
    if (secret.length < SECRET_LENGTH_MIN) continue;
    result = result.replaceAll(secret, REDACTED);
    // Encoded it differs by escapes only.
    if (!result.includes('%')) continue;
    const encoded = encodeURIComponent(secret.toWellFormed());
    if (encoded !== secret) result = result.replaceAll(encoded, REDACTED);
  }
  return result;
}

function redactPair(pair: string): string {
  const equals = pair.indexOf('=');
  if (equals < 0 || equals === pair.length - 1) return pair;
  return looksLikeCredential(pair.slice(0, equals)) ? `${pair.slice(0, equals + 1)}${REDACTED}` : pair;
}

export function looksLikeCredential(rawName: string): boolean {
  const name = decodeLenient(rawName)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
  return CREDENTIAL_NAMES.has(name) || CREDENTIAL_ENDING.test(name);
}

function decodeLenient(text: string): string {
  return text.replaceAll(/%([0-7][0-9a-fA-F])/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
