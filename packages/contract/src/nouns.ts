/** The nouns of the wire that more than one package speaks of. Types only. */

export const CREDENTIAL_TYPES = ['bearer', 'api_key', 'basic', 'aws_sigv4'] as const;
export type CredentialType = (typeof CREDENTIAL_TYPES)[number];

export const DELIVERIES = ['any', 'proxy_only'] as const;
export type Delivery = (typeof DELIVERIES)[number];

export const PRINCIPAL_TYPES = ['system', 'agent', 'user', 'group'] as const;
export type PrincipalType = (typeof PRINCIPAL_TYPES)[number];

/** How a credential gets into a request (WIRE §5), applied in order. */
export type InjectionRule =
  | { readonly in: 'header' | 'query'; readonly name: string; readonly format: string }
  | { readonly in: 'path'; readonly mode: 'prefix' | 'replace'; readonly format: string }
  | { readonly in: 'basic'; readonly username: string; readonly password: string }
  | { readonly in: 'aws_sigv4'; readonly service?: string | undefined; readonly region?: string | undefined };

/** How a call came in: request mode (the credential is released) or proxy mode (the server sends it). */
export type CallMode = 'request' | 'proxy';
