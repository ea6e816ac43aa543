/**
 * The composition root: puts the parts together and serves them on one port. Holds no logic of its own but the order of
 * starting and stopping.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { allSlotNames } from '@alter-vault/catalog';
import { compileAddressList } from './access/addresses.ts';
import { Authenticator } from './access/authenticate.ts';
import { Boundaries } from './access/boundaries.ts';
import { DatabaseClock } from './access/clock.ts';
import type { KeyringHolder } from './access/keyring-holder.ts';
import { Limits } from './access/limits/limits.ts';
import { Organizations } from './access/organizations.ts';
import { TurnedAwayLog } from './access/turned-away.ts';
import { Approvals } from './approvals/approvals.ts';
import { Executor } from './approvals/executor.ts';
import { Waiters } from './approvals/waiters.ts';
import { makeApi } from './api/api.ts';
import { Health } from './api/health.ts';
import { rotateKeyringIfDue } from './api/keyring.ts';
import { KeyringAdmin } from './api/keyring-admin.ts';
import type { ApiParts } from './api/parts.ts';
import { Streams } from './api/streams.ts';
import type { AuditEvent } from './audit/event.ts';
import { AuditLog } from './audit/log.ts';
import { deriveGroupKey } from './audit/note.ts';
import { eraseDetail } from './audit/retention.ts';
import { AuditTail } from './audit/tail.ts';
import { UsageCounter } from './audit/usage/count.ts';
import { AuditWriter } from './audit/writer.ts';
import { publicOrigin, type Config } from './config.ts';
import { parseAddressPolicy } from './egress/address.ts';
import { Drain } from './front/drain.ts';
import { Egress } from './egress/egress.ts';
import { clientIp, serveFront } from './front/front.ts';
import { makeSlots } from './injection/slots.ts';
import type { Log } from './log.ts';
import { Deliverer } from './notify/deliverer.ts';
import { loadSsoSettings } from './oidc/settings.ts';
import { SsoProvider } from './oidc/provider.ts';
import { MemberMail } from './notify/member-mail.ts';
import { Sender } from './notify/sender.ts';
import { loadSmtpAccount } from './notify/smtp-account.ts';
import { Outbox } from './notify/outbox.ts';
import { ownEndpoints } from './own-endpoints.ts';
import { compiledRows } from './path/compiled-rows.ts';
import { Credentials } from './path/credentials.ts';
import { Roles } from './path/roles.ts';
import { EchoWatch } from './path/echo-watch.ts';
import { carrierOf } from './path/execute.ts';
import { LastUses } from './path/last-uses.ts';
import { OpenCalls } from './path/open-calls.ts';
import type { PathParts } from './path/parts.ts';
import { FailedSignIns } from './people/failed-sign-ins.ts';
import { testCall } from './path/test-call.ts';
import type { CounterStore } from './store/counters.ts';
import { Database } from './store/database.ts';
import { ownerWork } from './store/owner-work.ts';
import { PostgresCounters } from './store/limits.ts';
import { RedisCounters } from './store/limits-redis.ts';
import { Upkeep } from './upkeep.ts';
import { vaultFacts } from './vault-facts.ts';

/** Beyond this a caller's header is no header any more. */
const HEADER_BYTES_MAX = 32 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 65_000;
/** The audit writer has connections of its own, so that nothing else makes a call wait for its commit. */
const AUDIT_CONNECTIONS = 3;
const CONNECTIONS = 12;
/** Of their own, so that calls which wait for a counter that all use hold up no others; opened when a limit needs them. */
const LIMITS_CONNECTIONS = 3;
/** How often it is looked whether the keyring is due. */
const KEYRING_EVERY_MS = 3600 * 1000;
const HOUR_MS = 3_600_000;
/** How often calls are counted while nobody looks at figures, and how long at most at a time. */
const COUNT_EVERY_MS = 5 * 60_000;
const COUNT_MS_MAX = 4 * 60_000;
/** A replay reads a month of the log or more. */
const REPORT_CONNECTIONS = 2;
const REPORT_TIMEOUT_MS = 60_000;

export interface ServerOptions {
  readonly config: Config;
  readonly runtimeUrl: string;
  /** Undefined: the runtime role owns the tables itself. */
  readonly ownerUrl: string | undefined;
  readonly keyring: KeyringHolder;
  readonly caPem: string | undefined;
  readonly versions: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  /** Runs before the first request is taken: an empty database gets its owner. */
  readonly beforeListen?: (api: ApiParts) => Promise<void>;
  readonly log: Log;
}

export interface VaultServer {
  /** What the server listens on. */
  readonly port: number;
  readonly publicUrl: string;
  readonly api: ApiParts;
  stop(): Promise<void>;
}

