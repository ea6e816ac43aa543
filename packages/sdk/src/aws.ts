/**
 * The bridge to AWS SDK v3: a client of `@aws-sdk/client-*` that has each attempt of each request signed by the vault (request
 * mode), or made by it (proxy mode). No secret key is ever in this process. Imports nothing of AWS.
 */
import type {
  AwsAuthScheme,
  AwsClientConfig,
  AwsHttpRequest,
  AwsNoCredentials,
  AwsSigner,
} from './aws-types.ts';
import { proxyHandler } from './aws-proxy.ts';
import { type AwsOptions, type AwsParts, urlOf } from './aws-request.ts';
import { bytesOf, hexSha256 } from './body.ts';
import { prepareCall } from './call.ts';
import { Deadline } from './deadline.ts';
import { invalid } from './error-of.ts';
import { parseRelease } from './release.ts';
import { askVault, CallWatch } from './request-mode.ts';

export function awsConfig(options: AwsOptions, parts: AwsParts): AwsClientConfig {
  const { mode = 'request', region } = options;
  if (mode !== 'request' && mode !== 'proxy') throw invalid('mode', 'request or proxy is needed.');
  if (typeof region !== 'string' || region === '') throw invalid('region', 'a region of AWS is needed.');
  if (typeof options.grantId !== 'string' || options.grantId === '')
    throw invalid('grantId', 'a grant id is needed.');
  const signer = mode === 'proxy' ? UNSIGNED : new VaultSigner(options, parts);
  const schemes: AwsAuthScheme[] = [
    { schemeId: 'aws.auth#sigv4', identityProvider: () => async () => ({}), signer },
    // For operations that are called without a signature.
    { schemeId: 'smithy.api#noAuth', identityProvider: () => async () => ({}), signer: UNSIGNED },
  ];
  const config = { region, credentials: noCredentials, httpAuthSchemes: schemes };
  return mode === 'proxy' ? { ...config, requestHandler: proxyHandler(options, parts) } : config;
}

/**
 * In the place of credentials. Clients look at them for an account or an expiry, and find none; whatever reads the keys, such as the
 * presigner, must fail loudly and not sign with made-up ones.
 */
class NoCredentials implements AwsNoCredentials {
  get accessKeyId(): never {
    throw noKeys();
  }

  get secretAccessKey(): never {
    throw noKeys();
  }
}

const noCredentials = async (): Promise<AwsNoCredentials> => new NoCredentials();

const noKeys = (): Error =>
  invalid(
    'credentials',
    'there are none in this process: the vault signs. For a presigned URL call presign() of the vault client.',
  );

/** In proxy mode the vault signs what it sends. */
const UNSIGNED: AwsSigner = {
  sign: async (request) => request,
  errorHandler: () => (error) => {
    throw error;
  },
  successHandler: () => undefined,
};

/** What the vault signs of the headers; the others are none of its business. */
const isSigned = (name: string): boolean => /^(?:x-amz-|content-type$|content-md5$)/i.test(name);
const REPLACED = /^(?:authorization|x-amz-date|x-amz-security-token|x-amz-content-sha256)$/i;
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

class VaultSigner implements AwsSigner {
  readonly #options: AwsOptions;
  readonly #parts: AwsParts;
  /** The attempt that is under way of each request; the properties are the request's own. */
  readonly #watches = new WeakMap<object, CallWatch>();

  constructor(options: AwsOptions, parts: AwsParts) {
    this.#options = options;
    this.#parts = parts;
  }

  async sign<T extends AwsHttpRequest>(
    request: T,
    _identity: unknown,
    properties: Record<string, unknown>,
  ): Promise<T> {
    const { client, reporter, defaults, assertOpen } = this.#parts;
    assertOpen();
    const { grantId, reason, context, caller, timeoutMs } = this.#options;
    const url = urlOf(request);
    const signed = Object.entries(request.headers).filter(([name]) => isSigned(name));
    const headers = signed.filter(([name, value]) => !REPLACED.test(name) || isStreaming(value));
    const options = { grantId, reason, context, caller, timeoutMs, headers };
    const call = { ...(await prepareCall(request.method, url, options, defaults)), url };
    const deadline = new Deadline(call.timeoutMs, undefined);
    try {
      const body_sha256 = await payloadHash(request, properties['name']);
      const release = parseRelease(await askVault(call, { body_sha256 }, client, deadline));
      this.#watches.set(properties, new CallWatch(release.requestId, call, reporter, deadline));
      return withHeaders(request, release.signatureFor(call.target));
    } catch (error) {
      deadline.release();
      throw error;
    }
  }

  // The client calls these two without their object.
  readonly errorHandler =
    (properties: Record<string, unknown>) =>
    (error: Error): never => {
      const status = statusOf('$response' in error ? error.$response : undefined);
      this.#end(properties, status, status === undefined ? 'upstream_unreachable' : undefined);
      throw error;
    };

  readonly successHandler = (response: unknown, properties: Record<string, unknown>): void =>
    this.#end(properties, statusOf(response), undefined);

  #end(properties: object, status: number | undefined, error: string | undefined): void {
    const watch = this.#watches.get(properties);
    this.#watches.delete(properties);
    if (status !== undefined) watch?.answered(status);
    watch?.ended(error);
  }
}

const isStreaming = (value: string): boolean => value.startsWith('STREAMING-');

function statusOf(response: unknown): number | undefined {
  if (typeof response !== 'object' || response === null || !('statusCode' in response)) return undefined;
  return typeof response.statusCode === 'number' ? response.statusCode : undefined;
}

/** A copy, so that the next attempt begins with the request as it was. */
function withHeaders<T extends AwsHttpRequest>(
  request: T,
  signature: Iterable<readonly [string, string]>,
): T {
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !REPLACED.test(name)),
  );
  for (const [name, value] of signature) headers[name] = value;
  return { ...request, headers };
}

async function payloadHash({ body, protocol, headers }: AwsHttpRequest, service: unknown) {
  const bytes = bytesOf(body);
  if (bytes !== undefined) return bytes.byteLength === 0 ? undefined : hexSha256(bytes);
  const isS3 = typeof service === 'string' && service.startsWith('s3');
  if (isS3 && protocol === 'https:') return UNSIGNED_PAYLOAD;
  const declared = Object.entries(headers).find(
    ([name]) => name.toLowerCase() === 'x-amz-content-sha256',
  )?.[1];
  if (declared !== undefined && /^[0-9a-f]{64}$/.test(declared)) return declared;
  throw invalid(
    'body',
    'a stream can be signed for S3 over https only; give bytes or a string, or use lib-storage, whose parts are bytes.',
  );
}
