/**
 * Assumes the role of an AWS credential for a call that was authorised, and lends the temporary credential in the place of the
 * stored one, which then signs nothing but AssumeRole. Through egress, with its guard and deadlines.
 */
import { awsCredential, awsTarget } from '../injection/aws.ts';
import { roleOf, type Role, type RoleCaller } from '../aws/role.ts';
import { assumeRoleRequest, KeyRefused, readAssumeRole, stsEndpoint } from '../aws/sts.ts';
import type { Boundaries } from '../access/boundaries.ts';
import type { HostsOf } from '../access/authorize.ts';
import type { Clock } from '../access/clock.ts';
import type { Egress } from '../egress/egress.ts';
import type { CompiledInjection } from '../injection/rules.ts';
import type { Log } from '../log.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import type { KeyRow, SecretRow } from '../store/deciding.ts';
import { sha256 } from '../vault/hash.ts';
import type { Secret } from '../vault/secret.ts';
import { destroyFields, isOverlapOpen, OpenCredential } from './credentials.ts';
import { whyOver } from './open-calls.ts';
import { RoleCache, type Fetched, type RoleOwner } from './role-cache.ts';
import { parseTarget, type Target } from './target.ts';

interface RoleParts {
  readonly boundaries: Boundaries;
  readonly clock: Clock;
  readonly egress: Egress;
  readonly hostsOf: HostsOf;
  readonly injectionOf: (secret: SecretRow) => CompiledInjection;
  readonly connectMs: number;
  readonly log: Log;
}

/** For whom, and to which host. */
export interface RoleCall {
  readonly secret: SecretRow;
  readonly authority: string;
  readonly grantId: string | null;
  readonly key: KeyRow | null;
  readonly caller: string | null;
  /** Another version is tried where STS does not take the key of this one. */
  readonly hasPrevious: boolean;
}

interface Refused {
  readonly by: KeyRefused;
  /** Monotonic. */
  readonly until: number;
}

const ANSWER_BYTES_MAX = 256 * 1024;
const TIMEOUT_MS = 10_000;
const SWEEP_EVERY_MS = 2_000;
/** So long after it was authorised a call is asked about again. */
const WAITED_MS = 500;
/** So long a key that STS did not take is not asked with again, where there is another: an overlap must not ask twice for each call. */
const REFUSED_MS = 5_000;

export class Roles {
  readonly #parts: RoleParts;
  readonly #cache: RoleCache;
  readonly #timer: NodeJS.Timeout;
  /** By secret and version. */
  readonly #refused = new Map<string, Refused>();

  constructor(parts: RoleParts) {
    this.#parts = parts;
    this.#cache = new RoleCache(parts.log);
    this.#timer = setInterval(() => void this.#sweep(), SWEEP_EVERY_MS).unref();
  }

  /** How many temporary credentials are in memory. */
  get size(): number {
    return this.#cache.size;
  }

  /** The credential to sign with: the stored one where it names no role. Takes `stored` over. @throws Refusal */
  lend(stored: OpenCredential, call: RoleCall): OpenCredential | Promise<OpenCredential> {
    const role = stored.fields.get('role_arn');
    return role === undefined || role.byteLength === 0 ? stored : this.#assumed(stored, call);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#cache.clear();
    this.#refused.clear();
  }

  async #assumed(stored: OpenCredential, call: RoleCall): Promise<OpenCredential> {
    const { secret } = call;
    const version = `${secret.secret_id}/${stored.version}`;
    try {
      const refused = call.hasPrevious ? this.#refusedLately(version) : undefined;
      if (refused !== undefined) throw refused;
      const role = roleOf(stored.fields, this.#whoOf(call));
      if (role === undefined) throw new Refusal('integrity_error', { detail: 'a role without its name' });
      const place = this.#placeOf(stored, role, call);
      const owner = {
        appId: secret.app_id,
        secretId: secret.secret_id,
        version: stored.version,
        grantId: call.grantId,
      };
      const askedAt = performance.now();
      const lent = await this.#cache.lend(
        // Hashed: policies and tags can be long, and there are many.
        sha256(JSON.stringify([owner, role, place.target.origin, place.region])).toString('base64'),
        owner,
        () => this.#assume(stored, role, place, secret),
      );
      if (performance.now() - askedAt > WAITED_MS) await this.#assertNotOver(call, lent.fields);
      for (const name of ['region', 'service']) {
        const value = stored.fields.get(name);
        if (value !== undefined) lent.fields.set(name, value.copy());
      }
      return new OpenCredential(lent.fields, stored.version, this.#parts.clock.now() + lent.leftMs);
    } catch (thrown) {
      if (call.hasPrevious && thrown instanceof KeyRefused && this.#refusedLately(version) === undefined)
        this.#refused.set(version, { by: thrown, until: performance.now() + REFUSED_MS });
      throw thrown;
    } finally {
      stored.release();
    }
  }

  #refusedLately(version: string): KeyRefused | undefined {
    const refused = this.#refused.get(version);
    return refused !== undefined && performance.now() < refused.until ? refused.by : undefined;
  }

