/**
 * The OpenAPI document, made from the endpoint table and the error table: nothing is described twice.
 * The proxy door is no entry of the table, as it has neither a body nor an answer of its own; it is described here.
 * Pure: the same version always gives the same document, in the order of the tables.
 */
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { z } from 'zod';
import type { Endpoint, Permission } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import { ERRORS, type ErrorCode } from './errors.ts';

type Document = ReturnType<typeof createDocument>;
type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head' | 'options';

const TAGS: Readonly<Record<string, string>> = {
  Calls: 'The data plane: calls that are made with a grant. Authenticated by an API key.',
  Secrets: 'Credentials that the operator stored. Write-only: no answer ever holds a value.',
  Grants: 'Who may use which credential. A grant_id is what code holds instead of a credential.',
  'API keys': 'What programs authenticate with. Shown once.',
  Agents: 'Named workload identities of an app; each reaches only the grants bound to it.',
  Apps: 'The boundary: what is in another app does not exist.',
  Catalogue: 'Provider templates: where a provider takes its credential, and at which hosts.',
  Approvals: 'Calls that are held until people have decided, and then sent once.',
  Audit: 'Who used what, when and why; with proofs that need no trust in the server.',
  People: 'Members, their sessions and access tokens.',
  Keyring: 'The keys that wrap the data keys, and their rotation.',
  Health: 'For load balancers and people who look after the server.',
};

const CONTROL_SECURITY = [{ access_token: [] }, { session: [] }];
const KEY_SECURITY = [{ api_key: [] }];

/** Codes that any route may answer with. */
const ALWAYS: readonly ErrorCode[] = ['invalid_request', 'unavailable', 'overloaded', 'internal'];
const SIGNED_IN: readonly ErrorCode[] = ['unauthenticated', 'rate_limited'];
const RELEASE: readonly ErrorCode[] = [
  'not_found',
  'grant_revoked',
  'grant_expired',
  'host_not_allowed',
  'policy_denied',
  'proxy_required',
  'quota_exceeded',
  'audit_unavailable',
  'integrity_error',
];
const PROXY: readonly ErrorCode[] = [
  ...RELEASE.filter((code) => code !== 'proxy_required'),
  'egress_denied',
  'payload_too_large',
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_too_large',
];

// In the order of the table; its keys are the codes.
const ERROR_CODES = Object.keys(ERRORS).filter((code): code is ErrorCode => code in ERRORS);

const errorSchema = z
  .object({
    error: z.object({
      code: z.enum(ERROR_CODES),
      message: z.string().describe('What happened, for people; not to be parsed.'),
      hint: z.string().describe('What to do about it.'),
      request_id: z.uuid(),
      issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
      policy_id: z.uuid().optional().describe('The policy that denied or limited the call.'),
      second_factors: z.array(z.string()).optional().describe('Which fields may carry the second factor.'),
      step_up_methods: z.array(z.string()).optional().describe('How this member can step up.'),
      passes_at: z.iso.datetime().optional().describe('When that policy may let the same call pass.'),
    }),
  })
  .meta({ id: 'Error', description: 'Every error that the vault itself answers with.' });

const answerHeaders = z.object({ 'Alter-Request-Id': z.uuid().describe('The id of this request.') });
const errorHeaders = answerHeaders.extend({
  'Alter-Error': z
    .string()
    .optional()
    .describe('On the data plane: the code, so that the answer is never taken for that of the upstream.'),
});
const limitHeaders = errorHeaders.extend({
  'Retry-After': z.int().min(0).optional().describe('Seconds.'),
  RateLimit: z.string().optional().describe('What is left, and until when.'),
  'RateLimit-Policy': z.string().optional().describe('The limit and its window.'),
});

export function openApiDocument(version: string): Document {
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Alter Vault',
        version,
        description:
          'A vault for the credentials that programs and AI agents use against HTTP APIs. Ids are UUIDs, times are RFC 3339 in UTC, unknown fields are refused.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      paths: { ...tablePaths(), '/v1/proxy': proxyPath(), ...healthPaths() },
      components: { securitySchemes: SECURITY_SCHEMES, responses: sharedErrors() },
    },
    // What has a format needs no pattern that spells it out.
    {
      override: ({ jsonSchema }) => {
        if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      },
    },
  );
}

const SECURITY_SCHEMES = {
  access_token: {
    type: 'http',
    scheme: 'bearer',
    description: "A member's access token, `alter_pat_…`: control plane, within its scopes.",
  },
  api_key: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `alter_key_app_…` or `alter_key_agent_…`: data plane.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-alter_session',
    description: 'The session of the portal: control plane. Without the prefix on plain http at loopback.',
  },
} as const;

