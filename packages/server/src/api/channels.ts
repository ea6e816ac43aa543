/**
 * Notification channels: made, listed, changed, rotated, tested, deleted. Seals their secrets and never opens one; the URL
 * of a Slack webhook is written and never read.
 */
import type { ChannelType } from '@alter-vault/contract';
import type { Draft } from '../access/boundaries.ts';
import { mintSigningSecret } from '../access/keys.ts';
import { isRecordSealed, recordMac } from '../access/row-macs.ts';
import type { AddressPolicy } from '../egress/address.ts';
import { newId } from '../ids.ts';
import { sealChannelSecret } from '../notify/channel-secrets.ts';
import { parseChannelUrl } from '../notify/channel-url.ts';
import { Refusal } from '../refusal.ts';
import {
  deleteChannel,
  expireChannelSecrets,
  findChannel,
  insertChannel,
  insertChannelSecret,
  selectChannels,
  updateChannel,
  type ChannelRow,
  type ChannelSettings,
} from '../store/channels.ts';
import { selectDeliveries, type DeliveryRow } from '../store/notify.ts';
import { IntegrityError } from '../vault/integrity.ts';
import { Secret } from '../vault/secret.ts';
import { getApp, nameTaken } from './apps.ts';
import { changeEvent, type Change } from './events.ts';
import { afterOf, beforeOf, page } from './pages.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';

/** What each type takes beside a name and events, all of it required. */
const FIELDS = { webhook: ['url'], slack: ['url'], smtp: ['to', 'from'] } as const;
const ALL_FIELDS = ['url', 'to', 'from'] as const;

interface Given {
  readonly url?: string | undefined;
  readonly to?: readonly string[] | undefined;
  readonly from?: string | undefined;
}

const view = (channel: ChannelRow) => ({
  channel_id: channel.channel_id,
  type: channel.type,
  name: channel.name,
  events: channel.events === null ? null : [...channel.events],
  url: channel.settings.url ?? null,
  to: channel.settings.to === undefined ? null : [...channel.settings.to],
  from: channel.settings.from ?? null,
  created_at: channel.created_at.toISOString(),
  updated_at: channel.updated_at.toISOString(),
});

const deliveryView = (delivery: DeliveryRow) => ({
  delivery_id: delivery.delivery_id,
  event: delivery.event,
  status: delivery.status,
  attempts: delivery.attempts,
  created_at: delivery.created_at.toISOString(),
  next_attempt_at: delivery.status === 'pending' ? delivery.next_at.toISOString() : null,
  last_attempt_at: delivery.attempted_at?.toISOString() ?? null,
  finished_at: delivery.finished_at?.toISOString() ?? null,
  code: delivery.code,
  status_code: delivery.status_code,
});