  /** I12: who waited for STS is asked once more whether the grant still stands. */
  async #assertNotOver(
    { secret, grantId, key }: RoleCall,
    fields: ReadonlyMap<string, Secret>,
  ): Promise<void> {
    if (grantId === null || key === null) return;
    const snapshot = await this.#parts.boundaries.fresh(secret.app_id);
    const over = whyOver(snapshot, { keyId: key.key_id, grantId }, this.#parts.clock.now());
    if (over === undefined) return;
    destroyFields(fields);
    throw over;
  }

  #whoOf({ secret, key, grantId, caller }: RoleCall): RoleCaller {
    const agentId = key?.agent_id ?? null;
    const agent = agentId === null ? undefined : this.#parts.boundaries.cached(secret.app_id)?.agent(agentId);
    return { caller, agent: agent?.name ?? agentId, keyPrefix: key?.prefix ?? null, grantId };
  }

  /** I7: the regional STS of AWS, or an endpoint that is among the hosts of the credential. */
  #placeOf(stored: OpenCredential, role: Role, { secret, authority }: RoleCall): Place {
    const rule = this.#parts.injectionOf(secret).aws ?? {};
    const { region } = awsTarget(rule, stored.fields, authority);
    if (role.endpoint === undefined) {
      const regional = stsEndpoint(role.arn, region);
      return { target: parseTarget(`${regional.origin}/`), region: regional.region };
    }
    const target = parseTarget(`${role.endpoint}/`, { field: 'sts_endpoint' });
    if (!this.#parts.hostsOf(secret).matches(target)) {
      throw new Refusal('host_not_allowed', {
        message: 'The sts_endpoint of this credential is not among its allowed hosts.',
        hint: 'An operator adds it to allowed_hosts; that needs the credential again.',
      });
    }
    return { target, region };
  }

  /** Signs at once; what is waited for is only the answer. */
  async #assume(stored: OpenCredential, role: Role, place: Place, secret: SecretRow): Promise<Fetched> {
    const { clock, egress, connectMs, log } = this.#parts;
    const { target, region } = place;
    const request = assumeRoleRequest(role, awsCredential(stored.fields), {
      target,
      region,
      now: new Date(clock.now()),
    });
    const startedAt = clock.now();
    const answer = await egress
      .fetchSmall({
        ...request,
        poolKey: `${secret.app_id}/${secret.secret_id}/${stored.version}/sts`,
        target,
        contentLength: request.body.length,
        connectTimeoutMs: connectMs,
        firstByteTimeoutMs: TIMEOUT_MS,
        idleTimeoutMs: TIMEOUT_MS,
        totalTimeoutMs: TIMEOUT_MS,
        maxResponseBytes: ANSWER_BYTES_MAX,
      })
      .catch((thrown: unknown) => {
        throw unreachable(toRefusal(thrown));
      });
    const { fields, expiresAt } = readAssumeRole(answer, role);
    log.info(
      { secret_id: secret.secret_id, session_name: role.sessionName, sts: target.host },
      'a role was assumed',
    );
    return {
      fields,
      lifeMs: lifeOf(expiresAt, answer.headers, { startedAt, elapsedMs: clock.now() - startedAt }),
    };
  }

  async #sweep(): Promise<void> {
    const { boundaries, clock, log } = this.#parts;
    for (const version of this.#refused.keys())
      if (this.#refusedLately(version) === undefined) this.#refused.delete(version);
    const apps = new Set([...this.#cache.owners()].map(({ appId }) => appId));
    try {
      const snapshots = await Promise.all(
        [...apps].map(async (appId) => [appId, await boundaries.fresh(appId)] as const),
      );
      const byApp = new Map(snapshots);
      this.#cache.sweep(({ appId, secretId, version, grantId }: RoleOwner) => {
        const snapshot = byApp.get(appId);
        const secret = snapshot?.secret(secretId);
        if (secret === undefined || secret.deleted_at !== null) return true;
        const isPrevious = version === secret.version - 1 && isOverlapOpen(secret, clock);
        if (version !== secret.version && !isPrevious) return true;
        return grantId !== null && (snapshot?.grant(grantId)?.revoked_at ?? null) !== null;
      });
    } catch (error) {
      log.warn({ err: error }, 'temporary credentials could not be checked, and were dropped');
      this.#cache.clear();
    }
  }
}

/**
 * How long it is good for from now, at least. By STS's own clock where it tells the time, so that a difference between the clocks
 * costs nothing; it tells whole seconds, and told them before its answer came.
 */
function lifeOf(
  expiresAt: number,
  headers: readonly string[],
  { startedAt, elapsedMs }: { readonly startedAt: number; readonly elapsedMs: number },
): number {
  const told = Date.parse(valueOf(headers, 'date') ?? '');
  const stsNow = Number.isNaN(told) ? startedAt : told + 999;
  return Math.max(0, expiresAt - stsNow - elapsedMs);
}

interface Place {
  readonly target: Target;
  readonly region: string;
}

/** Nothing was sent to the target of the call, whatever became of this request. */
function unreachable(refusal: Refusal): Refusal {
  if (refusal.code === 'egress_denied') {
    return new Refusal('egress_denied', {
      message: 'The address of AWS STS is private, reserved or otherwise never dialled.',
      detail: refusal.detail ?? refusal.message,
    });
  }
  return new Refusal('unavailable', {
    message: 'AWS STS could not be reached to assume the role; nothing was sent to the target.',
    hint: 'Try again shortly. If it stays, an operator checks sts_endpoint and region of the credential.',
    detail: `${refusal.code}: ${refusal.detail ?? refusal.message}`,
  });
}

function valueOf(flat: readonly string[], name: string): string | undefined {
  for (let at = 0; at + 1 < flat.length; at += 2) if (flat[at]?.toLowerCase() === name) return flat[at + 1];
  return undefined;
}
