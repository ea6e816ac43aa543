/**
 * Takes what is due out of the outbox and has it sent, on every server. At least once: a server that dies with a lease
 * leaves it to run out, and another sends the same delivery, under the same id, again. Never holds a transaction open
 * while it waits for the network, and never lets one slow channel take all lanes.
 */
import { newId } from '../ids.ts';
import type { Log } from '../log.ts';
import { Refusal } from '../refusal.ts';
import { findChannel, shredExpiredSecrets } from '../store/channels.ts';
import type { Database, Listener } from '../store/database.ts';
import { findApp } from '../store/deciding.ts';
import {
  claimDeliveries,
  deleteOldDeliveries,
  finishDelivery,
  OUTBOX_CHANNEL,
  retryDelivery,
  type ClaimedDelivery,
} from '../store/notify.ts';
import type { Notice } from './notice.ts';
import type { Outcome } from './outgoing.ts';
import type { Sender } from './sender.ts';

export interface DeliveryTiming {
  /** Before the second attempt; each later wait is `factor` times as long, up to `delayMsMax`. */
  readonly delayMs: number;
  readonly factor: number;
  readonly delayMsMax: number;
  /** After this many a delivery is dead. */
  readonly attemptsMax: number;
  /** Longer than any attempt takes. */
  readonly leaseMs: number;
  /** How late a notice may be when its notification was lost. */
  readonly pollMs: number;
}

/** 10 s, 30 s, 90 s … 4 h: thirteen attempts over 23 hours. */
export const DELIVERY_TIMING: DeliveryTiming = {
  delayMs: 10_000,
  factor: 3,
  delayMsMax: 4 * 3600 * 1000,
  attemptsMax: 13,
  leaseMs: 90_000,
  pollMs: 5_000,
};

/** Attempts at once on this server, and of one channel before nothing more of it is claimed. */
const LANES = 16;
const LANES_OF_CHANNEL = 4;
const TIDY_EVERY_MS = 600_000;
/** How long the list of what was delivered goes back. */
const KEPT_DAYS = 30;

export class Deliverer {
  readonly #db: Database;
  readonly #sender: Sender;
  readonly #log: Log;
  readonly #timing: DeliveryTiming;
  readonly #underWay = new Map<Promise<void>, string>();
  #pumping: Promise<void> | undefined;
  #isAskedAgain = false;
  #isStopped = false;
  #listener: Listener | undefined;
  readonly #timers: NodeJS.Timeout[] = [];

  /** Other times than the default ones are for tests. */
  constructor(db: Database, sender: Sender, log: Log, timing: DeliveryTiming = DELIVERY_TIMING) {
    this.#db = db;
    this.#sender = sender;
    this.#log = log;
    this.#timing = timing;
  }

  async start(): Promise<void> {
    const look = (): void => this.#look();
    this.#listener = await this.#db.listen(OUTBOX_CHANNEL, { onNotify: look, onReconnect: look });
    this.#timers.push(setInterval(look, this.#timing.pollMs).unref());
    this.#timers.push(setInterval(() => void this.#tidy(), TIDY_EVERY_MS).unref());
    look();
  }

  /** Claims nothing more; resolves when every attempt that is under way has its outcome stored. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#listener?.close();
    await this.#pumping;
    await Promise.all(this.#underWay.keys());
  }

  /** One attempt now, outside the outbox. @throws Refusal `not_found` */
  async test(appId: string, channelId: string, notice: Notice): Promise<Outcome> {
    const [channel, app] = await Promise.all([
      findChannel(this.#db, appId, channelId),
      findApp(this.#db, appId),
    ]);
    if (channel === undefined || app === undefined) throw new Refusal('not_found');
    return this.#sender.send({
      deliveryId: newId(),
      event: notice.kind,
      at: notice.at.toISOString(),
      appId,
      appName: app.name,
      subject: notice.subject,
      channel,
    });
  }

  #look(): void {
    if (this.#isStopped) return;
    if (this.#pumping !== undefined) {
      this.#isAskedAgain = true;
      return;
    }
    this.#pumping = this.#pump()
      .catch((error: unknown) =>
        this.#log.warn({ err: error }, 'looking for notices failed; it is tried again'),
      )
      .finally(() => {
        this.#pumping = undefined;
        if (this.#isAskedAgain) this.#look();
      });
  }

  async #pump(): Promise<void> {
    this.#isAskedAgain = false;
    while (!this.#isStopped) {
      const free = Math.min(LANES - this.#underWay.size, LANES_OF_CHANNEL);
      if (free <= 0) return;
      const claimed = await claimDeliveries(this.#db, {
        leaseMs: this.#timing.leaseMs,
        limit: free,
        busy: this.#busyChannels(),
      });
      for (const delivery of claimed) this.#begin(delivery);
      if (claimed.length === 0) return;
    }
  }

  #busyChannels(): string[] {
    const counts = new Map<string, number>();
    for (const channelId of this.#underWay.values()) counts.set(channelId, (counts.get(channelId) ?? 0) + 1);
    return [...counts].filter(([, count]) => count >= LANES_OF_CHANNEL).map(([channelId]) => channelId);
  }

  #begin(claimed: ClaimedDelivery): void {
    const attempt = this.#deliver(claimed)
      .catch((error: unknown) =>
        this.#log.warn({ err: error }, 'the outcome of a notice was not stored; it is sent again'),
      )
      .then(() => {
        this.#underWay.delete(attempt);
        this.#look();
      });
    this.#underWay.set(attempt, claimed.channel_id);
  }

  async #deliver(claimed: ClaimedDelivery): Promise<void> {
    const [channel, app] = await Promise.all([
      findChannel(this.#db, claimed.app_id, claimed.channel_id),
      findApp(this.#db, claimed.app_id),
    ]);
    // Deleted since, and the delivery with it.
    if (channel === undefined || app === undefined) return;
    const outcome = await this.#sender.send({
      deliveryId: claimed.delivery_id,
      event: claimed.event,
      at: claimed.notice.at,
      appId: claimed.app_id,
      appName: app.name,
      subject: claimed.notice.subject,
      channel,
    });
    await this.#settle(claimed, outcome);
  }

  async #settle(claimed: ClaimedDelivery, outcome: Outcome): Promise<void> {
    const result = { code: outcome.ok ? null : outcome.code, statusCode: outcome.statusCode };
    if (outcome.ok) {
      await finishDelivery(this.#db, claimed, 'delivered', result);
      return;
    }
    const { attempts } = claimed;
    if (attempts < this.#timing.attemptsMax && outcome.code !== 'integrity_error')
      return retryDelivery(this.#db, claimed, this.#delayAfter(attempts), result);
    if (await finishDelivery(this.#db, claimed, 'dead', result))
      this.#log.error(
        {
          alarm: 'notification',
          app_id: claimed.app_id,
          channel_id: claimed.channel_id,
          delivery_id: claimed.delivery_id,
          event: claimed.event,
          attempts,
          code: result.code,
          status_code: result.statusCode,
        },
        'a notice was given up',
      );
  }

  #delayAfter(attempts: number): number {
    const { delayMs, factor, delayMsMax } = this.#timing;
    return Math.min(delayMs * factor ** (attempts - 1), delayMsMax);
  }

  async #tidy(): Promise<void> {
    try {
      await deleteOldDeliveries(this.#db, KEPT_DAYS);
      await shredExpiredSecrets(this.#db);
    } catch (error) {
      this.#log.warn({ err: error }, 'tidying the outbox failed; it is tried again');
    }
  }
}
