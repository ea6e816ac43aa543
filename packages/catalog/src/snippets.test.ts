/** Ready code for a grant: whatever it is made of stays text in every language, and no credential could stand in it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import ts from 'typescript';
import { CATALOG } from './index.ts';
import { exampleCall, snippetsFor, type SnippetsOf } from './snippets.ts';

const GRANT = '0197a3c4-5b6d-7e8f-9a0b-1c2d3e4f5a6b';
const NASTY = `'; rm -rf / #"$(id)\`id\`\\ \n{x} \u2028 é 🙂`;

const of = (more: Partial<SnippetsOf> = {}): SnippetsOf => ({
  baseUrl: 'https://vault.example.com',
  grantId: GRANT,
  template: null,
  allowedHosts: ['api.example.com'],
  call: { method: 'GET', url: 'https://api.example.com/v1/me', headers: {}, body: undefined },
  isProxyOnly: false,
  ...more,
});
const codeOf = (id: string, more?: Partial<SnippetsOf>): string =>
  snippetsFor(of(more)).find((one) => one.id === id)?.code ?? assert.fail(`no snippet ${id}`);

/** Every text literal of a program, as the compiler reads it. */
function literalsIn(code: string): string[] {
  const tree = ts.createSourceFile('snippet.ts', code, ts.ScriptTarget.ES2024, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

test('a text with quotes, lines and shell signs is the same text in TypeScript', () => {
  const call = { method: 'POST', url: 'https://api.example.com/', headers: { 'X-Odd': NASTY }, body: NASTY };
  const literals = literalsIn(codeOf('typescript', { call }));
  assert.equal(literals.filter((text) => text === NASTY).length, 2);
});

test('a text with quotes, lines and shell signs is one word for a shell', () => {
  const call = { method: 'POST', url: 'https://api.example.com/', headers: { 'X-Odd': NASTY }, body: NASTY };
  const code = codeOf('curl', { call });
  const script = `curl() { printf '%s\\0' "$@"; }\nALTER_API_KEY=key\n${code}`;
  const words = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0');
  assert.deepEqual(words, [
    'https://vault.example.com/v1/proxy',
    '-X',
    'POST',
    '-H',
    'Authorization: Bearer key',
    '-H',
    `Alter-Grant: ${GRANT}`,
    '-H',
    'Alter-Url: https://api.example.com/',
    '-H',
    `X-Odd: ${NASTY}`,
    '--data-raw',
    NASTY,
    '',
  ]);
});

test('a text literal of Python has only what Python reads as JSON does', () => {
  const call = { method: 'POST', url: 'https://api.example.com/', headers: {}, body: NASTY };
  const [, literal = ''] = /^ {4}data=(".*")\.encode\(\),$/m.exec(codeOf('python', { call })) ?? [];
  assert.equal(JSON.parse(literal), NASTY);
  for (const [, escaped = ''] of literal.matchAll(/\\(.)/g))
    assert.ok('"\\nrtbfu'.includes(escaped), `Python reads \\${escaped} as JSON does`);
});

test('the key comes from the environment in every language, and the grant stands in each', () => {
  for (const { code, id } of snippetsFor(of({ template: 'openai', allowedHosts: ['api.openai.com'] }))) {
    assert.match(code, /ALTER_API_KEY/, id);
    assert.ok(code.includes(GRANT), id);
  }
});

test('code for a credential that is never released lets the vault make the call', () => {
  assert.match(codeOf('typescript'), /vault\.request\(/);
  assert.match(codeOf('typescript', { isProxyOnly: true }), /vault\.proxyRequest\(/);
});

test("a vendor's SDK is offered where its host is allowed, and not elsewhere", () => {
  const ids = (allowedHosts: string[]): string[] =>
    snippetsFor(of({ template: 'openai', allowedHosts })).map(({ id }) => id);
  assert.deepEqual(ids(['api.openai.com']), ['typescript', 'openai', 'curl', 'python']);
  assert.deepEqual(ids(['**.openai.com']), ['typescript', 'openai', 'curl', 'python']);
  assert.deepEqual(ids(['127.0.0.1:9000']), ['typescript', 'curl', 'python']);
  assert.deepEqual(ids(['notapi.openai.com']), ['typescript', 'curl', 'python']);
});

test('every template that has an SDK here is in the catalogue, and its host is one of the template', () => {
  const withSdk = CATALOG.filter(
    ({ id, allowed_hosts: allowedHosts }) => snippetsFor(of({ template: id, allowedHosts })).length === 4,
  );
  assert.deepEqual(
    withSdk.map(({ id }) => id),
    ['anthropic', 'deepseek', 'github', 'groq', 'openai', 'openrouter', 'stripe', 'xai'],
  );
});

test('the example is the test call with its variables, while its host is allowed', () => {
  const zendesk = CATALOG.find(({ id }) => id === 'zendesk') ?? assert.fail();
  const secret = {
    variables: { subdomain: 'acme' },
    allowed_hosts: ['acme.zendesk.com'],
    base_url: 'https://acme.zendesk.com',
  };
  assert.equal(exampleCall(secret, zendesk.verify).url, 'https://acme.zendesk.com/api/v2/users/me.json');
  const elsewhere = { ...secret, allowed_hosts: ['127.0.0.1:9000'] };
  assert.equal(exampleCall(elsewhere, zendesk.verify).url, 'http://127.0.0.1:9000/');
  const own = { variables: {}, base_url: null };
  assert.equal(
    exampleCall({ ...own, allowed_hosts: ['*.example.com'] }, null).url,
    'https://any.example.com/',
  );
  assert.equal(exampleCall({ ...own, allowed_hosts: ['http://a.b:8080'] }, null).url, 'http://a.b:8080/');
  assert.equal(exampleCall({ ...own, allowed_hosts: ['*'] }, null).url, 'https://api.example.com/');
});
