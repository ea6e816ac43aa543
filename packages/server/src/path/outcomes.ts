/** `POST /v1/requests/outcomes`: how the calls of request mode ended, once each, from the key that they were released to. */
import { schemas } from '@alter-vault/contract';
import { takeOutcomes } from '../audit/recovery.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import { askForBody } from './body.ts';
import type { PathParts } from './parts.ts';
import type { Exchange } from './proxy.ts';
import { readJson } from './release.ts';

export async function reportOutcomes(path: PathParts, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  try {
    const { key } = await path.authenticator.authenticate(
      { authorization: request.headers.authorization, ip: exchange.ip, now: path.clock.now() },
      () => undefined,
    );
    askForBody(request, response);
    const parsed = schemas.outcomes.safeParse(await readJson(request, path.settings.deadlines.idleMs));
    if (!parsed.success) {
      throw new Refusal('invalid_request', {
        issues: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
      });
    }
    const reported = parsed.data.outcomes.map((outcome) => ({
      requestId: outcome.request_id,
      statusCode: outcome.status_code,
      error: outcome.error,
      latencyMs: outcome.latency_ms,
      bytesIn: outcome.bytes_in,
      bytesOut: outcome.bytes_out,
    }));
    await takeOutcomes(path.db, path.audit, { appId: key.app_id, keyId: key.key_id }, reported);
    response.writeHead(204, 'No Content', ['Alter-Request-Id', exchange.requestId]);
    response.end();
  } catch (thrown) {
    const refusal = toRefusal(thrown);
    if (refusal.status >= 500)
      path.log.error(
        { request_id: exchange.requestId, err: refusal, detail: refusal.detail },
        'outcomes were not taken',
      );
    exchange.refuse(refusal);
  }
}
