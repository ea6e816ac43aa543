/**
 * Replays: what a draft of a policy would have done to the calls of the past. The database counts what is alike, so that
 * each distinct input is judged once; limits are counted over the calls in the order of their time. Nothing is stored.
 */
import { schemas, type PolicyVerdict } from '@alter-vault/contract';
import { anyKeyFor } from '../access/explain.ts';
import { countsFrom, LimitReplay } from '../access/limits/replay.ts';
import { compileDraft, DraftReplay, inputsOf, type DraftPolicy } from '../access/policies/replay.ts';
import type { LimitTerm } from '../access/policies/types.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import {
  scanCalls,
  scanCallsInTurn,
  selectCalls,
  type CallInTurn,
  type PastCalls,
} from '../audit/past-calls.ts';
import { REDACTED } from '../audit/redact.ts';
import type { AuditItem } from '../audit/search.ts';
import type { Database } from '../store/database.ts';
import type { KeyRow } from '../store/deciding.ts';
import { lineOf } from './grant-views.ts';

export interface ReplayOf {
  readonly draft: DraftPolicy;
  readonly from: Date;
  readonly to: Date;
  /** In how many equal parts of the time the verdicts are counted, where anybody asks. */
  readonly buckets?: number | undefined;
}

interface Chosen {
  readonly requestId: string;
  readonly why: string;
}

/** How many, when, and a few of them. */
class Tally {
  count = 0;
  readonly over: number[];
  readonly chosen: Chosen[] = [];

  constructor(buckets: number) {
    this.over = Array.from({ length: buckets }, () => 0);
  }

  add(calls: number, bucket: number, why: string, ...requestIds: readonly string[]): void {
    this.count += calls;
    this.over[bucket] = (this.over[bucket] ?? 0) + calls;
    for (const requestId of new Set(requestIds)) {
      if (this.chosen.length < schemas.REPLAY_EXAMPLES_MAX) this.chosen.push({ requestId, why });
    }
  }
}

type Tallies = Readonly<Record<PolicyVerdict, Tally>>;

export async function replayDraft(db: Database, snapshot: AppSnapshot, of: ReplayOf) {
  const buckets = of.buckets ?? 1;
  const tallies: Tallies = {
    pass: new Tally(buckets),
    deny: new Tally(buckets),
    hold: new Tally(buckets),
    undetermined: new Tally(buckets),
  };
  const past = { from: of.from, to: of.to, ...scopeOf(snapshot, of.draft) };
  const { limit } = compileDraft(of.draft);
  if (limit === undefined) await judgeGroups(db, snapshot.appId, past, of.draft, tallies);
  else await judgeInTurn(db, snapshot, past, limit, tallies);
  const items = await examplesOf(db, snapshot.appId, past, tallies);
  const shown = ({ count, chosen }: Tally) => ({
    count,
    examples: chosen.flatMap(({ requestId, why }) => {
      const item = items.get(requestId);
      return item === undefined ? [] : [exampleOf(item, why)];
    }),
  });
  const { pass, deny, hold, undetermined } = tallies;
  return {
    calls: pass.count + deny.count + hold.count + undetermined.count,
    pass: shown(pass),
    deny: shown(deny),
    hold: shown(hold),
    undetermined: shown(undetermined),
    ...(of.buckets === undefined ? {} : { over: overTime(of, tallies) }),
  };
}

function overTime({ from, to }: ReplayOf, { pass, deny, hold, undetermined }: Tallies) {
  const lengthMs = (to.getTime() - from.getTime()) / pass.over.length;
  return pass.over.map((passed, index) => ({
    at: new Date(from.getTime() + index * lengthMs).toISOString(),
    pass: passed,
    deny: deny.over[index] ?? 0,
    hold: hold.over[index] ?? 0,
    undetermined: undetermined.over[index] ?? 0,
  }));
}