export function registerChannels(routes: Routes, parts: ApiParts, egressAllow: AddressPolicy): void {
  routes.route('listChannels', async ({ actor, params, query }) => {
    const app = await getApp(parts, actor, params.app);
    const rows = await selectChannels(parts.db, app.app_id, afterOf(query.cursor), query.limit);
    return page(rows, query.limit, (channel) => channel.channel_id, view);
  });

  routes.route('getChannel', async ({ actor, params }) => {
    const app = await getApp(parts, actor, params.app);
    return view(await getChannel(parts, app.app_id, params.channel_id));
  });

  routes.route('createChannel', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    checkFields(body.type, body, 'all');
    const now = new Date(parts.clock.now());
    const settings = settingsOf(body.type, {}, body, egressAllow);
    if (body.type === 'smtp' && !parts.hasMailServer) throw noMailServer();
    const channelId = newId();
    const secret = secretFor(body.type, body);
    try {
      const row = await parts.boundaries.change(app.app_id, async (draft) => {
        const made = sealRow(parts, {
          app_id: draft.appId,
          channel_id: channelId,
          type: body.type,
          name: body.name,
          events: body.events ?? null,
          settings,
          created_by: actor.memberId,
          created_at: now,
          updated_at: now,
          epoch: draft.epoch,
        });
        await insertChannel(draft.tx, made);
        await storeSecret(parts, draft, channelId, 1, secret);
        draft.audit(eventOf({ actor, requestId, clock: parts.clock, ip }, 'channel.created', made));
        return made;
      });
      return { ...view(row), ...shownOnce(body.type, secret) };
    } catch (error) {
      throw nameTaken(error, 'channel');
    }
  });

  routes.route('changeChannel', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    const { type } = await getChannel(parts, app.app_id, params.channel_id);
    checkFields(type, body, 'some');
    const secret = body.url === undefined ? undefined : secretFor(type, body);
    try {
      const { row, isNewUrl } = await parts.boundaries.change(app.app_id, async (draft) => {
        const before = await getSealed(parts, draft, params.channel_id);
        const settings = settingsOf(type, before.settings, body, egressAllow);
        const after = sealRow(parts, {
          ...before,
          name: body.name ?? before.name,
          events: body.events === undefined ? before.events : body.events,
          settings,
          updated_at: new Date(parts.clock.now()),
          epoch: draft.epoch,
        });
        await updateChannel(draft.tx, after);
        // Who runs the endpoint before must not be able to sign for the new one.
        const isNew = body.url !== undefined && (type === 'slack' || settings.url !== before.settings.url);
        if (isNew) {
          const { version } = await expireChannelSecrets(draft.tx, draft.appId, before.channel_id, 0);
          await storeSecret(parts, draft, before.channel_id, version + 1, secret);
        }
        draft.audit(eventOf({ actor, requestId, clock: parts.clock, ip }, 'channel.updated', after));
        return { row: after, isNewUrl: isNew };
      });
      return { ...view(row), ...(isNewUrl ? shownOnce(type, secret) : {}) };
    } catch (error) {
      throw nameTaken(error, 'channel');
    }
  });

  routes.route('deleteChannel', async ({ actor, params, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    await parts.boundaries.change(app.app_id, async (draft) => {
      // A channel that is damaged can still be deleted.
      const channel = await findChannel(draft.tx, draft.appId, params.channel_id);
      if (channel === undefined) throw new Refusal('not_found');
      await deleteChannel(draft.tx, draft.appId, channel.channel_id);
      draft.audit(eventOf({ actor, requestId, clock: parts.clock, ip }, 'channel.deleted', channel));
    });
    return undefined;
  });

  routes.route('rotateChannelSecret', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    const minted = mintSigningSecret();
    const expiresAt = await parts.boundaries.change(app.app_id, async (draft) => {
      const channel = await getSealed(parts, draft, params.channel_id);
      if (channel.type !== 'webhook') throw noSigningSecret();
      const place = [draft.tx, draft.appId, channel.channel_id] as const;
      const before = await expireChannelSecrets(...place, body.overlap_seconds);
      await storeSecret(parts, draft, channel.channel_id, before.version + 1, minted);
      draft.audit(eventOf({ actor, requestId, clock: parts.clock, ip }, 'channel.secret_rotated', channel));
      return before.expiresAt;
    });
    return { signing_secret: minted, previous_expires_at: expiresAt.toISOString() };
  });

  routes.route('testChannel', async ({ actor, params, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    const channel = await getChannel(parts, app.app_id, params.channel_id);
    const outcome = await parts.deliverer.test(app.app_id, channel.channel_id, {
      kind: 'channel.test',
      at: new Date(parts.clock.now()),
      subject: { channel: channel.name, url: parts.publicUrl() },
    });
    const code = outcome.ok ? null : outcome.code;
    const event = eventOf({ actor, requestId, clock: parts.clock, ip }, 'channel.tested', channel);
    await parts.audit.record({ ...event, appId: app.app_id, statusCode: outcome.statusCode, code });
    return { ok: outcome.ok, status_code: outcome.statusCode, code };
  });

  routes.route('listDeliveries', async ({ actor, params, query }) => {
    const app = await getApp(parts, actor, params.app);
    const { channel_id: channelId } = await getChannel(parts, app.app_id, params.channel_id);
    const before = beforeOf(query.cursor);
    const rows = await selectDeliveries(parts.db, { appId: app.app_id, channelId }, before, query.limit);
    return page(rows, query.limit, (delivery) => delivery.delivery_id, deliveryView);
  });
}