function tablePaths(): ZodOpenApiPathsObject {
  const paths: Record<string, Partial<Record<Verb, ZodOpenApiOperationObject>>> = {};
  for (const [name, endpoint] of Object.entries<Endpoint>(ENDPOINTS)) {
    const path = endpoint.path.replaceAll(/:([a-z_]+)/g, (_, parameter: string) => `{${parameter}}`);
    const verb = VERBS[endpoint.method];
    paths[path] = { ...paths[path], [verb]: operation(name, endpoint) };
  }
  return paths;
}

const VERBS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

function operation(name: string, endpoint: Endpoint): ZodOpenApiOperationObject {
  const { params, query, body } = endpoint;
  return {
    operationId: name,
    summary: endpoint.summary,
    description: describe(endpoint),
    tags: [endpoint.tag],
    security: securityOf(endpoint.permission),
    requestParams: {
      ...(params && { path: params }),
      ...(query && { query }),
      ...(endpoint.idempotent && { header: idempotencyKey(endpoint.idempotent.once) }),
    },
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: body } },
      },
    }),
    responses: { [`${endpoint.status}`]: success(endpoint), ...errors(codesOf(endpoint)) },
  };
}

function describe({ permission, audit, sessionOnly, stepUp }: Endpoint): string {
  return [
    WHO[permission] ?? `Needs the scope \`${permission}\`.`,
    ...(sessionOnly ? ['In a session only.'] : []),
    ...(stepUp ? ['A session must have stepped up.'] : []),
    ...(audit === null ? [] : [`Leaves the audit event \`${audit}\`.`]),
  ].join(' ');
}

const WHO: Partial<Record<Permission, string>> = {
  anyone: 'Needs no authentication.',
  signed_in: 'For every member.',
  api_key: 'For API keys.',
  key_or_member: 'For API keys and for members.',
};

function securityOf(permission: Permission): Record<string, string[]>[] {
  if (permission === 'anyone') return [];
  if (permission === 'key_or_member') return [...KEY_SECURITY, ...CONTROL_SECURITY];
  return permission === 'api_key' ? KEY_SECURITY : CONTROL_SECURITY;
}

function idempotencyKey(once: readonly string[]): z.ZodObject {
  const left = once.length > 0 ? ` A replay leaves out ${once.join(', ')}.` : '';
  const meaning =
    'The same key with the same body gives the first answer again, with `Idempotent-Replayed: true`; with another body, `conflict`.';
  return z.object({
    'Idempotency-Key': z
      .string()
      .max(255)
      .optional()
      .describe(meaning + left),
  });
}

function success({ status, answer, mediaType }: Endpoint): ZodOpenApiResponseObject {
  const headers = answerHeaders;
  const description = status === 201 ? 'Made.' : status === 204 ? 'Done.' : 'The answer.';
  if (mediaType !== undefined)
    return { description, headers, content: { [mediaType]: { schema: z.string() } } };
  return answer === undefined
    ? { description, headers }
    : { description, headers, content: { 'application/json': { schema: answer } } };
}

function codesOf({ permission, path, method, idempotent, stepUp, sessionOnly }: Endpoint): ErrorCode[] {
  const codes = new Set(ALWAYS);
  if (permission !== 'anyone' || method === 'POST') for (const code of SIGNED_IN) codes.add(code);
  if (permission !== 'anyone' && permission !== 'signed_in') codes.add('insufficient_scope');
  if (sessionOnly) codes.add('insufficient_scope');
  if (stepUp) codes.add('step_up_required');
  if (takesSession(permission) && method !== 'GET') codes.add('csrf_token_invalid');
  if (path === '/v1/session' || path === '/v1/session/step-up') codes.add('second_factor_required');
  if (path.includes(':')) codes.add('not_found');
  if (idempotent !== undefined || method === 'PATCH' || method === 'PUT' || path === '/v1/setup')
    codes.add('conflict');
  if (method !== 'GET') codes.add('payload_too_large').add('audit_unavailable');
  if (path === ENDPOINTS.release.path) for (const code of RELEASE) codes.add(code);
  return [...codes];
}

const takesSession = (permission: Permission): boolean => permission !== 'anyone' && permission !== 'api_key';

