/** The demo as an operator: JSON to the vault's control plane with the owner's token. */
export type Row = Readonly<Record<string, unknown>>;

export class ControlPlane {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async send(method: string, path: string, body?: unknown): Promise<Row> {
    const response = await this.#fetch(method, path, body);
    return asRow(await response.json());
  }

  async text(path: string): Promise<string> {
    return (await this.#fetch('GET', path)).text();
  }

  /** The items of a list's first page. */
  async list(path: string): Promise<readonly Row[]> {
    const { items } = await this.send('GET', path);
    return Array.isArray(items) ? items.map(asRow) : [];
  }

  async #fetch(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return response;
  }
}

export function asRow(value: unknown): Row {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
