/**
 * Serves the built portal on the vault's own origin: its files, and its one page for every address that is a page of it. The page
 * has a strict content policy with a nonce for each answer. Knows nothing of what the portal shows.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import staticFiles from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const DIST = fileURLToPath(new URL('../../../portal/dist/', import.meta.url));
const NONCE = '%NONCE%';
const NONCE_BYTES = 16;
const YEAR_SECONDS = 31_536_000;

/**
 * W2, W3: scripts and styles only as files of this origin, but for the style sheets that the dialogs of the portal make, which
 * bear the nonce; no text becomes markup or script; nothing from or to anywhere else; in nobody's frame.
 */
const pagePolicy = (nonce: string): string =>
  `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self'; font-src 'self'; connect-src 'self'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Alter Vault</title></head>
<body>
<h1>The portal is not built</h1>
<p><code>npm start</code> builds it; so does <code>npm run build -w packages/portal</code>. The API works without it: <a href="/docs">/docs</a>.</p>
</body>
</html>
`;

/** What answers on paths of its own, and never with a page. */
const NOT_PAGES = /^\/(?:v1|docs|healthz|readyz|assets)(?:\/|$)/;

export async function registerPortal(app: FastifyInstance): Promise<void> {
  if (!existsSync(DIST)) {
    app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(NOT_BUILT));
    return;
  }
  await app.register(staticFiles, {
    root: DIST,
    // Each file gets a route of its own: nothing that is not there at start is ever read.
    wildcard: false,
    index: false,
    preCompressed: true,
    cacheControl: false,
    // Dot files are no part of the portal.
    globIgnore: ['**/.*', '**/index.html*'],
    setHeaders: (reply, path) => {
      // Names below assets/ change with their content.
      const isLasting = path.startsWith(`${DIST}assets/`);
      reply.header('Cache-Control', isLasting ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
    },
  });
  app.get('/', (_request, reply) => sendPage(reply));
}

/** The portal's page, when this is a request for one of its addresses; the portal itself says when there is no such page. */
export function findPage(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const isPage =
    (request.method === 'GET' || request.method === 'HEAD') &&
    request.headers.accept?.includes('text/html') === true &&
    !NOT_PAGES.test(request.url) &&
    existsSync(DIST);
  return isPage ? sendPage(reply) : undefined;
}

let page: string | undefined;

function sendPage(reply: FastifyReply): FastifyReply {
  page ??= readFileSync(`${DIST}index.html`, 'utf8');
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(NONCE_BYTES))).toString('base64');
  return reply
    .status(200)
    .header('Content-Security-Policy', pagePolicy(nonce))
    .type('text/html; charset=utf-8')
    .send(page.replaceAll(NONCE, nonce));
}