/** One response per status, in the order of the error table. */
function errors(codes: readonly ErrorCode[]): ZodOpenApiResponsesObject {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of ERROR_CODES)
    if (codes.includes(code)) {
      const { status } = ERRORS[code];
      byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
    }
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [`${status}`, errorReference(ofStatus)]),
  );
}

/** Which codes of one status come together on most routes: named once, so that the document stays readable. */
const SHARED: readonly (readonly ErrorCode[])[] = [
  ['invalid_request'],
  ['unauthenticated'],
  ['insufficient_scope'],
  ['csrf_token_invalid'],
  ['csrf_token_invalid', 'insufficient_scope'],
  ['not_found'],
  ['conflict'],
  ['payload_too_large'],
  ['rate_limited'],
  ['internal'],
  ['unavailable', 'overloaded'],
  ['audit_unavailable', 'unavailable', 'overloaded'],
];

const nameOf = (codes: readonly ErrorCode[]): string => codes.join('.');

function sharedErrors(): Record<string, ZodOpenApiResponseObject> {
  return Object.fromEntries(SHARED.map((codes) => [nameOf(codes), errorResponse(codes)]));
}

function errorReference(codes: readonly ErrorCode[]): ZodOpenApiResponsesObject[`1${string}`] {
  const name = nameOf(codes);
  const isShared = SHARED.some((shared) => nameOf(shared) === name);
  return isShared ? { $ref: `#/components/responses/${name}` } : errorResponse(codes);
}

function errorResponse(codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
  const isLimit = codes.some((code) => ERRORS[code].status === 429);
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].message}`).join(' '),
    headers: isLimit ? limitHeaders : errorHeaders,
    content: { 'application/json': { schema: errorSchema } },
  };
}

const percentEncoded = z.string().optional();
const proxyHeaders = z.object({
  'Alter-Grant': z.uuid().describe('The grant to call with.'),
  'Alter-Url': z
    .string()
    .max(16_384)
    .describe('The whole target, ASCII, taken as it stands and never decoded.'),
  'Alter-Reason': percentEncoded.describe('Why, percent-encoded UTF-8; kept in the audit log.'),
  'Alter-Context': percentEncoded.describe(
    'A JSON object of at most 16 KB, percent-encoded UTF-8; kept in the audit log.',
  ),
  'Alter-Caller': percentEncoded.describe(
    'Which code path makes the call, percent-encoded UTF-8: attribution, never access.',
  ),
  'Alter-Timeout-Ms': z.string().regex(/^\d+$/).optional().describe('How long the upstream may take.'),
});

/** ANY /v1/proxy: one operation per method that a document can name. */
function proxyPath(): Partial<Record<Verb, ZodOpenApiOperationObject>> {
  const verbs: readonly Verb[] = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];
  return Object.fromEntries(verbs.map((verb) => [verb, proxyOperation(verb)]));
}

function proxyOperation(verb: Verb): ZodOpenApiOperationObject {
  const anything = {
    content: { '*/*': { schema: z.string().meta({ description: 'Any bytes, streamed.' }) } },
  };
  return {
    operationId: `proxy${verb.slice(0, 1).toUpperCase()}${verb.slice(1)}`,
    summary: `Proxy mode: ${verb.toUpperCase()} the target with the credential of a grant`,
    description:
      'Method, headers and body go to `Alter-Url` with the credential injected; the answer of the upstream is streamed back with its own status. Redirects are handed back, not followed. For API keys. Leaves `call.authorized` or `call.denied`, then `call.completed`.',
    tags: ['Calls'],
    security: KEY_SECURITY,
    requestParams: { header: proxyHeaders },
    ...(['post', 'put', 'patch', 'delete'].includes(verb) && { requestBody: anything }),
    responses: {
      default: {
        description: 'The answer of the upstream, whatever its status; it carries no Alter-Error.',
        headers: answerHeaders,
        ...(verb !== 'head' && anything),
      },
      ...errors([...ALWAYS, ...SIGNED_IN, 'insufficient_scope', ...PROXY]),
    },
  };
}

function healthPaths(): ZodOpenApiPathsObject {
  const health = (operationId: string, summary: string, extra: ZodOpenApiResponsesObject) => ({
    get: {
      operationId,
      summary,
      tags: ['Health'],
      security: [],
      responses: { '200': { description: 'Yes.' }, ...extra },
    },
  });
  return {
    '/healthz': health('isAlive', 'The process lives', {}),
    '/readyz': health('isReady', 'Database, keyring and audit writer work', {
      '503': { description: 'Something does not work; the body says what.' },
    }),
  };
}
