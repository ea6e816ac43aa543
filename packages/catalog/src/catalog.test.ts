/** What must hold for every template as it is shipped. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { InjectionRule } from '@alter-vault/contract';
import { parse as parseSuffix } from 'tldts';
import { CATALOG, findTemplate, resolveTemplate, templateSchema, type Template } from './index.ts';

const TEMPLATES_EXPECTED = 136;

const examplesOf = (template: Template) =>
  Object.fromEntries(template.variables.map(({ name, example }) => [name, example]));

const addressesOf = (template: Template) =>
  Object.fromEntries(
    template.fields.flatMap(({ name, address }) => (address ? [[name, address.example]] : [])),
  );

function resolveWithExamples(template: Template) {
  const resolved = resolveTemplate(template, examplesOf(template), addressesOf(template));
  assert.ok(resolved.ok, `${template.id}: ${JSON.stringify(resolved)}`);
  return resolved;
}

const isWithin = (host: string, pattern: string): boolean =>
  pattern.startsWith('**.')
    ? host.endsWith(pattern.slice(2)) && host.length > pattern.length - 2
    : host === pattern;

const hostOf = (url: string): string => new URL(url).host;

const formatsOf = (rule: InjectionRule): readonly string[] => {
  if (rule.in === 'basic') return [rule.username, rule.password];
  return rule.in === 'aws_sigv4' ? [rule.service ?? '', rule.region ?? ''] : [rule.format];
};

const placeholdersIn = (text: string): string[] =>
  [...text.replace(/\{\{|\}\}/g, '').matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '');

/** Vendors answer for every name below these; the base of the wildcard is no registry of other people's names. */
function assertBelowSuffix(template: Template, pattern: string): void {
  const base = pattern.slice('**.'.length).replace(/:[0-9]+$/, '');
  // A signature is worth nothing elsewhere, and S3 and API Gateway list their own endpoints as suffixes (WIRE §5).
  const allowPrivateDomains = template.credential_type !== 'aws_sigv4';
  const { domain } = parseSuffix(base, { allowPrivateDomains });
  assert.ok(domain, `${template.id}: ${pattern} is at or above a public suffix`);
}

describe('catalogue', () => {
  test(`holds ${TEMPLATES_EXPECTED} templates, sorted, each id once`, () => {
    const ids = CATALOG.map(({ id }) => id);
    assert.equal(ids.length, TEMPLATES_EXPECTED);
    assert.deepEqual(ids, [...new Set(ids)]);
    assert.deepEqual(
      ids.map((id) => id.replaceAll('_', '-')),
      ids.map((id) => id.replaceAll('_', '-')).toSorted(),
    );
  });

  test('names each file after the id it holds', async () => {
    const folder = new URL('templates/', import.meta.url);
    const files = readdirSync(folder).filter((file) => file !== 'index.ts');
    assert.equal(files.length, TEMPLATES_EXPECTED);
    for (const file of files) {
      const exported: Record<string, Template> = await import(new URL(file, folder).href);
      const ids = Object.values(exported).map(({ id }) => `${id.replaceAll('_', '-')}.ts`);
      assert.deepEqual(ids, [file]);
    }
  });

  test('finds a template by its id and nothing else', () => {
    assert.equal(findTemplate('aws_s3')?.name, 'Amazon S3');
    assert.equal(findTemplate('constructor'), undefined);
  });
});

describe('each template', () => {
  for (const template of CATALOG) {
    test(template.id, () => {
      assert.deepEqual(templateSchema.parse(template), template);
      assert.equal(template.base_url, template.base_urls[0]);
      assertNames(template);
      assertAddresses(template);
      assertFormats(template);
    });
  }
});

function assertNames(template: Template): void {
  const names = [...template.fields, ...template.variables].map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)], 'a name stands for one thing');
  assert.ok(
    template.fields.some(({ secret }) => secret),
    'something is secret',
  );
  for (const { name, secret, optional, address } of template.fields) {
    if (address) assert.ok(!secret && !optional, `${name}: part of an address, so public and required`);
  }
  for (const { name, default: fallback, pattern } of template.variables) {
    if (fallback !== undefined) assert.match(fallback, new RegExp(pattern), name);
  }
}

/** I7: what the vault itself calls is inside what the credential is bound to. */
function assertAddresses(template: Template): void {
  const resolved = resolveWithExamples(template);
  const texts = [resolved.base_url, ...resolved.base_urls, ...resolved.allowed_hosts];
  texts.push(resolved.verify?.url ?? '', ...Object.values(resolved.default_headers));
  texts.push(...Object.values(resolved.verify?.sign_as ?? {}));
  for (const text of texts) assert.doesNotMatch(text, /[{}]/);
  assert.equal(resolved.base_urls.length, template.base_urls.length);

  for (const url of [...resolved.base_urls, ...(resolved.verify ? [resolved.verify.url] : [])]) {
    assert.ok(
      resolved.allowed_hosts.some((pattern) => isWithin(hostOf(url), pattern)),
      `${url} is outside the allowed hosts`,
    );
  }
  for (const pattern of resolved.allowed_hosts) {
    assert.match(pattern, /^(?:\*\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]+)?$/);
    if (pattern.startsWith('**.')) assertBelowSuffix(template, pattern);
  }
}

function assertFormats(template: Template): void {
  const fields = new Set(template.fields.map(({ name }) => name));
  const variables = new Set(template.variables.flatMap(({ name, optional }) => (optional ? [] : [name])));
  const used = template.injection.flatMap(formatsOf).flatMap(placeholdersIn);
  for (const name of used) assert.ok(fields.has(name) || variables.has(name), `{${name}} is not declared`);

  const left = resolveWithExamples(template).injection.flatMap(formatsOf).flatMap(placeholdersIn);
  for (const name of left) assert.ok(fields.has(name), `{${name}} is left unfilled`);
  if (template.credential_type === 'aws_sigv4') {
    assert.deepEqual(left, [], 'a signature is no format');
    for (const name of ['access_key_id', 'secret_access_key']) assert.ok(fields.has(name), name);
  } else assert.deepEqual([...new Set(left)].toSorted(), [...fields].toSorted(), 'every field is injected');
  assertType(template);
}

function assertType(template: Template): void {
  const kinds = new Set(template.injection.map((rule) => rule.in));
  const expected = { basic: ['basic'], aws_sigv4: ['aws_sigv4'], bearer: ['header'] };
  if (template.credential_type !== 'api_key')
    assert.deepEqual([...kinds], expected[template.credential_type]);
  if (template.credential_type === 'bearer') {
    assert.deepEqual(template.injection, [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }]);
  }
}
