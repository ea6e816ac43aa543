import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CATALOG, findTemplate, resolveTemplate, type Template } from './index.ts';

function get(id: string): Template {
  const template = findTemplate(id);
  assert.ok(template);
  return template;
}

const pathsOf = (result: ReturnType<typeof resolveTemplate>) =>
  result.ok ? [] : result.issues.map(({ path }) => path);

test('fills hosts, URLs and the test call', () => {
  const resolved = resolveTemplate(get('zendesk'), { subdomain: 'acme' });
  assert.ok(resolved.ok);
  assert.equal(resolved.base_url, 'https://acme.zendesk.com');
  assert.deepEqual(resolved.allowed_hosts, ['acme.zendesk.com']);
  assert.equal(resolved.verify?.url, 'https://acme.zendesk.com/api/v2/users/me.json');
  assert.deepEqual(resolved.injection, [{ in: 'basic', username: '{email}/token', password: '{token}' }]);
});

test('names every missing, wrong and unknown variable', () => {
  assert.deepEqual(pathsOf(resolveTemplate(get('zendesk'), {})), ['variables.subdomain']);
  assert.deepEqual(pathsOf(resolveTemplate(get('zendesk'), { subdomain: 'a.b', extra: 'x' })), [
    'variables.subdomain',
    'variables.extra',
  ]);
  assert.deepEqual(pathsOf(resolveTemplate(get('openai'), { constructor: 'x' })), ['variables.constructor']);
});

test('A10: an inherited property is no variable', () => {
  assert.deepEqual(pathsOf(resolveTemplate(get('zendesk'), Object.create({ subdomain: 'acme' }))), [
    'variables.subdomain',
  ]);
});

test('uses defaults', () => {
  const resolved = resolveTemplate(get('gitlab'), {});
  assert.ok(resolved.ok);
  assert.deepEqual(resolved.allowed_hosts, ['gitlab.com']);
  assert.deepEqual(resolved.values, { host: 'gitlab.com' });
});

test('leaves out addresses whose optional variable is not given', () => {
  const without = resolveTemplate(get('jira'), { site: 'acme' });
  const cloudId = '11111111-2222-3333-4444-555555555555';
  const together = resolveTemplate(get('jira'), { site: 'acme', cloud_id: cloudId });
  assert.ok(without.ok && together.ok);
  assert.deepEqual(without.base_urls, ['https://acme.atlassian.net']);
  assert.equal(together.base_urls[1], `https://api.atlassian.com/ex/jira/${cloudId}`);
});

test('takes a public id that is part of the host from the credential, in lower case', () => {
  const resolved = resolveTemplate(get('algolia'), {}, { app_id: 'B1G2', api_key: 'k' });
  assert.ok(resolved.ok);
  assert.equal(resolved.base_url, 'https://b1g2.algolia.net');
  assert.equal(resolved.allowed_hosts[0], 'b1g2.algolia.net');
  assert.deepEqual(resolved.values, { app_id: 'B1G2' });
  assert.deepEqual(resolved.injection, get('algolia').injection);
  assert.deepEqual(pathsOf(resolveTemplate(get('algolia'), {}, { api_key: 'k' })), ['credential.app_id']);
  assert.deepEqual(pathsOf(resolveTemplate(get('algolia'), {}, { app_id: 'evil.com/' })), [
    'credential.app_id',
  ]);
});

test('a path keeps its letters, a host does not', () => {
  const resolved = resolveTemplate(get('plivo'), {}, { auth_id: 'MAXX' });
  assert.ok(resolved.ok);
  assert.equal(resolved.base_url, 'https://api.plivo.com/v1/Account/MAXX');
});

test('I8: a secret field never becomes part of an address', () => {
  const template: Template = {
    ...get('algolia'),
    fields: [{ name: 'app_id', label: 'x', secret: true, address: { example: 'a', pattern: '^.*$' } }],
  };
  const resolved = resolveTemplate(template, {}, { app_id: 'canary' });
  assert.ok(resolved.ok);
  assert.equal(JSON.stringify(resolved).includes('canary'), false);
});

test('fills names and formats of the custom templates', () => {
  const variables = { host: 'api.example.com:8443', header_name: 'X-Key', prefix: 'Token ' };
  const resolved = resolveTemplate(get('custom_header'), variables);
  assert.ok(resolved.ok);
  assert.deepEqual(resolved.injection, [{ in: 'header', name: 'X-Key', format: 'Token {token}' }]);
  assert.deepEqual(resolved.allowed_hosts, ['api.example.com:8443']);
});

