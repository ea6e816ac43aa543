/** Finds what of an app has a name or id, out of memory; of each kind for those only who may read it by itself. */
import type { Scope } from '@alter-vault/contract';
import type { Actor } from '../access/people.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import { Refusal } from '../refusal.ts';
import { selectChannels } from '../store/channels.ts';
import { selectMembers } from '../store/people.ts';
import { getApp } from './apps.ts';
import { afterOf } from './pages.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';

const FOUND_MAX = 20;
/** Of one kind, to choose from. */
const CHOICES_MAX = 50;
/** Members beyond these are found on their own page. */
const MEMBERS_MAX = 1000;
const CHANNELS_MAX = 200;

interface Candidate {
  readonly kind: 'secret' | 'grant' | 'agent' | 'key' | 'policy' | 'channel' | 'member';
  readonly id: string;
  readonly name: string;
  readonly detail: string;
  readonly secret_id: string | null;
}

export function registerSearch(routes: Routes, parts: ApiParts): void {
  routes.route('search', async ({ actor, params, query }) => {
    const app = await getApp(parts, actor, params.app);
    const snapshot = await parts.boundaries.find(app.app_id);
    if (snapshot === undefined) throw new Refusal('not_found');
    const asked = (query.q ?? '').trim().toLowerCase();
    const isAsked = (kind: Candidate['kind']): boolean => query.kind === undefined || query.kind === kind;
    const ranked: { rank: number; one: Candidate }[] = [];
    const judge = (one: Candidate): void => {
      const rank = isAsked(one.kind) ? rankOf(one, asked) : undefined;
      if (rank !== undefined) ranked.push({ rank, one });
    };
    for (const one of ofApp(snapshot, actor)) judge(one);
    if (isAsked('channel')) for (const one of await channelsOf(parts, actor, app.app_id)) judge(one);
    if (isAsked('member')) for (const one of await membersOf(parts, actor)) judge(one);
    ranked.sort((a, b) => a.rank - b.rank || a.one.name.localeCompare(b.one.name, 'en'));
    const most = query.kind === undefined ? FOUND_MAX : CHOICES_MAX;
    return { items: ranked.slice(0, most).map(({ one }) => one), is_more: ranked.length > most };
  });
}

/** Smaller is better; undefined where it has nothing of what is asked for. */
function rankOf({ id, name, detail }: Candidate, asked: string): number | undefined {
  const text = name.toLowerCase();
  if (text === asked || id === asked) return 0;
  if (text.startsWith(asked)) return 1;
  if (id.startsWith(asked) || detail.toLowerCase().startsWith(asked)) return 2;
  return text.includes(asked) ? 3 : undefined;
}

/** What lives; what is gone has no page. */
function* ofApp(snapshot: AppSnapshot, { scopes }: Actor): Generator<Candidate> {
  const may = (scope: Scope): boolean => scopes.includes(scope);
  const nothing = { secret_id: null };
  if (may('secrets:read'))
    for (const one of snapshot.all('secrets'))
      if (one.deleted_at === null)
        yield { ...nothing, kind: 'secret', id: one.secret_id, name: one.name, detail: one.template ?? '' };
  if (may('grants:read'))
    for (const one of snapshot.all('grants'))
      if (one.revoked_at === null)
        yield {
          kind: 'grant',
          id: one.grant_id,
          name: one.label ?? one.grant_id,
          detail: snapshot.secret(one.secret_id)?.name ?? '',
          secret_id: one.secret_id,
        };
  if (may('agents:read'))
    for (const one of snapshot.all('agents'))
      if (one.deleted_at === null)
        yield { ...nothing, kind: 'agent', id: one.agent_id, name: one.name, detail: one.display_name ?? '' };
  if (may('keys:read'))
    for (const one of snapshot.all('api_keys'))
      if (one.revoked_at === null)
        yield { ...nothing, kind: 'key', id: one.key_id, name: one.name, detail: one.prefix };
  if (may('policies:read'))
    for (const one of snapshot.all('policies'))
      if (one.deleted_at === null)
        yield { ...nothing, kind: 'policy', id: one.policy_id, name: one.name, detail: one.rule.type };
}

async function channelsOf(parts: ApiParts, actor: Actor, appId: string): Promise<Candidate[]> {
  if (!actor.scopes.includes('channels:read')) return [];
  const channels = await selectChannels(parts.db, appId, afterOf(undefined), CHANNELS_MAX);
  return channels.map((one) => ({
    kind: 'channel' as const,
    id: one.channel_id,
    name: one.name,
    detail: one.type,
    secret_id: null,
  }));
}

async function membersOf(parts: ApiParts, actor: Actor): Promise<Candidate[]> {
  if (!actor.scopes.includes('members:read')) return [];
  const of = { after: afterOf(undefined), isInvited: undefined };
  const members = await selectMembers(parts.db, actor.orgId, of, MEMBERS_MAX);
  return members.map((one) => ({
    kind: 'member' as const,
    id: one.member_id,
    name: one.email ?? one.member_id,
    detail: one.role,
    secret_id: null,
  }));
}