async function getChannel(parts: ApiParts, appId: string, channelId: string): Promise<ChannelRow> {
  const channel = await findChannel(parts.db, appId, channelId);
  if (channel === undefined) throw new Refusal('not_found');
  return channel;
}

/** I6: what is changed must be what was stored, or the change would put a MAC on somebody's edit. */
async function getSealed(parts: ApiParts, draft: Draft, channelId: string): Promise<ChannelRow> {
  const channel = await findChannel(draft.tx, draft.appId, channelId);
  if (channel === undefined) throw new Refusal('not_found');
  if (!isRecordSealed(parts.macKey(), 'channels', channel))
    throw new IntegrityError(`the channel ${channelId} is not what was stored`);
  return channel;
}

function sealRow(parts: ApiParts, row: Omit<ChannelRow, 'mac'>): ChannelRow {
  return { ...row, mac: recordMac(parts.macKey(), 'channels', row) };
}

async function storeSecret(
  parts: ApiParts,
  draft: Draft,
  channelId: string,
  version: number,
  secret: string | undefined,
): Promise<void> {
  if (secret === undefined) return;
  const place = { app_id: draft.appId, channel_id: channelId, version };
  await insertChannelSecret(draft.tx, sealChannelSecret(parts.keyring(), place, Secret.fromText(secret)));
}

/** What is sealed of a channel: a webhook's signing secret is ours, a Slack URL is the credential itself. */
function secretFor(type: ChannelType, given: Given): string | undefined {
  if (type === 'webhook') return mintSigningSecret();
  return type === 'slack' ? given.url : undefined;
}

const shownOnce = (type: ChannelType, secret: string | undefined) =>
  type === 'webhook' && secret !== undefined ? { signing_secret: secret } : {};

/** What may be shown. A URL is judged here, whichever type it is for (S17). */
function settingsOf(
  type: ChannelType,
  before: ChannelSettings,
  given: Given,
  allow: AddressPolicy,
): ChannelSettings {
  const target = given.url === undefined ? undefined : parseChannelUrl(given.url, allow);
  if (type === 'slack') return {};
  if (type === 'webhook') return target === undefined ? before : { url: target.url };
  return {
    ...before,
    ...(given.to === undefined ? {} : { to: given.to }),
    ...(given.from === undefined ? {} : { from: given.from }),
  };
}

function checkFields(type: ChannelType, given: Given, needed: 'all' | 'some'): void {
  const own: readonly string[] = FIELDS[type];
  const foreign = ALL_FIELDS.filter((field) => given[field] !== undefined && !own.includes(field));
  const missing = ALL_FIELDS.filter(
    (field) => needed === 'all' && given[field] === undefined && own.includes(field),
  );
  if (foreign.length + missing.length === 0) return;
  throw new Refusal('invalid_request', {
    issues: [
      ...foreign.map((path) => ({ path, message: `is no field of type "${type}"` })),
      ...missing.map((path) => ({ path, message: `is required for type "${type}"` })),
    ],
  });
}

const eventOf = (change: Change, kind: `channel.${string}`, channel: ChannelRow) =>
  changeEvent(change, kind, {
    context: { channel_id: channel.channel_id, channel: channel.name, type: channel.type },
  });

const noMailServer = (): Refusal =>
  new Refusal('invalid_request', {
    issues: [{ path: 'type', message: 'needs a mail server, and this vault has none' }],
    hint: 'The operator sets ALTER_SMTP_URL and restarts the vault.',
  });

const noSigningSecret = (): Refusal =>
  new Refusal('invalid_request', {
    message: 'Only a webhook has a signing secret.',
    hint: 'Change the url of a Slack channel to replace its credential.',
  });
