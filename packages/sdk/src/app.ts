/**
 * What a program holds: one client of one vault, with one API key. Everything that it can do stands here;
 * how it is done stands in the files of the modes. Never prints its key.
 */
import type { PendingApproval } from './approval.ts';
import { awsConfig } from './aws.ts';
import type { AwsOptions } from './aws-request.ts';
import type { AwsClientConfig } from './aws-types.ts';
import { Approvals } from './approvals.ts';
import { type CallDefaults, type CallOptions, prepareCall } from './call.ts';
import { parseTimeoutMs } from './deadline.ts';
import { invalid } from './error-of.ts';
import { ClosedError } from './errors.ts';
import { hidden } from './hidden.ts';
import type { HttpMethod } from './http-method.ts';
import { OutcomeReporter } from './outcomes.ts';
import { type PresignedUrl, type PresignOptions, presignReleased } from './presign.ts';
import { readEnvironment } from './process-end.ts';
import { type AwaitApproval, callProxied } from './proxy-mode.ts';
import type { ProxyResult } from './proxy-result.ts';
import { parseBodySha256, sendReleased } from './request-mode.ts';
import { VaultClient } from './vault-client.ts';

export interface AppOptions {
  /** `alter_key_app_…` or `alter_key_agent_…`; without it `ALTER_API_KEY`. */
  readonly apiKey?: string | undefined;
  /** Without it `ALTER_BASE_URL`, or else http://127.0.0.1:7400. Another host than loopback needs https. */
  readonly baseUrl?: string | undefined;
  /** Which code path makes the calls, for the audit log. Attribution, never access. */
  readonly caller?: string | undefined;
  /** Milliseconds until an answer must have begun, 60 000 by default. The body may take as long as it likes. */
  readonly timeoutMs?: number | undefined;
}

export interface RequestOptions extends CallOptions {
  /**
   * For AWS only, where the body is a stream: its SHA-256 in hex, or `UNSIGNED-PAYLOAD` (S3 over https).
   * For every other body the SDK computes it.
   */
  readonly bodySha256?: string | undefined;
}

export interface ProxyOptions extends CallOptions {
  /** Sent to the upstream as it is; in the vault it finds an earlier held call again. */
  readonly idempotencyKey?: string | undefined;
  /** Wait for the people who have to approve, instead of throwing ApprovalPendingError. */
  readonly awaitApproval?: boolean | AwaitApproval | undefined;
}

export interface FetchOptions extends Pick<
  CallOptions,
  'grantId' | 'reason' | 'context' | 'caller' | 'timeoutMs'
> {
  /** Who makes the calls: this process (`request`, the default) or the vault (`proxy`). */
  readonly mode?: 'request' | 'proxy' | undefined;
  /** As of `proxyRequest`; for mode `proxy` only. */
  readonly awaitApproval?: boolean | AwaitApproval | undefined;
}

/** As the global `fetch`, in the forms that vendors' SDKs use. */
export type FetchLike = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

const BASE_URL = 'http://127.0.0.1:7400';
const TIMEOUT_MS = 60_000;

/**
 * A client of a vault. Make one for the process and close it at the end (`await using`), so that the
 * outcomes of the last calls are reported.
 */
export class App {
  readonly #client: VaultClient;
  readonly #reporter: OutcomeReporter;
  readonly #defaults: CallDefaults;
  /** The calls of this key that were held. */
  readonly approvals: Approvals;
  #isClosed = false;

