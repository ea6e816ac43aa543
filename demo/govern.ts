/** The demo's story, in the middle: a clone for an agent under three policies, and what each of them does to its calls. */
import { type App, type PendingApproval, PolicyViolationError, RateLimitedError } from '@alter-vault/sdk';
import { asRow, type ControlPlane, type Row } from './control-plane.ts';
import { bold, cyan, dim, expect, green, heading, note, yellow } from './terminal.ts';
import type { DemoUpstream } from './upstream.ts';

/** The held call counts too. */
const CALLS_PER_HOUR = 3;

const POLICIES: readonly Row[] = [
  { name: 'no-deletes', rule: { type: 'request', effect: 'deny', methods: ['DELETE'] } },
  { name: 'pace', rule: { type: 'rate_limit', limit: CALLS_PER_HOUR, window_seconds: 3600 } },
  {
    name: 'large-orders',
    rule: {
      type: 'require_approval',
      when: { methods: ['POST'], json: [{ pointer: '/amount', op: 'gte', value: 1000 }] },
      approvers: ['owner'],
    },
  },
];

export async function govern(
  app: App,
  operator: ControlPlane,
  upstream: DemoUpstream,
  grants: ReadonlyMap<string, string>,
): Promise<void> {
  heading(5, 'Policies: what, how often, and what people approve first');
  note(`A clone of the grant, for an agent, under ${POLICIES.map(({ name }) => String(name)).join(', ')}.`);
  const clone = { label: 'an agent', ttl_seconds: 3600, policies: POLICIES };
  const { grant_id: cloneId } = await operator.send('POST', `/v1/grants/${grants.get('crm')}/clone`, clone);
  const scene = { app, operator, url: `${upstream.origin}/crm/v1/orders`, grantId: String(cloneId) };
  await explainDenial(scene);
  await approveCall(scene);
  await reachLimit(scene);
}

interface Scene {
  readonly app: App;
  readonly operator: ControlPlane;
  readonly url: string;
  readonly grantId: string;
}

async function explainDenial({ app, operator, url, grantId }: Scene): Promise<void> {
  const denied = await failureOf(app.proxyRequest('DELETE', url, { grantId }));
  expect(denied instanceof PolicyViolationError, line('DELETE', yellow('policy_denied')));
  const asked = { grant_id: grantId, method: 'DELETE', url };
  const { because } = await operator.send('POST', '/v1/apps/default/policies/evaluate', asked);
  const reasons = Array.isArray(because) ? because.map(asRow) : [];
  const reason = reasons.find(({ verdict }) => verdict === 'deny');
  expect(
    reason?.['name'] === 'no-deletes',
    line('evaluate says', dim(`${String(reason?.['name'])}: ${String(reason?.['why'])}`)),
  );
}

async function approveCall({ app, operator, url, grantId }: Scene): Promise<void> {
  const held = Promise.withResolvers<PendingApproval>();
  const [result, digest] = await Promise.all([
    app.proxyRequest('POST', url, {
      grantId,
      json: { amount: 1200 },
      reason: 'order 4711',
      awaitApproval: { timeoutMs: 30_000, onPending: held.resolve },
    }),
    held.promise.then(({ approvalId }) => approve(operator, approvalId)),
  ]);
  expect(
    digest === (await held.promise).requestDigest,
    line('POST', `${yellow('held')} as ${cyan(`${digest.slice(0, 12)}…`)} until an owner has read it`),
  );
  const isSent = asRow(await result.json())['ok'] === true;
  expect(
    isSent,
    line(
      'approved',
      `${green(String(result.status))} ${bold('exactly these bytes')}, sent once, by the vault`,
    ),
  );
}

/** As the approver: reads what will be sent, and approves what was read, by its digest. */
async function approve(operator: ControlPlane, approvalId: string): Promise<string> {
  const { approval } = await operator.send('GET', `/v1/approvals/${approvalId}/request`);
  const digest = String(asRow(approval)['request_digest']);
  const decision = { decision: 'approve', request_digest: digest };
  await operator.send('POST', `/v1/approvals/${approvalId}/decision`, decision);
  return digest;
}

async function reachLimit({ app, url, grantId }: Scene): Promise<void> {
  for (let call = 1; call < CALLS_PER_HOUR; call += 1) await app.proxyRequest('GET', url, { grantId });
  const limited = await failureOf(app.proxyRequest('GET', url, { grantId }));
  const minutes = limited instanceof RateLimitedError ? Math.round((limited.retryAfterMs ?? 0) / 60_000) : 0;
  expect(
    minutes > 0,
    line(`call ${CALLS_PER_HOUR + 1}`, `${yellow('rate_limited')} for the next ${minutes} minutes`),
  );
}

const line = (what: string, text: string): string => `${what.padEnd(15)}${text}`;

function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}