export async function startServer(options: ServerOptions): Promise<VaultServer> {
  const { config, log } = options;
  const db = new Database({ url: options.runtimeUrl, log, connectionsMax: CONNECTIONS });
  const auditDb = new Database({
    url: options.runtimeUrl,
    log,
    connectionsMax: AUDIT_CONNECTIONS,
    name: 'alter-vault audit',
  });
  const reports = new Database({
    url: options.runtimeUrl,
    log,
    connectionsMax: REPORT_CONNECTIONS,
    queryTimeoutMs: REPORT_TIMEOUT_MS,
    name: 'alter-vault reports',
  });
  const keyring = () => options.keyring.current();
  const signingKey = keyring().primary('audit_sign').privateKey;
  const asOwner = ownerWork(options);

  const auditLog = new AuditLog(db, {
    origin: `alter-vault/${keyring().deploymentId}`,
    signingKey,
    onFault: ({ cause, ...fault }) =>
      log.error({ alarm: 'audit', ...fault, err: cause }, 'the audit log has a fault'),
  });
  const audit = new AuditWriter(auditDb, {
    groupKey: deriveGroupKey(signingKey),
    onCommitted: () => auditLog.nudge(),
    onFault: ({ cause, ...fault }) =>
      log.error({ ...fault, err: cause }, 'audit events could not be written'),
  });
  const counters = await openCounters(options);
  const limits = new Limits(counters);
  const clock = new DatabaseClock(db);
  await clock.start();
  const macKey = () => keyring().primary('mac').key;
  const pepper = () => keyring().primary('pepper').key;
  const boundaries = new Boundaries(db, macKey, audit, log);
  const upkeep = new Upkeep({
    db,
    counters,
    audit,
    auditLog,
    clock,
    boundaries,
    outbox: new Outbox(),
    asOwner,
    retentionMonthsMin: config.auditRetentionMonths,
    macKey,
    log,
  });
  await upkeep.start();
  const organizations = new Organizations(db, macKey, audit, log);
  await organizations.sealUnsealed();
  const egress = new Egress({
    allow: config.egressAllow,
    resolve: config.egressResolve,
    caPem: options.caPem,
  });
  const smtp = await loadSmtpAccount(config);
  const sender = new Sender({ db, egress, keyring: options.keyring, macKey, clock, smtp, log });
  const ssoSettings = await loadSsoSettings(config);
  const redirectUri = () => `${publicUrl()}/v1/session/sso/callback`;
  const sso = ssoSettings && new SsoProvider({ egress, settings: ssoSettings, redirectUri, clock, log });
  const memberMail = new MemberMail({ egress, smtp, from: config.smtpFrom, log });
  const deliverer = new Deliverer(db, sender, log);
  const openCalls = new OpenCalls(boundaries, clock, log);
  const lastUses = new LastUses(db, log);
  const record = (event: AuditEvent): Promise<void> => audit.record(event);
  const turnedAway = new TurnedAwayLog({ record, clock, log });
  const failedSignIns = new FailedSignIns({ db, record, clock, log });
  const approvalUrl = (approvalId: string): string => `${publicUrl()}/approvals/${approvalId}`;
  const approvalParts = {
    db,
    keyring: options.keyring,
    macKey,
    audit,
    boundaries,
    organizations,
    outbox: new Outbox(),
    approvalUrl,
    keepMs: config.approvalResultHours * HOUR_MS,
    log,
  };
  const approvals = new Approvals(approvalParts);
  const waiters = new Waiters();
  const { hostsOf, injectionOf } = compiledRows();
  const roles = new Roles({
    boundaries,
    clock,
    egress,
    hostsOf,
    injectionOf,
    connectMs: config.connectTimeoutMs,
    log,
  });
  const path: PathParts = {
    authenticator: new Authenticator(boundaries, pepper, compileAddressList),
    turnedAway,
    boundaries,
    clock,
    limits,
    db,
    audit,
    credentials: new Credentials(db, options.keyring, boundaries, log),
    roles,
    hostsOf,
    injectionOf,
    slots: makeSlots(allSlotNames().headers, allSlotNames().query),
    egress,
    echoWatch: new EchoWatch(),
    openCalls,
    lastUses,
    approvals,
    approvalUrl,
    settings: {
      deadlines: {
        connectMs: config.connectTimeoutMs,
        firstByteMs: config.firstByteTimeoutMs,
        idleMs: config.idleTimeoutMs,
      },
      heldBodyBytesMax: config.heldBodyBytesMax,
      callsMax: config.callsMax,
      responseBytesMax: config.responseBytesMax,
    },
    log,
  };

  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: HEADERS_TIMEOUT_MS,
    // A body may take as long as it moves; each door has its own idle deadline.
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 2_000,
    // The front refuses it in our words.
    requireHostHeader: false,
    noDelay: true,
    keepAlive: true,
  });
  const trustedProxies =
    config.trustedProxies.length === 0 ? undefined : compileAddressList(config.trustedProxies);
  const drain = new Drain(server);
  const plain = serveFront(server, {
    path,
    trustedProxies,
    callsMax: config.callsMax,
    deadlines: { firstMs: HEADERS_TIMEOUT_MS, keepAliveMs: KEEP_ALIVE_MS },
    log,
  });

  const executor = new Executor(approvalParts, approvals, carrierOf(path), waiters);
  const keyringAdmin = new KeyringAdmin(db, options.keyring, log);
  const { versions, warnings } = options;
  const health = new Health({ db, keyring, audit, counters, versions, warnings });
  const publicUrl = () => publicOrigin(config, portOf(server) ?? config.port);
  const usage = new UsageCounter(reports);
  const streams = new Streams({ db, clock, macKey, pepper, organizations, log });
  const auditTail = new AuditTail(db, auditLog, (cause) =>
    log.warn({ err: cause }, 'the audit log could not be followed'),
  );
  const api: ApiParts = {
    db,
    reports,
    usage,
    boundaries,
    organizations,
    clock,
    limits,
    audit,
    auditLog,
    auditTail,
    streams,
    keyring,
    macKey,
    pepper,
    keyringAdmin,
    approvals,
    waiters,
    approvalUrl,
    injectionOf: path.injectionOf,
    authenticateKey: (request) => authenticateKey(path, request),
    testCall: (appId, secretId, by) => testCall(path, appId, secretId, by),
    erase: async (appId, filter) => {
      const erase = (owner: Database): Promise<number> =>
        owner.transaction((tx) => eraseDetail(tx, appId, filter));
      return asOwner === undefined ? erase(db) : asOwner(erase);
    },
    failedSignIns,
    deliverer,
    hasMailServer: smtp !== undefined,
    sendTestMail: (to) => sender.testMail(to, publicUrl()),
    facts: vaultFacts(config, { smtp, roots: options.keyring.roots, hasOwnerRole: asOwner !== undefined }),
    retentionMonthsMin: config.auditRetentionMonths,
    memberMail,
    sso,
    ssoProvisioning: { domains: config.oidcDomains, role: config.oidcRole },
    health,
    publicUrl,
    log,
  };
  const fastify = await makeApi(api, {
    server,
    egressAllow: parseAddressPolicy(config.egressAllow),
    version: options.versions['alter_vault'] ?? '',
    clientIp: (request) => clientIp(request, trustedProxies),
  });
  await options.beforeListen?.(api);
  keyringAdmin.start();
  upkeep.also(KEYRING_EVERY_MS, 'rotating the keyring', () =>
    rotateKeyringIfDue(api, config.keyringRotateDays),
  );
  upkeep.also(COUNT_EVERY_MS, 'counting the usage', () => usage.countBehind(COUNT_MS_MAX));
  await listen(server, config);
  const port = portOf(server) ?? config.port;
  egress.blockOwn(ownEndpoints(config, port, options));
  await deliverer.start();
  await executor.start();

  return {
    port,
    publicUrl: publicUrl(),
    api,
    stop: async () => {
      health.drain();
      streams.close();
      await Promise.all([executor.drain(), drain.finish(openCalls, plain)]);
      await executor.stop();
      await deliverer.stop();
      await memberMail.settle();
      upkeep.stop();
      await keyringAdmin.stop();
      clock.stop();
      await options.keyring.stop();
      openCalls.stop();
      roles.stop();
      egress.close();
      await fastify.close().catch(() => undefined);
      await lastUses.flush();
      turnedAway.flush();
      failedSignIns.flush();
      const unwritten = await audit.close();
      if (unwritten > 0) log.error({ events: unwritten }, 'audit events were not written before the end');
      await auditLog.close();
      await Promise.all([db.close(), reports.close(), auditDb.close(), counters.close()]);
    },
  };
}

async function openCounters({ config, runtimeUrl, log }: ServerOptions): Promise<CounterStore> {
  if (config.redisUrl === undefined) {
    const db = new Database({
      url: runtimeUrl,
      log,
      connectionsMax: LIMITS_CONNECTIONS,
      name: 'alter-vault limits',
    });
    return new PostgresCounters(db);
  }
  const counters = new RedisCounters({ url: config.redisUrl.revealText(), log });
  await counters.start();
  return counters;
}

/** The door of API keys into the control plane's server: the same check as on the data path. */
function authenticateKey(
  path: PathParts,
  request: Parameters<ApiParts['authenticateKey']>[0],
): ReturnType<ApiParts['authenticateKey']> {
  const { ip } = request;
  const presented = { authorization: request.headers.authorization, ip, now: path.clock.now() };
  return path.authenticator.authenticateFresh(presented, (turned) =>
    path.turnedAway.note(turned, { ip, mode: 'proxy' }),
  );
}

function listen(server: Server, config: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: config.port, host: config.host, backlog: 4096 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server): number | undefined {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : undefined;
}