  constructor(options: AppOptions = {}) {
    const { caller, timeoutMs = TIMEOUT_MS } = options;
    this.#client = new VaultClient(
      keyOf(options),
      options.baseUrl ?? readEnvironment('ALTER_BASE_URL') ?? BASE_URL,
    );
    this.#reporter = new OutcomeReporter(this.#client);
    this.approvals = new Approvals(this.#client);
    this.#defaults = { caller, timeoutMs: parseTimeoutMs(timeoutMs) };
    hidden(this, () => ({ baseUrl: this.#client.baseUrl, caller }));
  }

  /**
   * Makes a call from this process with a credential that the vault releases for it. Redirects are not
   * followed: a 3xx is returned with its `Location`. The call goes out at most once.
   * @throws a subclass of AlterError where the vault refuses or the upstream can't be reached; the reason of
   * `signal` where that ended the call. A status of 400 and more is an answer, not an error.
   */
  async request(
    method: HttpMethod | (string & {}),
    url: string | URL,
    options: RequestOptions,
  ): Promise<Response> {
    this.#assertOpen();
    const call = await prepareCall(method, url, options, this.#defaults);
    return sendReleased(call, parseBodySha256(options.bodySha256), this.#client, this.#reporter);
  }

  /**
   * Has the vault make a call, so that the credential never comes here.
   * @throws as `request`; ApprovalPendingError where people have to decide first, unless `awaitApproval` waits for
   * them, and then ApprovalDeniedError, ApprovalExpiredError, ApprovalCancelledError or ApprovalStaleError.
   */
  async proxyRequest(
    method: HttpMethod | (string & {}),
    url: string | URL,
    options: ProxyOptions,
  ): Promise<ProxyResult> {
    this.#assertOpen();
    const call = await prepareCall(method, url, options, this.#defaults);
    return callProxied(call, options, this.#client);
  }

  /**
   * AWS only: a URL that whoever has it can call until it expires, as often as they like. Policies are asked and the log
   * tells of it now, when it is made. The secret of the grant limits how long it may live, to an hour where it says nothing else.
   * @throws as `request`
   */
  async presign(
    method: HttpMethod | (string & {}),
    url: string | URL,
    options: PresignOptions,
  ): Promise<PresignedUrl> {
    this.#assertOpen();
    return presignReleased({ method, url, options, defaults: this.#defaults }, this.#client);
  }

  /**
   * What to spread into the configuration of any client of AWS SDK v3 (`@aws-sdk/client-*`): the vault signs each attempt of each
   * request, or in mode `proxy` makes it. There is no key in this process; asking the configuration for one is an InvalidRequestError.
   */
  awsConfig(options: AwsOptions): AwsClientConfig {
    this.#assertOpen();
    return awsConfig(options, {
      client: this.#client,
      reporter: this.#reporter,
      defaults: this.#defaults,
      assertOpen: () => this.#assertOpen(),
    });
  }

  /** A client of AWS SDK v3 with `awsConfig`; every further option is the client's own. */
  awsClient<Client, Config extends object>(
    Client: new (...config: [] | [Config]) => Client,
    options: AwsOptions & Omit<Config, keyof AwsOptions | keyof AwsClientConfig>,
  ): Client {
    const { grantId, region, mode, reason, context, caller, timeoutMs, ...own } = options;
    const bridge = this.awsConfig({ grantId, region, mode, reason, context, caller, timeoutMs });
    const config: object = { ...own, ...bridge };
    // Edge: the type of a package that this one does not know.
    return new Client(config as Config);
  }

  /** One of this key's held calls by its id, also one that another process made. */
  async approval(approvalId: string): Promise<PendingApproval> {
    this.#assertOpen();
    return this.approvals.get(approvalId);
  }

  /**
   * A `fetch` for one grant, for SDKs that take one. Keys that the SDK itself sends are replaced. Redirects
   * are never followed, whatever `init.redirect` says; a body inside a `Request` is read into memory.
   */
  fetch(options: FetchOptions): FetchLike {
    const { mode = 'request', awaitApproval, ...fixed } = options;
    if (mode !== 'request' && mode !== 'proxy') throw invalid('mode', 'request or proxy is needed.');
    if (mode === 'request' && awaitApproval !== undefined)
      throw invalid('awaitApproval', 'calls are held for approval in proxy mode only.');
    return async (input, init = {}) => {
      const { method, url, ...call } = await readFetchArguments(input, init);
      if (mode === 'request') return this.request(method, url, { ...fixed, ...call });
      return (await this.proxyRequest(method, url, { ...fixed, ...call, awaitApproval })).toResponse();
    };
  }

  /** Reports what is still to be reported. Calls after it are refused; answers may still be read. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#reporter.finish();
  }

  /** `await using vault = new App()` closes it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new ClosedError();
  }
}

/** A client that acts as one agent: takes agent keys only. */
export class Agent extends App {
  constructor(options: AppOptions = {}) {
    const apiKey = keyOf(options);
    if (apiKey !== '' && !apiKey.startsWith('alter_key_agent_'))
      throw invalid('apiKey', 'an agent key (alter_key_agent_…) is needed.');
    super({ ...options, apiKey });
  }
}

const keyOf = (options: AppOptions): string => options.apiKey ?? readEnvironment('ALTER_API_KEY') ?? '';

async function readFetchArguments(input: string | URL | Request, init: RequestInit) {
  const request = input instanceof Request ? input : undefined;
  const inherited = init.body === undefined && request?.body ? await request.arrayBuffer() : undefined;
  return {
    method: init.method ?? request?.method ?? 'GET',
    url: input instanceof Request ? input.url : input,
    // What RequestInit calls a body is wider than ours; the rest is refused when it is prepared.
    body: (init.body ?? inherited) as CallOptions['body'],
    // Copied where a value that no header may hold is refused without being quoted.
    headers: (init.headers ?? request?.headers) as CallOptions['headers'],
    signal: init.signal ?? request?.signal,
  };
}
