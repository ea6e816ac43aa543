/**
 * What the link of a notice opens: how to look at the held call and decide on it. Knows nothing of the call and asks
 * nobody, so that it is the same for every id, and whoever fetches links ahead decides nothing (W1, A3).
 */
import type { FastifyInstance } from 'fastify';
import { isUuid } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import { sha256 } from '../vault/hash.ts';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1rem;color:#222;background:#fff}' +
  'code{font:14px/1.5 ui-monospace,monospace;background:#f2f2f2;padding:.15em .4em;overflow-wrap:anywhere}dd{margin:0 0 1rem}';

/** No script, nothing from anywhere, in nobody's frame; the one style by its hash. */
const POLICY =
  `default-src 'none'; style-src 'sha256-${sha256(Buffer.from(STYLE)).toString('base64')}'; ` +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";

/** `id` is a UUID: nothing in it has to be escaped. */
const pageFor = (id: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A call waits for approval</title>
<style>${STYLE}</style>
</head>
<body>
<h1>A call waits for approval</h1>
<p>Opening this page decides nothing. Approvers decide in a terminal, with an access token in <code>ALTER_TOKEN</code>:</p>
<dl>
<dt><code>alter approvals show ${id}</code></dt>
<dd>shows exactly what will be sent, less the credential</dd>
<dt><code>alter approvals approve ${id}</code></dt>
<dd>shows it, asks, and approves just that</dd>
<dt><code>alter approvals deny ${id} --reason "…"</code></dt>
<dd>ends it; the call is never sent</dd>
</dl>
<p>Nothing is sent before enough approvers have agreed, and what nobody decides on expires by itself.</p>
</body>
</html>
`;

export function registerApprovalPage(app: FastifyInstance): void {
  app.get<{ Params: { id: string } }>('/approvals/:id', async (request, reply) => {
    const id = request.params.id.toLowerCase();
    if (!isUuid(id)) throw new Refusal('not_found', { message: 'This is no link to an approval.' });
    return reply.header('Content-Security-Policy', POLICY).type('text/html; charset=utf-8').send(pageFor(id));
  });
}
