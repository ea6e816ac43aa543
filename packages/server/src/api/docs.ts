/** The OpenAPI document and a page to read it, with nothing from another origin. */
import { openApiDocument } from '@alter-vault/contract';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';

/** Where the reader's script is served. */
const ASSETS = '/docs/assets';

/** Scripts only from here; the reader sets styles of its own. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; " +
  "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** In the page itself: without it browsers ask for /favicon.ico. */
const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Crect x=%222%22 y=%227%22 width=%2212%22 height=%228%22 rx=%221.5%22 fill=%22%23477%22/%3E' +
  '%3Cpath d=%22M5 7V5a3 3 0 0 1 6 0v2%22 fill=%22none%22 stroke=%22%23477%22 stroke-width=%221.6%22/%3E%3C/svg%3E';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Alter Vault API</title>
<link rel="icon" href="${ICON}">
</head>
<body>
<div id="reference"></div>
<noscript>This page needs JavaScript. The document itself is at <a href="/v1/openapi.json">/v1/openapi.json</a>.</noscript>
<script src="${ASSETS}/js/scalar.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `Scalar.createApiReference('#reference', {
  url: '/v1/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  documentDownloadType: 'json',
});
`;

export async function registerDocs(app: FastifyInstance, version: string): Promise<void> {
  const document = JSON.stringify(openApiDocument(version));
  app.get('/v1/openapi.json', (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(document),
  );
  app.get('/docs', (_request, reply) =>
    reply.header('Content-Security-Policy', PAGE_POLICY).type('text/html; charset=utf-8').send(PAGE),
  );
  app.get('/docs/start.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(START));
  await app.register(scalar, { routePrefix: ASSETS, configuration: { url: '/v1/openapi.json' } });
}
