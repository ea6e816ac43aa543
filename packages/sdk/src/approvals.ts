/** The held calls of one API key: finds them again after a restart. Sees no others, and decides nothing. */
import { PendingApproval } from './approval.ts';
import { type ApprovalStatus, parseState } from './approval-state.ts';
import { Deadline } from './deadline.ts';
import { invalid } from './error-of.ts';
import { VaultUnreachableError } from './errors.ts';
import { isObject, textOf } from './json.ts';
import type { VaultClient } from './vault-client.ts';

export interface ListApprovalsOptions {
  /** Only those with this status. */
  readonly status?: ApprovalStatus | undefined;
}

const PAGE_LIMIT = 200;
const ANSWER_MS = 60_000;

/** What `vault.approvals` is. */
export class Approvals {
  readonly #client: VaultClient;

  /** @internal */
  constructor(client: VaultClient) {
    this.#client = client;
  }

  /** The calls of this API key that were held, newest first; `status: 'pending'` for those that wait for people. */
  async list(options: ListApprovalsOptions = {}): Promise<PendingApproval[]> {
    const found: PendingApproval[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#page(options.status, cursor);
      found.push(...page.items.map((item) => new PendingApproval(parseState(item), this.#client)));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return found;
  }

  /** One held call by its id. @throws NotFoundError where this key made no such call. */
  async get(approvalId: string): Promise<PendingApproval> {
    if (typeof approvalId !== 'string' || approvalId === '')
      throw invalid('approvalId', 'the id of an approval is needed.');
    return PendingApproval.find(approvalId, this.#client);
  }

  async #page(
    status: string | undefined,
    cursor: string | undefined,
  ): Promise<{ items: readonly unknown[]; nextCursor: string | undefined }> {
    const query = new URLSearchParams({ limit: String(PAGE_LIMIT) });
    if (status !== undefined) query.set('status', status);
    if (cursor !== undefined) query.set('cursor', cursor);
    const deadline = new Deadline(ANSWER_MS, undefined);
    try {
      const request = { method: 'GET', path: `/v1/approvals?${query.toString()}`, isRepeatable: true };
      const answer: unknown = await (
        await this.#client.send(request, deadline)
      )
        .json()
        .catch(() => undefined);
      if (!isObject(answer) || !Array.isArray(answer['items']))
        throw new VaultUnreachableError({
          message: 'What answers at baseUrl is not a vault: it lists nothing.',
        });
      return { items: answer['items'], nextCursor: textOf(answer['next_cursor']) };
    } finally {
      deadline.release();
    }
  }
}
