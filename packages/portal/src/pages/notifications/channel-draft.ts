/** A channel while it is written: the state of its form, and what is sent of it. Pure. */
import type { ChannelType, NoticeEvent } from '@alter-vault/contract';
import type { Answer, Body, Issue } from '../../api/client.ts';
import { notifications } from '../../texts/notifications.ts';

export type Channel = Answer<'getChannel'>;
export const TYPES: readonly ChannelType[] = ['webhook', 'slack', 'smtp'];
export const EVENTS: readonly NoticeEvent[] = [
  'approval.requested',
  'approval.decided',
  'approval.executed',
  'approval.failed',
  'approval.expired',
  'approval.cancelled',
  'secret.rotation_due',
];

export interface ChannelDraft {
  readonly type: ChannelType;
  readonly name: string;
  /** Of a Slack channel that is there: empty, for it is never shown. */
  readonly url: string;
  readonly to: readonly string[];
  readonly from: string;
  readonly isEvery: boolean;
  readonly events: readonly NoticeEvent[];
}

export const EMPTY: ChannelDraft = {
  type: 'webhook',
  name: '',
  url: '',
  to: [],
  from: '',
  isEvery: true,
  events: [],
};

export const draftOf = ({ type, name, url, to, from, events }: Channel): ChannelDraft => ({
  type,
  name,
  url: url ?? '',
  to: to ?? [],
  from: from ?? '',
  isEvery: events === null,
  events: events ?? [],
});

/** What could not even be sent; `isNew`: nothing may be left out. */
export function problemsOf(draft: ChannelDraft, isNew: boolean): Issue[] {
  const { type, name, url, to, from, isEvery, events } = draft;
  const isUrlNeeded = type === 'webhook' || (type === 'slack' && isNew);
  const missing: Readonly<Record<string, boolean>> = {
    name: name.trim() === '',
    url: isUrlNeeded && url.trim() === '',
    to: type === 'smtp' && to.length === 0,
    from: type === 'smtp' && from.trim() === '',
  };
  return [
    ...Object.entries(missing).flatMap(([path, isMissing]) =>
      isMissing ? [{ path, message: notifications.needed }] : [],
    ),
    ...(!isEvery && events.length === 0 ? [{ path: 'events', message: notifications.chooseEvent }] : []),
  ];
}

const targetOf = ({ type, url, to, from }: ChannelDraft) =>
  type === 'smtp' ? { to: [...to], from: from.trim() } : { url: url.trim() };

export const creation = (draft: ChannelDraft): Body<'createChannel'> => ({
  name: draft.name.trim(),
  type: draft.type,
  ...targetOf(draft),
  ...(draft.isEvery ? {} : { events: [...draft.events] }),
});

/** The address of Slack stays unless another is given; an unchanged one of a webhook is no change either. */
export function change(draft: ChannelDraft): Body<'changeChannel'> {
  const target = draft.type === 'slack' && draft.url.trim() === '' ? {} : targetOf(draft);
  return { name: draft.name.trim(), ...target, events: draft.isEvery ? null : [...draft.events] };
}
