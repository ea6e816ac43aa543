/**
 * The AWS part of an injection (WIRE §5, §8): which service and region, whether the secret's rule allows them, how the body
 * is covered, and the signature as headers or, for a presigned URL, as query. Pure. What leaves is a signature; the secret
 * access key is never part of a result.
 */
import { PRESIGN_SECONDS_DEFAULT_MAX, PRESIGN_SECONDS_MAX } from '@alter-vault/contract';
import { chunkedForm, framingOf, UNSIGNED_TRAILER, type Framing } from '../aws/aws-chunked.ts';
import type { SignableRequest } from '../aws/canonical.ts';
import { ChunkResigner } from '../aws/chunk-signer.ts';
import { resolveAwsTarget, serviceStyle, type AwsTarget, type ServiceStyle } from '../aws/endpoint.ts';
import {
  chunkSigner,
  EMPTY_SHA256,
  isSignedByDefault,
  presign,
  sign,
  UNSIGNED_PAYLOAD,
  type AwsCredential,
  type SigningOptions,
} from '../aws/sigv4.ts';
import { Refusal } from '../refusal.ts';
import type { CredentialFields } from './format.ts';
import type { CompiledAws } from './rules.ts';

type Pair = readonly [string, string];

export interface AwsCall {
  /** As it goes out, but for the signature. */
  readonly outgoing: SignableRequest;
  /** The caller's, before anything was removed. */
  readonly called: SignableRequest;
  readonly now: Date;
  /** SHA-256 of the body in hex, or `UNSIGNED-PAYLOAD`. Absent: the body is empty. */
  readonly bodySha256: string | undefined;
  /** Where the body comes by here, so that its chunks can be signed anew: the largest that is taken. */
  readonly chunkBytesMax: number | undefined;
}

const SHA256_HEX = /^[0-9a-f]{64}$/;

export interface SignedParts {
  readonly headers: readonly Pair[];
  /** For a body in signed chunks: it goes out through this. */
  readonly chunks: ChunkResigner | undefined;
}

/** What signs the call. @throws Refusal */
export function awsSigned(rule: CompiledAws, fields: CredentialFields, call: AwsCall): SignedParts {
  const { target, style, credential } = prepare(rule, fields, call);
  const { payloadHash, framing } = payloadOf(call, style);
  const options = { ...signingOptions(target, style, call.now), payloadHash };
  const signed = sign(call.outgoing, credential, options);
  const chunks =
    framing === undefined
      ? undefined
      : new ChunkResigner(framing, chunkSigner(signed, credential, options), call.chunkBytesMax ?? 0);
  return { headers: signed.headers, chunks };
}

export interface PresignedParts {
  /** Beside the URL, whoever calls it must send these and the caller's own signed headers. */
  readonly headers: readonly Pair[];
  /** To be appended to the query. */
  readonly query: string;
}

/** The query that lets the URL be called for `expiresSeconds` by whoever has it. @throws Refusal */
export function awsPresigned(
  rule: CompiledAws,
  fields: CredentialFields,
  call: AwsCall,
  expiresSeconds: number,
): PresignedParts {
  const secondsMax = rule.presignSecondsMax ?? PRESIGN_SECONDS_DEFAULT_MAX;
  if (expiresSeconds < 1 || expiresSeconds > Math.min(secondsMax, PRESIGN_SECONDS_MAX))
    throw tooLong(secondsMax);
  if (chunkedForm(call.called.headers)?.isSigned === true) throw chunksNotSeen();
  const { target, style, credential } = prepare(rule, fields, call);
  // S3 takes the body as it comes, unless the hash is a header that was signed.
  const isHashSent = style.sendsPayloadHash && SHA256_HEX.test(call.bodySha256 ?? '');
  const unhashed = style.allowsUnsignedPayload ? UNSIGNED_PAYLOAD : EMPTY_SHA256;
  const payloadHash = call.bodySha256 ?? unhashed;
  if (payloadHash === UNSIGNED_PAYLOAD && !style.allowsUnsignedPayload) throw unsignedRefused();
  const headers: readonly Pair[] = isHashSent ? [['x-amz-content-sha256', payloadHash]] : [];
  const { query } = presign(
    { ...call.outgoing, headers: [...call.outgoing.headers, ...headers.flat()] },
    credential,
    { ...signingOptions(target, style, call.now), payloadHash, expiresSeconds },
  );
  return { headers, query };
}

function signingOptions(
  target: AwsTarget,
  style: ServiceStyle,
  now: Date,
): Omit<SigningOptions, 'payloadHash'> {
  return { ...target, ...style, now, sessionTokenIsSigned: true, isSigned: isSignedByDefault };
}

