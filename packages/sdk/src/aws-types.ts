/**
 * The shapes of AWS SDK v3 that the bridge touches, written down here so that nobody who does not use it needs a package of AWS.
 * Structural: the clients' own types fit them.
 */

export interface AwsHttpRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number | undefined;
  path: string;
  query?: Record<string, string | string[] | null> | undefined;
  headers: Record<string, string>;
  body?: unknown;
}

export interface AwsHttpResponse {
  statusCode: number;
  reason?: string;
  headers: Record<string, string>;
  body?: unknown;
}

/** Signs each attempt of a request anew. */
export interface AwsSigner {
  sign<T extends AwsHttpRequest>(
    request: T,
    identity: unknown,
    properties: Record<string, unknown>,
  ): Promise<T>;
  errorHandler(properties: Record<string, unknown>): (error: Error) => never;
  successHandler(response: unknown, properties: Record<string, unknown>): void;
}

export interface AwsAuthScheme {
  readonly schemeId: string;
  readonly identityProvider: () => () => Promise<AwsIdentity>;
  readonly signer: AwsSigner;
}

/** Says who signs; there is nothing secret in it. */
export interface AwsIdentity {
  readonly expiration?: Date;
}

/** Reading either throws: there are none in this process. */
export interface AwsNoCredentials {
  readonly accessKeyId: never;
  readonly secretAccessKey: never;
}

export interface AwsRequestHandler {
  handle(
    request: AwsHttpRequest,
    options?: { readonly abortSignal?: unknown },
  ): Promise<{ response: AwsHttpResponse }>;
  destroy(): void;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
}

/** What is spread into the configuration of any client of `@aws-sdk/client-*`. */
export interface AwsClientConfig {
  readonly region: string;
  readonly credentials: () => Promise<AwsNoCredentials>;
  readonly httpAuthSchemes: AwsAuthScheme[];
  readonly requestHandler?: AwsRequestHandler;
}
