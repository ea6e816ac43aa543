/**
 * One attempt to hand one notice to its channel. The only place that opens a channel's secret, and only after the channel's
 * row proved to be what was stored (I6). Everything goes out through egress: no redirect is followed, private addresses are
 * refused unless the operator allowed them (S17).
 */
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../access/clock.ts';
import type { KeyringHolder } from '../access/keyring-holder.ts';
import { isRecordSealed } from '../access/row-macs.ts';
import type { Egress } from '../egress/egress.ts';
import type { Log } from '../log.ts';
import { parseTarget } from '../path/target.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import { selectChannelSecrets, type ChannelSecretRow } from '../store/channels.ts';
import type { Queryable } from '../store/database.ts';
import { IntegrityError } from '../vault/integrity.ts';
import type { Secret } from '../vault/secret.ts';
import { openChannelSecret } from './channel-secrets.ts';
import { composeMail, composeTestMail } from './mail.ts';
import type { FailureCode, Outcome, Outgoing } from './outgoing.ts';
import { slackBody } from './slack.ts';
import { sendMail, SmtpRefused, type SmtpAccount } from './smtp.ts';
import { webhookBody, webhookHeaders } from './webhook.ts';

/** A receiver that has to think longer should answer first and think afterwards. */
const TIMEOUT_MS = 15_000;
/** Nothing of the answer is used but its status. */
const ANSWER_BYTES_MAX = 1024 * 1024;

export interface SenderParts {
  readonly db: Queryable;
  readonly egress: Egress;
  readonly keyring: Pick<KeyringHolder, 'current' | 'reload'>;
  readonly macKey: () => KeyObject;
  readonly clock: Clock;
  readonly smtp: SmtpAccount | undefined;
  readonly log: Log;
}