/** Whose calls the draft applies to; a policy of a grant reaches all that was cloned from it. */
function scopeOf(snapshot: AppSnapshot, draft: DraftPolicy): Omit<PastCalls, 'from' | 'to'> {
  const { applies_to_type: type, applies_to_id: id } = draft;
  if (id === null || type === 'app') return {};
  if (type === 'secret') return { secretId: id };
  if (type === 'agent') return { agentId: id };
  const grants = [...snapshot.all('grants')].filter((grant) => lineOf(snapshot, grant).includes(id));
  return { grantIds: grants.map((grant) => grant.grant_id) };
}

async function judgeGroups(
  db: Database,
  appId: string,
  past: PastCalls,
  draft: DraftPolicy,
  tallies: Tallies,
): Promise<void> {
  const replay = new DraftReplay(draft);
  const by = { ...inputsOf(draft.rule), buckets: tallies.pass.over.length };
  await scanCalls(db, appId, past, by, (groups) => {
    for (const group of groups) {
      const { verdict, why } = replay.judge(group);
      tallies[verdict].add(Number(group.calls), group.bucket, why, group.first, group.last);
    }
  });
}

async function judgeInTurn(
  db: Database,
  snapshot: AppSnapshot,
  past: PastCalls,
  limit: LimitTerm,
  tallies: Tallies,
): Promise<void> {
  const replay = new LimitReplay(limit);
  const [grant] = snapshot.all('grants');
  if (grant === undefined) return;
  const anyCall = {
    appId: snapshot.appId,
    key: anyKeyFor(grant),
    grantId: grant.grant_id,
    caller: null,
  };
  const fromMs = past.from.getTime();
  const bucketMs = (past.to.getTime() - fromMs) / tallies.pass.over.length;
  const from = new Date(countsFrom(limit, anyCall, fromMs));
  await scanCallsInTurn(db, snapshot.appId, { ...past, from }, (calls) => {
    for (const call of calls) {
      const { verdict, why } = judgeCall(replay, limit, call, snapshot.key(call.key_id ?? ''));
      if (call.at.getTime() < fromMs) continue;
      const bucket = Math.floor((call.at.getTime() - fromMs) / bucketMs);
      tallies[verdict].add(1, bucket, why, call.request_id);
    }
  });
}

function judgeCall(
  replay: LimitReplay,
  { per, limit }: LimitTerm,
  call: CallInTurn,
  key: KeyRow | undefined,
): { verdict: 'pass' | 'deny' | 'undetermined'; why: string } {
  const unknown = (why: string) => ({ verdict: 'undetermined', why }) as const;
  if (key === undefined || call.grant_id === null) return unknown('the key or grant is not in the audit log');
  if (per === 'caller' && call.caller?.includes(REDACTED) === true)
    return unknown('the caller is redacted in the audit log');
  const limited = { appId: key.app_id, key, grantId: call.grant_id, caller: call.caller };
  const said = replay.judge(limited, call.at.getTime(), call.was_counted);
  if (said === 'too_many') return unknown('there are too many counters to replay at once');
  if (said === 'unknown_zone') return unknown('the time zone is not known');
  return said === 'pass'
    ? { verdict: said, why: `fewer than ${limit} calls were counted` }
    : { verdict: said, why: `${limit} calls were counted already` };
}

async function examplesOf(
  db: Database,
  appId: string,
  past: PastCalls,
  tallies: Tallies,
): Promise<ReadonlyMap<string, AuditItem>> {
  const ids = Object.values(tallies).flatMap((tally) => tally.chosen.map((one) => one.requestId));
  if (ids.length === 0) return new Map();
  const items = await selectCalls(db, appId, past, ids);
  return new Map(items.map((item) => [item.request_id, item]));
}

const exampleOf = (item: AuditItem, why: string) => ({
  event_id: item.event_id,
  at: item.at,
  grant_id: item.grant_id,
  method: item.method,
  url: item.url,
  why,
});
