import assert from 'node:assert/strict';
import test from 'node:test';
import { ENDPOINTS } from './endpoints.ts';
import { ERRORS } from './errors.ts';
import { openApiDocument } from './openapi.ts';

const document = openApiDocument('1.2.3');
const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item ?? {}).map(([verb, operation]) => ({ path, verb, operation })),
);

test('the document is the same each time, so that a check for freshness means something', () => {
  assert.deepEqual(JSON.stringify(openApiDocument('1.2.3')), JSON.stringify(document));
  assert.equal(document.info.version, '1.2.3');
});

test('every endpoint of the table is an operation, and the proxy door is there with each method', () => {
  const names = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(names).size, names.length, 'operationIds are unique');
  for (const name of Object.keys(ENDPOINTS)) assert.ok(names.includes(name), name);
  const verbs = operations.filter(({ path }) => path === '/v1/proxy').map(({ verb }) => verb);
  assert.deepEqual(verbs.toSorted(), ['delete', 'get', 'head', 'options', 'patch', 'post', 'put']);
});

test('every parameter of a path is declared, and no path is in the form of Fastify', () => {
  for (const { path, verb, operation } of operations) {
    assert.doesNotMatch(path, /:/);
    const declared = JSON.stringify(operation.parameters ?? []);
    for (const [, name] of path.matchAll(/\{([^}]+)\}/g))
      assert.ok(declared.includes(`"in":"path","name":"${name}"`), `${verb} ${path} ${name}`);
  }
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
    ([, to]) => to ?? '',
  );
  assert.ok(references.length > 100);
  for (const reference of references) {
    let at: unknown = document;
    for (const key of reference.split('/'))
      at =
        typeof at === 'object' && at !== null ? Object.getOwnPropertyDescriptor(at, key)?.value : undefined;
    assert.ok(at, reference);
  }
});

test('P8 every operation of the API names its errors, in the one shape with a closed list of codes', () => {
  for (const { path, verb, operation } of operations)
    if (path.startsWith('/v1/')) assert.ok(operation.responses['500'], `${verb} ${path}`);
  const shape = JSON.stringify(document.components?.schemas?.['Error']);
  for (const code of Object.keys(ERRORS)) assert.ok(shape.includes(`"${code}"`), code);
});

test('only what the table lets anyone call is without a security scheme', () => {
  const open = operations.filter(({ operation }) => operation.security?.length === 0).map(({ path }) => path);
  const anyone = Object.values(ENDPOINTS).filter(({ permission }) => permission === 'anyone');
  assert.deepEqual(open.toSorted(), [...anyone.map(({ path }) => path), '/healthz', '/readyz'].toSorted());
});
