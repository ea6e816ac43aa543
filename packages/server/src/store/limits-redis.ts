/**
 * Counters in Redis or Valkey: one script takes a call from all of its counters or from none, by the server's clock.
 * Without a connection, or when an answer does not come in time, the call is refused; a counter that was then taken all
 * the same is lost to nobody but the caller.
 */
import { createClient, defineScript, type CommandParser } from '@redis/client';
import { Refusal } from '../refusal.ts';
import type { Cell, Count, Counted, Counter, CounterStore } from './counters.ts';
import type { StoreLog } from './log.ts';

/** Same bounds as PostgreSQL has: a call is refused within 2 s when the server hangs. */
const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 2_000;
/** A connection on which nothing arrives is given up; the ping keeps an idle one alive. */
const SILENCE_MS = 5_000;
const PING_MS = 2_000;
const RECONNECT_MS_MAX = 1_000;
const WAITING_MAX = 5_000;
const UNKNOWN = 'there is no connection, or its settings are not read yet';

/**
 * The same rules as the statement of PostgreSQL. ARGV: `take` or `peek`, then for each key limit, enforced (1 or 0), length,
 * grain, and four borders; a window has length 0 or unused borders. Lua's numbers hold microseconds exactly.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local judged, outcome = {}, 'taken'
for i, key in ipairs(KEYS) do
  local at = (i - 1) * 8 + 2
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
    if not label then return {'stale', now} end
  end
  local stored, cells, used = redis.call('GET', key), {}, 0
  if stored then
    for _, cell in ipairs(cmsgpack.unpack(stored)) do
      local from = math.min(cell[1], label)
      if from > floor then
        cells[#cells + 1] = {from, cell[2]}
        used = used + cell[2]
      end
    end
  end
  if used >= quota and enforced then outcome = 'refused' end
  judged[i] = {key = key, cells = cells, used = used, label = label, ends = ends, room = used < quota}
end
local answer = {outcome, now}
for _, one in ipairs(judged) do
  local flat = {one.used}
  if ARGV[1] == 'peek' or outcome == 'refused' then
    for _, cell in ipairs(one.cells) do flat[#flat + 1] = cell[1]; flat[#flat + 1] = cell[2] end
  elseif one.room then
    local cells = one.cells
    local last = cells[#cells]
    if last and last[1] == one.label then last[2] = last[2] + 1 else cells[#cells + 1] = {one.label, 1} end
    redis.call('SET', one.key, cmsgpack.pack(cells), 'PXAT', string.format('%.0f', math.ceil(one.ends / 1000) + 1))
  end
  answer[#answer + 1] = flat
end
return answer`;

const COUNT = defineScript({
  SCRIPT,
  IS_READ_ONLY: false,
  parseCommand(parser: CommandParser, keys: readonly string[], values: readonly string[]) {
    parser.pushKeysLength([...keys]);
    parser.push(...values);
  },
  // What the script answers is known by the text above; it is read strictly in countedOf.
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
    return this.#run('take', appId, counters);
  }

  peek(appId: string, counters: readonly Counter[]): Promise<Counted> {
    return this.#run('peek', appId, counters);
  }

  /** Every key ends by itself. */
  clean(): Promise<number> {
    return Promise.resolve(0);
  }

  close(): Promise<void> {
    if (this.#client.isOpen) this.#client.destroy();
    return Promise.resolve();
  }

  async #run(what: 'take' | 'peek', appId: string, counters: readonly Counter[]): Promise<Counted> {
    if (this.#unsafe !== undefined) {
      throw new Refusal('unavailable', { detail: `the store of limits can not be used: ${this.#unsafe}` });
    }
    // The braces put all counters of an app into one slot of a cluster.
    const keys = counters.map(({ id }) => `alter:limit:{${appId}}:${id}`);
    const values = [what, ...counters.flatMap(valuesOf)];
    try {
      return countedOf(await withDeadline(this.#client.count(keys, values), ANSWER_TIMEOUT_MS), what);
    } catch (cause) {
      throw new Refusal('unavailable', { detail: 'the store of limits did not count the call', cause });
    }
  }

  /** A server that evicts keys when its memory is full forgets counts, and would let calls pass twice. */
  async #check(): Promise<void> {
    try {
      const info = await withDeadline(this.#client.info('memory'), ANSWER_TIMEOUT_MS);
      const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
      // Calls that find the script missing would be sent again behind those that came after them.
      await withDeadline(this.#client.scriptLoad(SCRIPT), ANSWER_TIMEOUT_MS);
      const isBounded = /^maxmemory:0\s*$/m.exec(info) === null;
      this.#unsafe =
        isBounded && policy !== 'noeviction'
          ? `it evicts keys when its memory is full (maxmemory-policy ${policy ?? 'unknown'}): set noeviction`
          : undefined;
    } catch (error) {
      this.#unsafe = 'its settings could not be read (INFO memory), or it takes no scripts';
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

/** An edge: the answer of the script, in the form that its text says. */
function countedOf(reply: unknown, what: 'take' | 'peek'): Counted {
  const list: unknown[] = Array.isArray(reply) ? reply : [];
  const [outcome, now, ...counts] = list;
  if (typeof now !== 'number' || (outcome !== 'taken' && outcome !== 'refused' && outcome !== 'stale')) {
    throw new TypeError(`the script answered in another form to ${what}`);
  }
  return { outcome, nowUs: now, counts: counts.map(countOf) };
}

function countOf(flat: unknown): Count {
  const numbers = Array.isArray(flat) ? flat.filter((one) => typeof one === 'number') : [];
  const cells: Cell[] = [];
  for (let index = 1; index + 1 < numbers.length; index += 2) {
    cells.push({ atUs: numbers[index] ?? 0, count: numbers[index + 1] ?? 0 });
  }
  if (numbers[0] === undefined) throw new TypeError('the script answered a counter in another form');
  return { used: numbers[0], cells };
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
