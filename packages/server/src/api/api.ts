/**
 * The control plane: a Fastify application on the vault's own server. It seals and never opens (I1). What is common to
 * all its answers is here: request ids, security headers, the one shape of errors.
 */
import type { IncomingMessage, Server } from 'node:http';
import cookie from '@fastify/cookie';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { AddressPolicy } from '../egress/address.ts';
import { newRequestId } from '../ids.ts';
import { parseJson } from '../json.ts';
import { Refusal, refusalBody, toRefusal } from '../refusal.ts';
import { registerAgents } from './agents.ts';
import { registerApprovalStream } from './approval-stream.ts';
import { registerApprovals } from './approvals.ts';
import { registerAppChanges } from './app-changes.ts';
import { registerApps } from './apps.ts';
import { registerAudit } from './audit.ts';
import { registerAuditViews } from './audit-views.ts';
import { registerCatalog } from './catalog.ts';
import { registerChannels } from './channels.ts';
import { registerDocs } from './docs.ts';
import { registerCountedUsage } from './counted-usage.ts';
import { registerGrants } from './grants.ts';
import { registerKeyring } from './keyring.ts';
import { registerKeys } from './keys.ts';
import { registerOverview } from './overview.ts';
import type { ApiParts } from './parts.ts';
import { registerPeople } from './people/register.ts';
import { registerPolicies } from './policies.ts';
import { registerPolicyTrials } from './policy-trials.ts';
import { findPage, registerPortal } from './portal.ts';
import { Routes } from './routes.ts';
import { registerSecretPreview } from './secret-preview.ts';
import { registerSearch } from './search.ts';
import { registerSecrets } from './secrets.ts';
import { registerSettings } from './settings.ts';
import { registerUsage } from './usage.ts';

/** The largest body of the control plane: a credential of 64 KiB, escaped, with everything around it. */
const BODY_BYTES_MAX = 512 * 1024;

/** Room for an id or name in its longest escaped form. */
const PARAM_CHARS_MAX = 400;

/** W9. `no-store`: no cache between here and the operator keeps an answer. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
  'Content-Security-Policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
} as const;
const HSTS = 'max-age=31536000; includeSubDomains';

export interface ApiOptions {
  readonly server: Server;
  readonly egressAllow: AddressPolicy;
  readonly version: string;
  /** The client's address, through trusted proxies. */
  readonly clientIp: (request: IncomingMessage) => string;
}

export async function makeApi(parts: ApiParts, options: ApiOptions): Promise<FastifyInstance> {
  const app = fastify({
    serverFactory: (handler) => {
      options.server.on('vault:api', handler);
      return options.server;
    },
    genReqId: () => newRequestId(),
    bodyLimit: BODY_BYTES_MAX,
    logger: false,
    routerOptions: { maxParamLength: PARAM_CHARS_MAX },
    // A URL that is no URL: it never gets to the hooks.
    frameworkErrors: (_error, request, reply) => {
      secure(request, reply);
      const issues = [{ path: 'url', message: 'is not a valid URL' }];
      answer(new Refusal('invalid_request', { issues }), request, reply);
    },
  });
  const isHttps = parts.publicUrl().startsWith('https:');
  const secure = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.headers(HEADERS).header('Alter-Request-Id', request.id);
    if (isHttps) reply.header('Strict-Transport-Security', HSTS);
  };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    // Clients set the type also where there is nothing to send.
    async (_request: FastifyRequest, body: Buffer) => (body.length === 0 ? undefined : parseJson(body)),
  );
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('actor', undefined);
  app.decorateRequest('holder', undefined);
  await app.register(cookie);
  app.addHook('onRequest', async (request, reply) => {
    Object.defineProperty(request, 'ip', { value: options.clientIp(request.raw) });
    secure(request, reply);
  });
  app.setErrorHandler((error, request, reply) => {
    const refusal = fromFastify(error);
    if (refusal.status >= 500) {
      parts.log.error(
        { request_id: request.id, err: refusal, cause: refusal.cause, detail: refusal.detail },
        'a request failed',
      );
    }
    return answer(refusal, request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const hint = 'GET /docs lists the endpoints.';
    const refusal = new Refusal('not_found', { message: 'There is no such endpoint.', hint });
    return findPage(request, reply) ?? answer(refusal, request, reply);
  });
  registerHealth(app, parts);
  const routes = new Routes(app, parts);
  registerPeople(routes, parts);
  registerApps(routes, parts);
  registerAppChanges(routes, parts);
  registerKeys(routes, parts);
  registerAgents(routes, parts);
  registerCatalog(routes);
  registerSecrets(routes, parts, options.egressAllow);
  registerSecretPreview(routes, parts, options.egressAllow);
  registerGrants(routes, parts);
  registerUsage(routes, parts);
  registerCountedUsage(routes, parts);
  registerOverview(routes, parts);
  registerPolicies(routes, parts);
  registerPolicyTrials(routes, parts);
  registerChannels(routes, parts, options.egressAllow);
  registerApprovals(routes, parts);
  registerApprovalStream(routes, parts);
  registerAudit(routes, parts);
  registerAuditViews(routes, parts);
  registerKeyring(routes, parts);
  registerSettings(routes, parts);
  registerSearch(routes, parts);
  await registerDocs(app, options.version);
  await registerPortal(app);
  await app.ready();
  return app;
}

function answer(refusal: Refusal, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .status(refusal.status)
    .headers(refusal.headers)
    .header('Alter-Error', refusal.code)
    .send(refusalBody(refusal, request.id));
}

function registerHealth(app: FastifyInstance, parts: ApiParts): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const readiness = await parts.health.readiness();
    return reply.status(readiness.status === 'ready' ? 200 : 503).send(readiness);
  });
}

/** What Fastify and zod throw, in our words. */
function fromFastify(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const known = error as Partial<FastifyError>; // edge: anything may be thrown; only known fields are read
  if (Array.isArray(known.validation)) {
    const where =
      known.validationContext === 'body' || known.validationContext === undefined
        ? ''
        : `${known.validationContext}.`;
    return new Refusal('invalid_request', {
      issues: known.validation.flatMap((issue) => {
        const at = issue.instancePath.slice(1).replaceAll('/', '.');
        // I8: what stands where the name of a credential's field should may be the credential.
        if (issue.keyword === 'invalid_key')
          return [
            { path: where + at.slice(0, at.lastIndexOf('.')), message: 'has a name that is no field name' },
          ];
        const { keys } = issue.params as { keys?: string[] }; // edge: zod names unknown fields here
        if (keys === undefined) return [{ path: where + at, message: issue.message ?? 'is not valid' }];
        return keys.map((key) => ({
          path: where + (at === '' ? key : `${at}.${key}`),
          message: 'is not a known field',
        }));
      }),
    });
  }
  if (known.statusCode === 413)
    return new Refusal('payload_too_large', { message: `The body is larger than ${BODY_BYTES_MAX} bytes.` });
  if (known.statusCode !== undefined && known.statusCode < 500) {
    return new Refusal('invalid_request', {
      issues: [{ path: 'body', message: sentenceFor(known.code) }],
      detail: known.message ?? '',
    });
  }
  return toRefusal(error);
}

/** Fastify's own texts may quote the body. */
function sentenceFor(code: string | undefined): string {
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return 'must be sent as application/json';
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return 'is empty';
  return 'is not valid JSON';
}
