/** What an upstream answered to a call that the vault made. Holds no credential: none came this far. */
import { hidden } from './hidden.ts';

export class ProxyResult {
  readonly #response: Response;

  constructor(response: Response) {
    this.#response = response;
    hidden(this, () => ({ status: this.status, url: this.url, requestId: this.requestId }));
  }

  /** The upstream's status, also where it is an error or a redirect. */
  get status(): number {
    return this.#response.status;
  }

  /** Whether the status is 200 to 299. */
  get ok(): boolean {
    return this.#response.ok;
  }

  /** The upstream's header fields, less those that the vault does not hand back. */
  get headers(): Headers {
    return this.#response.headers;
  }

  /** The URL that the caller gave. */
  get url(): string {
    return this.#response.url;
  }

  /** Finds the call in the audit log. */
  get requestId(): string | undefined {
    return this.#response.headers.get('alter-request-id') ?? undefined;
  }

  /** The body as it comes, server-sent events included; null where there is none. */
  get body(): ReadableStream<Uint8Array> | null {
    return this.#response.body;
  }

  /** The body as text; each body can be read once. */
  text(): Promise<string> {
    return this.#response.text();
  }

  /** The body as JSON. `T` is the caller's word for what comes; it is not checked. */
  json<T = unknown>(): Promise<T> {
    return this.#response.json() as Promise<T>;
  }

  /** The body as bytes. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.#response.arrayBuffer());
  }

  /** The same answer as a standard `Response`, sharing its body. */
  toResponse(): Response {
    return this.#response;
  }
}