/** What a call will be signed for. @throws Refusal where nobody says, or the rule of the secret does not allow it */
export function awsTarget(rule: CompiledAws, fields: CredentialFields, authority: string): AwsTarget {
  const ofCredential = { service: text(fields, 'service'), region: text(fields, 'region') };
  const target = resolveAwsTarget(authority, [rule, ofCredential]);
  if (rule.services?.includes(target.service) === false)
    throw notAllowed('service', target.service, rule.services);
  if (rule.regions?.includes(target.region) === false)
    throw notAllowed('region', target.region, rule.regions);
  return target;
}

function prepare(rule: CompiledAws, fields: CredentialFields, { outgoing }: AwsCall) {
  const target = awsTarget(rule, fields, outgoing.authority);
  return { target, style: serviceStyle(target.service), credential: awsCredential(fields) };
}

/** @throws Refusal `integrity_error` where what is stored is no AWS credential */
export function awsCredential(fields: CredentialFields): AwsCredential {
  const secretAccessKey = fields.get('secret_access_key');
  const accessKeyId = text(fields, 'access_key_id');
  if (secretAccessKey === undefined || accessKeyId === undefined) {
    throw new Refusal('integrity_error', {
      detail: 'an AWS credential lacks its access key id or secret access key',
    });
  }
  return { accessKeyId, secretAccessKey, sessionToken: text(fields, 'session_token') };
}

function text(fields: CredentialFields, name: string): string | undefined {
  const secret = fields.get(name);
  return secret === undefined || secret.byteLength === 0 ? undefined : secret.reveal().toString('latin1');
}

/** How the body is covered; `framing` of one in signed chunks. */
function payloadOf(
  { called, bodySha256, chunkBytesMax }: AwsCall,
  { allowsUnsignedPayload, takesChunks }: ServiceStyle,
): { readonly payloadHash: string; readonly framing?: Framing } {
  const form = chunkedForm(called.headers);
  if (form !== undefined && !takesChunks) throw chunksRefused();
  if (form?.isSigned === true) {
    if (chunkBytesMax === undefined) throw chunksNotSeen();
    return { payloadHash: form.payload, framing: framingOf(called.headers, form) };
  }
  // An unsigned form holds no credential, and S3 would store the framing if it were lost.
  const payloadHash = form?.payload ?? bodySha256 ?? EMPTY_SHA256;
  const isUnsigned = payloadHash === UNSIGNED_TRAILER || payloadHash === UNSIGNED_PAYLOAD;
  if (isUnsigned && (!allowsUnsignedPayload || called.scheme !== 'https')) throw unsignedRefused();
  return { payloadHash };
}

/** The hash of the body that the caller vouches for: AWS refuses the call when it is another. */
export function declaredSha256(headers: readonly string[]): string | undefined {
  const declared = declaredPayload(headers);
  return declared !== undefined && SHA256_HEX.test(declared) ? declared : undefined;
}

function declaredPayload(headers: readonly string[]): string | undefined {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (headers[at]?.toLowerCase() === 'x-amz-content-sha256') return headers[at + 1];
  }
  return undefined;
}

const chunksRefused = (): Refusal =>
  new Refusal('invalid_request', {
    message: 'Only S3 takes a body in chunks.',
    hint: 'Give x-amz-content-sha256 as the hex SHA-256 of the body, or leave it out.',
  });

const chunksNotSeen = (): Refusal =>
  new Refusal('invalid_request', {
    message:
      'The chunks of a body are signed as they pass, and in request mode the body does not come by the vault.',
    hint: 'Send the body as UNSIGNED-PAYLOAD over https, or give its hash as body_sha256, or make the call in proxy mode.',
  });

const unsignedRefused = (): Refusal =>
  new Refusal('invalid_request', {
    message: 'Only S3 over https takes a body that is not signed.',
    hint: 'Give body_sha256 as the hex SHA-256 of the body.',
  });

function notAllowed(what: 'service' | 'region', asked: string, allowed: readonly string[]): Refusal {
  return new Refusal('host_not_allowed', {
    message: `This credential does not sign for the AWS ${what} ${asked}.`,
    hint: `It signs for ${allowed.join(', ')} only; widening that needs the credential again.`,
  });
}

function tooLong(secondsMax: number): Refusal {
  if (secondsMax === 0) {
    return new Refusal('invalid_request', {
      message: 'This credential makes no presigned URLs.',
      hint: 'Make the call itself, or have the operator raise presign_seconds_max in its aws_sigv4 rule.',
    });
  }
  return new Refusal('invalid_request', {
    issues: [
      { path: 'presign.expires_in_seconds', message: `must be a whole number from 1 to ${secondsMax} here` },
    ],
  });
}
