/**
 * AWS Signature Version 4: the header form (`sign`) and the query form (`presign`), synchronous and pure.
 * Signs the request as it is given and changes nothing in it; never hands out anything the secret access key could be
 * worked out from. Held to AWS's own suite in test/outside/aws-sigv4.test.ts.
 */
import { createHmac, hash } from 'node:crypto';
import type { Secret } from '../vault/secret.ts';
import {
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  type PathStyle,
  type SignableRequest,
} from './canonical.ts';
import { ChunkSigner } from './chunk-signer.ts';
import { signingKey } from './signing-key.ts';
import { percentEncode, UNRESERVED } from './uri.ts';

export const EMPTY_SHA256 = hash('sha256', '');
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/** The longest that AWS lets a presigned URL live: seven days. */
export const PRESIGN_SECONDS_MAX = 604_800;

const ALGORITHM = 'AWS4-HMAC-SHA256';

export interface AwsCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  /** Of temporary credentials; a binary string. */
  readonly sessionToken?: string | undefined;
}

export interface SigningOptions extends PathStyle {
  readonly now: Date;
  readonly region: string;
  readonly service: string;
  /** SHA-256 of the body in hex, or a constant such as `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
  /** Whether `x-amz-content-sha256` goes with the request (S3 asks for it). */
  readonly sendsPayloadHash: boolean;
  /** A few services want the session token added after signing instead of signed. */
  readonly sessionTokenIsSigned: boolean;
  /** Which of the request's headers are signed, by lower-case name. */
  readonly isSigned: (lowerCaseName: string) => boolean;
}

/** `canonicalRequest` holds the session token where it is signed: for tests, never for a log. */
export interface Signature {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly signature: string;
}

export interface SignedHeaders extends Signature {
  /** To be added to the request, which must not have them already. */
  readonly headers: readonly (readonly [string, string])[];
}

export interface PresignedQuery extends Signature {
  /** To be appended to the query of the request. */
  readonly query: string;
}

interface Scope {
  readonly day: string;
  readonly amzDate: string;
  readonly region: string;
  readonly service: string;
  /** `day/region/service/aws4_request` */
  readonly text: string;
}

/**
 * What is signed when nobody asks for more: what decides how AWS understands the request. Everything else may be
 * added or changed by an HTTP client on the way and would only break the signature.
 */
export function isSignedByDefault(lowerCaseName: string): boolean {
  return (
    lowerCaseName.startsWith('x-amz-') || lowerCaseName === 'content-type' || lowerCaseName === 'content-md5'
  );
}

/** The headers that make `request` a signed one. */
export function sign(
  request: SignableRequest,
  credential: AwsCredential,
  options: SigningOptions,
): SignedHeaders {
  const scope = scopeOf(options);
  const added: [string, string][] = [['x-amz-date', scope.amzDate]];
  if (options.sendsPayloadHash) added.push(['x-amz-content-sha256', options.payloadHash]);
  const token = credential.sessionToken;
  if (token !== undefined && options.sessionTokenIsSigned) added.push(['x-amz-security-token', token]);

  const isAdded = (name: string): boolean => added.some(([addedName]) => addedName === name);
  const headers = canonicalHeaders({ ...request, headers: [...request.headers, ...added.flat()] }, (name) => {
    return options.isSigned(name) || isAdded(name);
  });
  const canonicalRequest = joinCanonical(request, canonicalQuery(request.query), headers, options);
  const signed = signCanonical(canonicalRequest, credential, scope);

  if (token !== undefined && !options.sessionTokenIsSigned) added.push(['x-amz-security-token', token]);
  added.push([
    'authorization',
    `${ALGORITHM} Credential=${credential.accessKeyId}/${scope.text}, SignedHeaders=${headers.names}, Signature=${signed.signature}`,
  ]);
  return { ...signed, headers: added };
}

/** What signs the chunks of a body whose headers were signed with the same credential and options. */
export function chunkSigner(
  { signature }: Signature,
  credential: AwsCredential,
  options: SigningOptions,
): ChunkSigner {
  const { amzDate, text, ...scope } = scopeOf(options);
  return new ChunkSigner({
    key: signingKey(credential.secretAccessKey, scope),
    amzDate,
    scope: text,
    signature,
  });
}

/** The query parameters that make the URL of `request` work by itself for `expiresSeconds`. */
export function presign(
  request: SignableRequest,
  credential: AwsCredential,
  options: SigningOptions & { readonly expiresSeconds: number },
): PresignedQuery {
  const { expiresSeconds } = options;
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > PRESIGN_SECONDS_MAX) {
    throw new RangeError(`expiresSeconds must be a whole number from 1 to ${PRESIGN_SECONDS_MAX}`);
  }
  const scope = scopeOf(options);
  const headers = canonicalHeaders(request, options.isSigned);
  const token =
    credential.sessionToken === undefined
      ? ''
      : `&X-Amz-Security-Token=${percentEncode(credential.sessionToken, UNRESERVED)}`;
  const added =
    `X-Amz-Algorithm=${ALGORITHM}` +
    `&X-Amz-Credential=${percentEncode(`${credential.accessKeyId}/${scope.text}`, UNRESERVED)}` +
    `&X-Amz-Date=${scope.amzDate}` +
    `&X-Amz-SignedHeaders=${percentEncode(headers.names, UNRESERVED)}` +
    `&X-Amz-Expires=${expiresSeconds}`;
  const signedQuery = options.sessionTokenIsSigned ? added + token : added;
  const query = canonicalQuery(request.query === '' ? signedQuery : `${request.query}&${signedQuery}`);
  const signed = signCanonical(joinCanonical(request, query, headers, options), credential, scope);
  return { ...signed, query: `${added}${token}&X-Amz-Signature=${signed.signature}` };
}

function scopeOf(options: SigningOptions): Scope {
  // 2015-08-30T12:36:00.000Z → 20150830T123600Z
  const iso = options.now.toISOString();
  const day = iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10);
  const amzDate = `${day}T${iso.slice(11, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
  const { region, service } = options;
  return { day, amzDate, region, service, text: `${day}/${region}/${service}/aws4_request` };
}

function joinCanonical(
  request: SignableRequest,
  query: string,
  headers: { readonly lines: string; readonly names: string },
  options: SigningOptions,
): string {
  const path = canonicalPath(request.path, options);
  return `${request.method}\n${path}\n${query}\n${headers.lines}\n${headers.names}\n${options.payloadHash}`;
}

function signCanonical(canonicalRequest: string, credential: AwsCredential, scope: Scope): Signature {
  const digest = hash('sha256', Buffer.from(canonicalRequest, 'latin1'));
  const stringToSign = `${ALGORITHM}\n${scope.amzDate}\n${scope.text}\n${digest}`;
  const key = signingKey(credential.secretAccessKey, scope);
  return {
    canonicalRequest,
    stringToSign,
    signature: createHmac('sha256', key).update(stringToSign).digest('hex'),
  };
}