test('R7: a value is filled in once, as it stands, and its braces stay literal', () => {
  const custom = get('custom_header');
  const variables = custom.variables.map((variable) => ({ ...variable, pattern: '^.*$' }));
  const template: Template = {
    ...custom,
    variables,
    injection: [{ in: 'header', name: 'X-Key', format: '{{{prefix}}}{token}' }],
  };
  const resolved = resolveTemplate(template, { host: 'a.example', prefix: "{token}$&$'" });
  assert.ok(resolved.ok);
  assert.deepEqual(resolved.injection, [{ in: 'header', name: 'X-Key', format: "{{{{token}}$&$'}}{token}" }]);
});

test('a prefix with braces and a header name with CRLF are refused (R6, R7)', () => {
  const given = { host: 'a.example', header_name: 'X-A\r\nX-B', prefix: '{token}' };
  assert.deepEqual(pathsOf(resolveTemplate(get('custom_header'), given)), [
    'variables.header_name',
    'variables.prefix',
  ]);
});

test('drops the wildcard below an IPv4 address', () => {
  const resolved = resolveTemplate(get('s3_compatible'), { host: '10.0.0.5:9000' });
  assert.ok(resolved.ok);
  assert.deepEqual(resolved.allowed_hosts, ['10.0.0.5:9000']);
  const named = resolveTemplate(get('s3_compatible'), { host: 'minio.example.com:9000' });
  assert.ok(named.ok);
  assert.deepEqual(named.allowed_hosts, ['minio.example.com:9000', '**.minio.example.com:9000']);
});

test('signs the AWS test call for STS in the region of the secret', () => {
  const resolved = resolveTemplate(get('aws'), { service: 'dynamodb', region: 'eu-central-1' });
  assert.ok(resolved.ok);
  assert.deepEqual(resolved.verify?.sign_as, { service: 'sts', region: 'eu-central-1' });
  assert.equal(resolved.verify?.url, 'https://sts.eu-central-1.amazonaws.com/');
  assert.deepEqual(resolved.injection, [{ in: 'aws_sigv4', service: 'dynamodb', region: 'eu-central-1' }]);
});

const HOSTS_REFUSED = [
  '', 'com', 'localhost', '*.example.com', 'example.com.', '.example.com', 'a..b', '-a.example', 'a-.example',
  'Example.com', 'user@example.com', 'example.com/path', 'example.com?x', 'example.com#x', 'example.com\\x',
  'example.com:0', 'example.com:080', 'example.com:65536', 'example.com:', 'example.com\n', ' example.com',
  '0x7f.1', '127.1', '2130706433', '0177.0.0.1', '127.0.0.1.', '256.1.1.1', '[::1]', '1.2.3.4.5', 'ex%61mple.com',
  'аpi.openai.com', '①②⑦.⓪.⓪.①', 'evil。example', '{host}.example',
]; // prettier-ignore

test('S3, S10, S12, S13: a host is a plain name or dotted IPv4 address with an optional port', () => {
  for (const host of HOSTS_REFUSED) {
    assert.deepEqual(
      pathsOf(resolveTemplate(get('grafana'), { host })),
      ['variables.host'],
      JSON.stringify(host),
    );
  }
  for (const host of ['acme.grafana.net', 'xn--fa-hia.de', 'a.b:1', 'a.b:65535', '127.0.0.1:9000']) {
    assert.ok(resolveTemplate(get('grafana'), { host }).ok, host);
  }
});

test('S11, S14: whatever value a template accepts, its URLs stay on its hosts and say what they look like', () => {
  const characters = fc.constantFrom(...'aA0.-_:/\\?#@%*{}[]| \t\r\n'.split(''), 'é', '。');
  const word = fc.oneof(fc.string({ unit: characters, maxLength: 12 }), fc.domain());
  const filled = CATALOG.filter(({ variables }) => variables.length > 0);
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...filled),
      fc.array(word, { minLength: 3, maxLength: 3 }),
      (template, words) => {
        const given = Object.fromEntries(
          template.variables.map(({ name }, index) => [name, words[index] ?? '']),
        );
        const resolved = resolveTemplate(template, given);
        if (!resolved.ok) return;
        accepted += 1;
        for (const text of resolved.base_urls) {
          const url = new URL(text);
          const written = /^https:\/\/([^/?#]*)/.exec(text)?.[1]?.replace(/:443$/, '');
          assert.equal(url.host, written);
          assert.equal(url.username + url.password + url.hash + url.search, '');
        }
      },
    ),
    { numRuns: 5000 },
  );
  assert.ok(accepted > 100, `only ${accepted} accepted: the property was hardly tried`);
});
