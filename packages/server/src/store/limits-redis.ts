/**
 * Counters in Redis or Valkey: one script takes the calls that wait (taking.ts), each from all of its counters or from none, by
 * the server's clock.
 * Without a connection, or when an answer does not come in time, the call is refused; a counter that was then taken all
 * the same is lost to nobody but the caller.
 */
import { createClient, defineScript, type CommandParser } from '@redis/client';
import { Refusal } from '../refusal.ts';
import type { Cell, Count, Counted, Counter, CounterStore } from './counters.ts';
import type { StoreLog } from './log.ts';
import { isAnyFull, planOf, Taking, type Ask, type Member, type Share, type Shared } from './taking.ts';

/** Same bounds as PostgreSQL has: a call is refused within 2 s when the server hangs. */
const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 2_000;
/** A connection on which nothing arrives is given up; the ping keeps an idle one alive. */
const SILENCE_MS = 5_000;
const PING_MS = 2_000;
const RECONNECT_MS_MAX = 1_000;
const WAITING_MAX = 5_000;
const FORM = 'the script answered in another form';
const UNKNOWN = 'there is no connection, or its settings are not read yet';

/**
 * The same rules as the statement of PostgreSQL. ARGV: for each key limit, enforced (1 or 0), length, grain, and four
 * borders; a window has length 0 or unused borders. Then for each ask how many calls, how many keys, and which ones. An ask for
 * no call only looks. Lua's numbers hold microseconds exactly.
 * Answers with the clock, for each ask what is granted and what each of its keys counted before it, and for each key what
 * it counts now, with its cells if an ask did not get all; -1 where the clock is in none of its periods.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local counters, at = {}, 1
for i, key in ipairs(KEYS) do
  local quota, enforced, length, grain = tonumber(ARGV[at]), ARGV[at + 1] == '1', tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local label, floor, ends
  if length > 0 then
    label = now + math.fmod(grain - math.fmod(now, grain), grain)
    floor, ends = now - length, label + length
  else
    for b = at + 4, at + 6 do
      local from, to = tonumber(ARGV[b]), tonumber(ARGV[b + 1])
      if now >= from and now < to then label, floor, ends = from, from - 1, to end
    end
  end
  local stored, cells, used = label and redis.call('GET', key), {}, 0
  if stored then
    for _, cell in ipairs(cmsgpack.unpack(stored)) do
      local from = math.min(cell[1], label)
      if from > floor then
        cells[#cells + 1] = {from, cell[2]}
        used = used + cell[2]
      end
    end
  end
  counters[i] = {quota = quota, enforced = enforced, cells = cells, used = used, gain = 0, label = label, ends = ends}
  at = at + 8
end
local shares = {}
while at <= #ARGV do
  local calls, keys, share = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), {}
  local granted = calls
  for i = 1, keys do
    local counter = counters[tonumber(ARGV[at + 1 + i])]
    share[i + 1] = counter.used
    if not counter.label then granted = 0
    elseif counter.enforced then granted = math.max(0, math.min(granted, counter.quota - counter.used)) end
  end
  for i = 1, keys do
    local counter = counters[tonumber(ARGV[at + 1 + i])]
    local gain = math.max(0, math.min(granted, counter.quota - counter.used))
    counter.used, counter.gain = counter.used + gain, counter.gain + gain
    counter.isShort = counter.isShort or calls == 0 or granted < calls
  end
  share[1] = granted
  shares[#shares + 1] = share
  at = at + 2 + keys
end
local counts = {}
for i, one in ipairs(counters) do
  local cells, flat = one.cells, {one.label and one.used or -1}
  if one.gain > 0 then
    local last = cells[#cells]
    if last and last[1] == one.label then last[2] = last[2] + one.gain else cells[#cells + 1] = {one.label, one.gain} end
    redis.call('SET', KEYS[i], cmsgpack.pack(cells), 'PXAT', string.format('%.0f', math.ceil(one.ends / 1000) + 1))
  end
  if one.isShort then
    for _, cell in ipairs(cells) do flat[#flat + 1] = cell[1]; flat[#flat + 1] = cell[2] end
  end
  counts[i] = flat
end
return {now, shares, counts}`;

const COUNT = defineScript({
  SCRIPT,
  IS_READ_ONLY: false,
  parseCommand(parser: CommandParser, keys: readonly string[], values: readonly string[]) {
    parser.pushKeysLength([...keys]);
    parser.push(...values);
  },
  // What the script answers is known by the text above; it is read strictly in sharedOf.
  transformReply: (reply: unknown): unknown => reply,
});

type Client = ReturnType<typeof makeClient>;

export interface RedisCountersOptions {
  /** `redis[s]://[[user]:password@]host[:port][/database]` */
  readonly url: string;
  readonly log: StoreLog;
}

