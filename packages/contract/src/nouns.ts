/** The nouns of the wire that more than one package speaks of. Types and constants, no code. */

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
  | {
      readonly in: 'aws_sigv4';
      /** What is signed for, whatever the host says. */
      readonly service?: string | undefined;
      readonly region?: string | undefined;
      /** The only ones that may be signed for; without them any. */
      readonly services?: string[] | undefined;
      readonly regions?: string[] | undefined;
      /** The longest that a presigned URL may live; 0 forbids them. Without it an hour. */
      readonly presign_seconds_max?: number | undefined;
    };

/** Seven days, the longest that AWS takes for a presigned URL. */
export const PRESIGN_SECONDS_MAX = 604_800;
/** Where the rule of a secret says nothing else. */
export const PRESIGN_SECONDS_DEFAULT_MAX = 3600;

/** How a call came in: request mode (the credential is released) or proxy mode (the server sends it). */
export type CallMode = 'request' | 'proxy';
