/** Settings that contradict each other, or are set by half, each in a sentence that says what to do. Pure. */
import type { SettingValues } from './config.ts';
import { judgeAddress, parseAddressPolicy } from './egress/address.ts';
import { isLoopbackHost } from './setting-values.ts';

/** What is fine by itself and wrong together. A value that did not parse is undefined here and was named already. */
export function contradictions(values: Partial<SettingValues>): string[] {
  const found: string[] = [];
  if (
    values.host !== undefined &&
    !isLoopbackHost(values.host) &&
    !values.publicUrl?.startsWith('https://')
  ) {
    found.push(
      'ALTER_HOST is not loopback: set ALTER_PUBLIC_URL to the https:// origin that people reach it by.',
    );
  }
  if (values.databaseOwnerUrl !== undefined && values.databaseUrl === undefined) {
    found.push('ALTER_DATABASE_OWNER_URL is set without ALTER_DATABASE_URL: set both or neither.');
  }
  if (values.rootKey !== undefined && values.rootKeyFile !== undefined) {
    found.push('ALTER_ROOT_KEY and ALTER_ROOT_KEY_FILE are both set: keep one.');
  }
  if (values.previousRootKey !== undefined && values.previousRootKeyFile !== undefined) {
    found.push('ALTER_PREVIOUS_ROOT_KEY and ALTER_PREVIOUS_ROOT_KEY_FILE are both set: keep one.');
  }
  return [...found, ...badMailServer(values), ...badSingleSignOn(values), ...badResolutions(values)];
}

function badMailServer({ smtpServer, smtpPasswordFile, smtpFrom }: Partial<SettingValues>): string[] {
  if (smtpFrom !== undefined && smtpServer === undefined)
    return ['ALTER_SMTP_FROM is set without ALTER_SMTP_URL: set both or neither.'];
  if (smtpPasswordFile !== undefined && smtpServer === undefined)
    return ['ALTER_SMTP_PASSWORD_FILE is set without ALTER_SMTP_URL: set both or neither.'];
  if (smtpPasswordFile !== undefined && smtpServer?.password !== undefined)
    return ['ALTER_SMTP_URL holds a password and ALTER_SMTP_PASSWORD_FILE is set: keep one.'];
  const hasPassword = smtpPasswordFile !== undefined || smtpServer?.password !== undefined;
  if (smtpServer !== undefined && (smtpServer.user !== undefined) !== hasPassword)
    return ['ALTER_SMTP_URL needs a user and a password, or neither.'];
  return [];
}

function badSingleSignOn({ oidcIssuer, oidcClientId, ...rest }: Partial<SettingValues>): string[] {
  if ((oidcIssuer === undefined) !== (oidcClientId === undefined))
    return ['ALTER_OIDC_ISSUER and ALTER_OIDC_CLIENT_ID belong together: set both or neither.'];
  if (oidcIssuer !== undefined) return [];
  const without = (name: string): string => `${name} is set without ALTER_OIDC_ISSUER: set both or neither.`;
  if (rest.oidcClientSecretFile !== undefined) return [without('ALTER_OIDC_CLIENT_SECRET_FILE')];
  return (rest.oidcDomains ?? []).length > 0 ? [without('ALTER_OIDC_DOMAINS')] : [];
}

/** I7: a fixed address is judged like one from DNS. */
function badResolutions(values: Partial<SettingValues>): string[] {
  if (values.egressAllow === undefined) return [];
  const policy = parseAddressPolicy(values.egressAllow);
  return [...(values.egressResolve ?? [])].flatMap(([host, { address }]) => {
    const verdict = judgeAddress(address, policy);
    if (verdict === 'ok') return [];
    return [
      `ALTER_EGRESS_RESOLVE sends ${host} to ${address}: ${verdict}. Add its network to ALTER_EGRESS_ALLOW.`,
    ];
  });
}