export class Sender {
  readonly #parts: SenderParts;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  get hasMailServer(): boolean {
    return this.#parts.smtp !== undefined;
  }

  /** Never throws: whatever happens is an outcome. */
  async send(outgoing: Outgoing): Promise<Outcome> {
    const { channel, deliveryId } = outgoing;
    try {
      if (!isRecordSealed(this.#parts.macKey(), 'channels', channel))
        throw new IntegrityError('a channel is not what was stored');
      return await this.#attempt(outgoing);
    } catch (error) {
      const outcome = outcomeOf(error);
      const { log } = this.#parts;
      const about = { app_id: channel.app_id, channel_id: channel.channel_id, delivery_id: deliveryId };
      if (outcome.code === 'integrity_error')
        log.error({ alarm: 'integrity', ...about, err: error }, 'a channel is not what was stored');
      else if (outcome.code === 'internal') log.error({ ...about, err: error }, 'a notice could not be sent');
      else log.debug({ ...about, ...outcome, detail: detailOf(error) }, 'a notice was not delivered');
      return outcome;
    }
  }

  /** Never throws. The mail comes from the account of the mail server, or from its reader where that has no address. */
  async testMail(to: string, publicUrl: string): Promise<Outcome> {
    const { smtp, egress, clock, log } = this.#parts;
    if (smtp === undefined) return { ok: false, statusCode: null, code: 'not_configured' };
    const from = smtp.server.user?.includes('@') === true ? smtp.server.user : to;
    try {
      await sendMail(egress, smtp, composeTestMail({ from, to, publicUrl, at: new Date(clock.now()) }));
      return { ok: true, statusCode: null };
    } catch (error) {
      const outcome = outcomeOf(error);
      log.info({ ...outcome, detail: detailOf(error) }, 'a test mail was not sent');
      return outcome;
    }
  }

  #attempt(outgoing: Outgoing): Promise<Outcome> {
    switch (outgoing.channel.type) {
      case 'webhook':
        return this.#webhook(outgoing);
      case 'slack':
        return this.#slack(outgoing);
      case 'smtp':
        return this.#mail(outgoing);
    }
  }

  async #webhook(outgoing: Outgoing): Promise<Outcome> {
    const body = webhookBody(outgoing);
    const headers = await this.#withSecrets(outgoing, (secrets) =>
      webhookHeaders(outgoing.deliveryId, body, secrets, this.#parts.clock.now()),
    );
    return this.#post(outgoing, outgoing.channel.settings.url ?? '', headers, body);
  }

  async #slack(outgoing: Outgoing): Promise<Outcome> {
    const url = await this.#withSecrets(outgoing, ([secret]) => secret?.revealText() ?? '');
    const headers = ['Content-Type', 'application/json', 'User-Agent', 'Alter-Vault'];
    return this.#post(outgoing, url, headers, slackBody(outgoing));
  }

  async #mail(outgoing: Outgoing): Promise<Outcome> {
    const { smtp, egress, log } = this.#parts;
    if (smtp === undefined) return { ok: false, statusCode: null, code: 'not_configured' };
    const rejected = await sendMail(egress, smtp, composeMail(outgoing));
    if (rejected.length > 0)
      log.warn(
        { channel_id: outgoing.channel.channel_id, rejected: rejected.length },
        'the mail server took a notice for some of its recipients only',
      );
    return { ok: true, statusCode: null };
  }

  async #post(outgoing: Outgoing, url: string, headers: string[], body: Buffer): Promise<Outcome> {
    const target = parseTarget(url, { field: 'url' });
    const { status } = await this.#parts.egress.fetchSmall({
      poolKey: `notify/${outgoing.appId}/${outgoing.channel.channel_id}`,
      target,
      method: 'POST',
      path: target.hasQuery ? `${target.path}?${target.query}` : target.path,
      headers,
      body,
      contentLength: body.length,
      connectTimeoutMs: TIMEOUT_MS,
      firstByteTimeoutMs: TIMEOUT_MS,
      idleTimeoutMs: TIMEOUT_MS,
      totalTimeoutMs: TIMEOUT_MS,
      maxResponseBytes: ANSWER_BYTES_MAX,
    });
    return status >= 200 && status < 300
      ? { ok: true, statusCode: status }
      : { ok: false, statusCode: status, code: 'refused' };
  }

  /** The channel's secrets that count now, newest first; zeroed when `use` is done. */
  async #withSecrets<T>({ channel }: Outgoing, use: (secrets: readonly Secret[]) => T): Promise<T> {
    const rows = await this.#findSecrets(channel.app_id, channel.channel_id);
    const keyring = this.#parts.keyring.current();
    const secrets: Secret[] = [];
    try {
      for (const row of rows) secrets.push(openChannelSecret(keyring, row));
      if (secrets.length === 0) throw new IntegrityError('a channel has lost its secret');
      return use(secrets);
    } finally {
      for (const secret of secrets) secret.destroy();
    }
  }

  async #findSecrets(appId: string, channelId: string): Promise<ChannelSecretRow[]> {
    const { db, keyring } = this.#parts;
    const rows = await selectChannelSecrets(db, appId, channelId);
    if (rows.every((row) => keyring.current().find(row.key_id) !== undefined)) return rows;
    // Another server rotated the keyring a moment ago, and may have sealed these anew since.
    await keyring.reload();
    return selectChannelSecrets(db, appId, channelId);
  }
}

function outcomeOf(error: unknown): Outcome & { readonly ok: false } {
  if (error instanceof SmtpRefused) return { ok: false, statusCode: error.statusCode, code: 'refused' };
  if (error instanceof IntegrityError) return { ok: false, statusCode: null, code: 'integrity_error' };
  return { ok: false, statusCode: null, code: failureCode(toRefusal(error)) };
}

const KNOWN = [
  'egress_denied',
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_too_large',
  'unavailable',
] as const;

function failureCode(refusal: Refusal): FailureCode {
  return KNOWN.find((code) => code === refusal.code) ?? 'internal';
}

const detailOf = (error: unknown): string | undefined =>
  error instanceof Refusal ? error.detail : undefined;