export class RedisCounters implements CounterStore {
  readonly #client: Client;
  readonly #log: StoreLog;
  readonly #taking = new Taking((asks) => this.#takeGroup(asks));
  /** Why counters of this server could vanish before their time; nothing is counted there until it is known. */
  #unsafe: string | undefined = UNKNOWN;
  #checked: Promise<void> = Promise.resolve();

  constructor({ url, log }: RedisCountersOptions) {
    this.#log = log;
    this.#client = makeClient(url);
    this.#client.on('error', (error: unknown) =>
      log.warn({ err: error }, 'the connection to the store of limits is lost'),
    );
    this.#client.on('ready', () => (this.#checked = this.#check()));
    this.#client.on('reconnecting', () => (this.#unsafe = UNKNOWN));
  }

  /** Begins to connect, and goes on until it is closed; resolves at the first success, or after a while without. */
  async start(): Promise<void> {
    // What fails here was reported as an error event; calls that need a counter are refused until it succeeds.
    const connected = this.#client
      .connect()
      .then(() => this.#checked)
      .catch(() => undefined);
    await withDeadline(connected, CONNECT_TIMEOUT_MS).catch(() => undefined);
  }

  get trouble(): string | undefined {
    return this.#unsafe ?? (this.#client.isReady ? undefined : UNKNOWN);
  }

  take(appId: string, counters: readonly Counter[]): Promise<Counted> {
    return this.#taking.take(appId, counters);
  }

  async peek(appId: string, counters: readonly Counter[]): Promise<Counted> {
    const { nowUs, shares } = await this.#run(appId, [{ appId, counters, calls: 0 }]);
    const { rest, after } = shares[0] ?? { rest: 'stale', after: [] };
    if (rest === 'stale') return { outcome: 'stale', nowUs, counts: [] };
    return { outcome: isAnyFull(counters, after) ? 'refused' : 'taken', nowUs, counts: after };
  }

  /** Every key ends by itself. */
  clean(): Promise<number> {
    return Promise.resolve(0);
  }

  close(): Promise<void> {
    if (this.#client.isOpen) this.#client.destroy();
    return Promise.resolve();
  }

  /** One script for each app, whose counters are all in one slot of a cluster; no two apps share a counter. */
  async #takeGroup(asks: readonly Ask[]): Promise<Shared> {
    const apps = [...Map.groupBy(asks, ({ appId }) => appId)];
    const answers = await Promise.all(apps.map(([appId, own]) => this.#run(appId, own)));
    const byAsk = new Map(
      apps.flatMap(([, own], at) => own.map((ask, i) => [ask, answers[at]?.shares[i]] as const)),
    );
    const shares = asks.flatMap((ask) => byAsk.get(ask) ?? []);
    return { nowUs: answers[0]?.nowUs ?? 0, shares };
  }

  async #run(appId: string, asks: readonly Ask[]): Promise<Shared> {
    if (this.#unsafe !== undefined) {
      throw new Refusal('unavailable', { detail: `the store of limits can not be used: ${this.#unsafe}` });
    }
    const { places, members } = planOf(asks);
    const byAsk = [...Map.groupBy(members, ({ ask }) => ask).values()];
    const keys = places.map(({ counter }) => `alter:limit:{${appId}}:${counter.id}`);
    const values = [...places.flatMap(({ counter }) => valuesOf(counter)), ...byAsk.flatMap(wordsOf)];
    try {
      return sharedOf(await withDeadline(this.#client.count(keys, values), ANSWER_TIMEOUT_MS), byAsk);
    } catch (cause) {
      throw new Refusal('unavailable', { detail: 'the store of limits did not count the call', cause });
    }
  }

  /** A server that evicts keys when its memory is full forgets counts, and would let calls pass twice. */
  async #check(): Promise<void> {
    try {
      const info = await withDeadline(this.#client.info('memory'), ANSWER_TIMEOUT_MS);
      const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
      const isBounded = /^maxmemory:0\s*$/m.exec(info) === null;
      this.#unsafe =
        isBounded && policy !== 'noeviction'
          ? `it evicts keys when its memory is full (maxmemory-policy ${policy ?? 'unknown'}): set noeviction`
          : undefined;
    } catch (error) {
      this.#unsafe = 'its settings could not be read (INFO memory)';
      this.#log.warn({ err: error }, 'the settings of the store of limits could not be read');
    }
    if (this.#unsafe !== undefined)
      this.#log.error({ why: this.#unsafe }, 'limits can not be counted in Redis');
  }
}

function makeClient(url: string) {
  return createClient({
    url,
    name: 'alter-vault',
    scripts: { count: COUNT },
    // A command that can't be sent now is refused now: what waits would be counted for calls that were given up.
    disableOfflineQueue: true,
    commandsQueueMaxLength: WAITING_MAX,
    pingInterval: PING_MS,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: (retries) => Math.min(RECONNECT_MS_MAX, 25 * 2 ** Math.min(retries, 10)),
    },
  });
}

function valuesOf({ limit, isEnforced, window }: Counter): string[] {
  const head = [String(limit), isEnforced ? '1' : '0'];
  return window.kind === 'sliding'
    ? [...head, String(window.lengthUs), String(window.grainUs), '0', '0', '0', '0']
    : [...head, '0', '1', ...window.bordersUs.map(String)];
}

function wordsOf(members: readonly Member[]): string[] {
  return [members[0]?.calls ?? 0, members.length, ...members.map(({ place }) => place)].map(String);
}

/** An edge: the answer of the script, in the form that its text says. */
function sharedOf(reply: unknown, asks: readonly (readonly Member[])[]): Shared {
  const list: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const [now, shares, counts] = list;
  if (typeof now !== 'number' || !Array.isArray(shares) || !Array.isArray(counts)) throw new TypeError(FORM);
  const byPlace = counts.map(countOf);
  const all = asks.map((members, at): Share => {
    const [granted, ...used] = numbersOf(shares[at]);
    const after = members.map(({ place }) => byPlace[place - 1] ?? { used: -1, cells: [] });
    if (granted === undefined || used.length !== members.length) throw new TypeError(FORM);
    const rest = after.some((count) => count.used < 0) ? 'stale' : 'refused';
    return { granted, rest, before: used.map((one) => ({ used: one, cells: [] })), after };
  });
  return { nowUs: now, shares: all };
}

function countOf(flat: unknown): Count {
  const [used, ...numbers] = numbersOf(flat);
  if (used === undefined) throw new TypeError(FORM);
  const cells: Cell[] = [];
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    cells.push({ atUs: numbers[index] ?? 0, count: numbers[index + 1] ?? 0 });
  }
  return { used, cells };
}

function numbersOf(list: unknown): number[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === 'number') : [];
}

/** What comes too late is dropped, whatever it is. */
async function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
