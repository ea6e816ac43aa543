/** What goes out: the caller's request, less what is the vault's business, byte for byte (WIRE §9, R1–R10, R12). */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { headerValues, refusalCode, send, startPathRig, type PathRig, type RawAnswer } from './path-rig.ts';
import { echo, type Recorded } from './upstream.ts';
import { stopPostgres } from './vault.ts';

let rig: PathRig;
let grantId: string;
let token: string;

before(async () => {
  rig = await startPathRig();
  ({ grantId, token } = await rig.grant());
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

const to = (path: string): string => rig.upstream.origin + path;
const last = (): Recorded => {
  const request = rig.upstream.requests.at(-1);
  assert.ok(request);
  return request;
};

/** A call with these headers; what the upstream got. */
async function received(
  headers: readonly string[],
  call: Parameters<PathRig['call']>[2] = {},
): Promise<Recorded> {
  const before = rig.upstream.requests.length;
  const answer = await rig.call(grantId, to('/x'), { ...call, headers });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(rig.upstream.requests.length, before + 1);
  return last();
}

/** A call that must be refused, with nothing sent. */
async function refused(call: Promise<RawAnswer>): Promise<string> {
  const before = rig.upstream.requests.length;
  const code = refusalCode(await call);
  assert.equal(rig.upstream.requests.length, before);
  return code;
}

test('the request arrives as it was sent: method, headers in order and case, duplicates, bytes above 0x7f', async () => {
  const headers = ['X-B', '1', 'x-a', ' 2 3 ', 'X-B', '4', 'X-Bytes', '\xe9\xff', 'X-Empty', ''];
  const got = await received([...headers, 'User-Agent', 'test/1'], { method: 'PATCH', body: 'body' });
  assert.deepEqual([got.method, got.url, got.body.toString()], ['PATCH', '/x', 'body']);
  const seen = got.rawHeaders.filter((_, i) => /^x-/i.test(got.rawHeaders[i - (i % 2)] ?? ''));
  assert.deepEqual(seen, ['X-B', '1', 'x-a', '2 3', 'X-B', '4', 'X-Bytes', '\xe9\xff', 'X-Empty', '']);
  assert.deepEqual(headerValues(got.rawHeaders, 'user-agent'), ['test/1']);
  assert.deepEqual(headerValues(got.rawHeaders, 'authorization'), [`Bearer ${token}`]);
});

test('R4 R12: Host and framing are ours: no caller name, and one of Content-Length and chunked', async () => {
  const small = await received([], { method: 'POST', body: 'x'.repeat(10) });
  assert.deepEqual(headerValues(small.rawHeaders, 'host'), [rig.upstream.host]);
  assert.deepEqual(headerValues(small.rawHeaders, 'content-length'), ['10']);
  assert.deepEqual(headerValues(small.rawHeaders, 'transfer-encoding'), []);
  const large = await received([], { method: 'POST', body: 'x'.repeat(200_000) });
  assert.deepEqual(headerValues(large.rawHeaders, 'content-length'), ['200000']);
  assert.deepEqual(headerValues(large.rawHeaders, 'transfer-encoding'), []);
  const chunked = await received([], { method: 'POST', body: [Buffer.from('a'), Buffer.from('b')] });
  const framing = ['content-length', 'transfer-encoding'].flatMap((name) =>
    headerValues(chunked.rawHeaders, name),
  );
  assert.equal(framing.length, 1, 'one of the two, as is best for us');
  assert.equal(chunked.body.toString(), 'ab');
});

test('R12: bodies of no bytes, by any framing, and methods with and without bodies', async () => {
  assert.equal((await received(['Content-Length', '0'], { method: 'POST' })).body.length, 0);
  assert.equal((await received([], { method: 'POST', body: [] })).body.length, 0);
  assert.equal((await received([], { method: 'POST' })).body.length, 0);
  assert.equal((await received(['Content-Length', '0'], { method: 'GET' })).body.length, 0);
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'REPORT', 'PROPFIND', 'QUERY']) {
    const got = await received([], { method, body: 'body' });
    assert.deepEqual([got.method, got.body.toString()], [method, 'body']);
  }
});

test('R12 property: any body arrives as it was, by Content-Length and chunked, at any size around the limits', async () => {
  const size = fc.oneof(
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: 65_530, max: 65_545 }),
    fc.integer({ min: 66_000, max: 400_000 }),
  );
  await fc.assert(
    fc.asyncProperty(
      size,
      fc.boolean(),
      fc.integer({ min: 1, max: 70_000 }),
      async (bytes, isChunked, piece) => {
        const body = Buffer.alloc(bytes);
        for (let i = 0; i < bytes; i += 1) body[i] = (i * 31 + (i >> 8)) & 0xff;
        const pieces: Buffer[] = [];
        for (let at = 0; at < bytes; at += piece) pieces.push(body.subarray(at, at + piece));
        const got = await received([], { method: 'POST', body: isChunked ? pieces.slice(0, 400) : body });
        const expected = isChunked ? Buffer.concat(pieces.slice(0, 400)) : body;
        const hash = (of: Buffer): string => createHash('sha256').update(of).digest('hex');
        assert.equal(hash(got.body), hash(expected));
      },
    ),
    { numRuns: 40 },
  );
});

test('R3 R4: what WIRE §9 lists is not forwarded, in any spelling', async () => {
  const dropped = [
    'Cookie',
    'Forwarded',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Anything',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-HTTP-Method-Override',
    'x-http-method-override',
    'X-HTTP-Method',
    'X-Method-Override',
    'Keep-Alive',
    'Proxy-Authorization',
    'Proxy-Authenticate',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Upgrade',
    'HTTP2-Settings',
    'X_Forwarded_For',
    'X_HTTP_Method_Override',
    'X_Original_URL',
  ];
  const got = await received(
    dropped.flatMap((name) => [name, name === 'TE' ? 'trailers' : 'x']),
    { method: 'POST', body: [Buffer.from('x')] },
  );
  for (const name of dropped) assert.deepEqual(headerValues(got.rawHeaders, name), [], name);
  const alter = got.rawHeaders.filter((text, i) => i % 2 === 0 && /^alter-/i.test(text));
  assert.deepEqual(alter, []);
});

test('R3: what Connection names is dropped, but never what is injected or ours', async () => {
  const got = await received(
    [
      'Connection',
      'close, X-Gone, authorization, HOST',
      'Connection',
      'x-too, content-length',
      'X-Gone',
      '1',
      'X-Too',
      '2',
      'X-Stays',
      '3',
    ],
    { method: 'POST', body: 'hi' },
  );
  assert.deepEqual(headerValues(got.rawHeaders, 'x-gone'), []);
  assert.deepEqual(headerValues(got.rawHeaders, 'x-too'), []);
  assert.deepEqual(headerValues(got.rawHeaders, 'x-stays'), ['3']);
  assert.deepEqual(headerValues(got.rawHeaders, 'authorization'), [`Bearer ${token}`]);
  assert.deepEqual(headerValues(got.rawHeaders, 'host'), [rig.upstream.host]);
  assert.equal(got.body.toString(), 'hi');
});

test("R2 I5: the caller's own key goes upstream in no header, wherever it stands", async () => {
  const got = await received(['X-Any', rig.key, 'X-Inside', `a ${rig.key} b`, 'Idempotency-Key', 'kept']);
  assert.ok(!JSON.stringify(got.rawHeaders).includes(rig.key));
  assert.deepEqual(headerValues(got.rawHeaders, 'idempotency-key'), ['kept'], 'which is forwarded unchanged');
});

test('R2 I5: credential headers of the caller are removed in every spelling', async () => {
  const names = [
    'X-Api-Key',
    'x_api_key',
    'X-API-KEY',
    'api-key',
    'X-Goog-Api-Key',
    'Proxy-Authorization',
    'Cookie',
    'X-Amz-Date',
    'X-Amz-Security-Token',
    'x-amz-content-sha256',
    'x_amz_security_token',
  ];
  const got = await received(names.flatMap((name) => [name, 'mine']));
  assert.ok(!got.rawHeaders.includes('mine'));
  assert.deepEqual(headerValues(got.rawHeaders, 'authorization'), [`Bearer ${token}`]);
});

test('R2: a query slot is removed in every spelling, and everything else of the query stays as it was', async () => {
  const made = await rig.grant({
    credential: { token: 'query-token-1234567890' },
    more: { credential_type: 'api_key', injection: [{ in: 'query', name: 'api_key', format: '{token}' }] },
  });
  const injected = 'api_key=query-token-1234567890';
  const spellings = [
    'api_key=x',
    '%61pi_key=x',
    'API_KEY=x',
    'api_key[]=x',
    'api_key[0]=x',
    'api_key',
    'api%5Fkey=x',
    'api_key%5B%5D=x',
    'api.key=x',
    'api%00_key=x',
  ];
  for (const spelling of spellings) {
    const answer = await rig.call(made.grantId, to(`/q?a=1&${spelling}&b=2`));
    if (answer.status === 400) continue;
    assert.equal(answer.status, 200, answer.text);
    const expected = spelling.includes('%00') ? undefined : `/q?a=1&b=2&${injected}`;
    if (expected !== undefined) assert.equal(last().url, expected, spelling);
  }
  await rig.call(made.grantId, to('/q?api_key=1&api_key=2;api_key=3'));
  assert.equal(last().url, `/q?${injected}`);
});

test('R10: a query goes out byte for byte', async () => {
  const queries = [
    'a=1&a=2',
    'a[]=1',
    'a=1;b=2',
    'a=+&b=%20',
    'x=%26%3d',
    '&&',
    '=',
    'a',
    'a=b=c',
    '%E2%82%AC',
    '%zz',
    '\'"<>`{}|^',
    '//evil/../x',
    'a=%00',
    '?',
    '%61',
  ];
  for (const query of queries) {
    const answer = await rig.call(grantId, to(`/q?${query}`));
    assert.equal(answer.status, 200, `${query}: ${answer.text}`);
    assert.equal(last().url, `/q?${query}`);
  }
  await rig.call(grantId, to('/q?'));
  assert.equal(last().url, '/q?');
  await rig.call(grantId, `${rig.upstream.origin}?a=1`);
  assert.equal(last().url, '/?a=1');
});

describe('R1: redirects', () => {
  for (const status of [300, 301, 302, 303, 305, 307, 308]) {
    test(`R1: ${status} is given back and not followed`, async () => {
      const targets = [
        `${rig.other.origin}/steal`,
        to('/elsewhere'),
        `//${rig.other.host}/x`,
        'https://127.0.0.1:1/',
        to('/x'),
      ];
      for (const location of targets) {
        rig.upstream.behave((_request, response) => {
          response.writeHead(status, { Location: location, Refresh: `0; url=${rig.other.origin}` });
          response.end('moved');
        });
        const sent = rig.upstream.requests.length;
        const answer = await rig.call(grantId, to('/x'), { method: 'POST', body: 'b' });
        assert.equal(answer.status, status);
        assert.equal(answer.headers.location, location);
        assert.equal(answer.text, 'moved');
        assert.equal(rig.upstream.requests.length, sent + 1);
      }
      rig.upstream.behave(echo);
      assert.equal(rig.other.connections(), 0, 'the other origin saw nothing');
    });
  }
});

test('R5 S14: no path leaves its host: refused, or the host that was named gets it', async () => {
  const host = rig.upstream.host;
  const bad = [
    `http:\\\\${host}/x`,
    `http:/${host}/x`,
    `http:${host}`,
    `//${host}/x`,
    '/x',
    'x',
    `http://${host}\\x`,
    `http://${host}/a\\b`,
    `http://${host}/#f`,
    '',
  ];
  for (const url of bad) assert.equal(await refused(rig.call(grantId, url)), 'invalid_request', url);
  for (const path of [
    '//evil.example/x',
    '//',
    '/.//evil.example',
    '/..//evil.example/x',
    '/%2e//evil.example',
  ]) {
    assert.equal(await refused(rig.call(grantId, to(path))), 'invalid_request', path);
  }
  await rig.call(grantId, to('/http://evil.example/x'));
  assert.equal(last().url, '/http://evil.example/x');
});

test('R6: control characters, spaces and what is not ASCII in a URL or an Alter-* header are refused', async () => {
  for (const bad of ['\t', ' ', '\x7f', '\x80', '\xe9', '%00', '%0a', '%1F', '%7f']) {
    const call = rig.call(grantId, to(`/a${bad}b`));
    const code = await refused(call).catch((error: NodeJS.ErrnoException) => error.code);
    assert.ok(['invalid_request', 'ERR_INVALID_CHAR'].includes(code ?? ''), JSON.stringify(bad));
  }
  for (const name of ['Alter-Reason', 'Alter-Caller', 'Alter-Context']) {
    for (const bad of ['\xe9', '%', '%zz', '%ff', '%c0%ae', '%00', '%1b', '%ed%a0%80']) {
      const value = name === 'Alter-Context' ? `{"a":"${bad}"}` : bad;
      if (name === 'Alter-Context' && bad === '%1b') continue;
      assert.equal(
        await refused(rig.call(grantId, to('/'), { headers: [name, value] })),
        'invalid_request',
        `${name}: ${bad}`,
      );
    }
  }
});

test('R8: each way to walk up a path is refused, or what the upstream gets is what is audited', async () => {
  const paths = [
    '/v1/../admin',
    '/v1/%2e%2e/admin',
    '/v1/.%2E/admin',
    '/v1/..%2fadmin',
    '/v1/%2e%2e%2fadmin',
    '/v1/%252e%252e/admin',
    '/v1/%252e%252e%252fadmin',
    '/v1//admin',
    '/v1\\admin',
    '/v1%5cadmin',
    '/V1/Admin',
    '/v1;x=1/../admin',
    '/v1/%61dmin',
    '/v1/admin/',
    '/v1/admin.json',
    '/v1?/../admin',
    '/v1/%c0%ae%c0%ae/admin',
    '/v1/..;/admin',
    '/v1/.../admin',
    '/v1/....//admin',
    '/../../admin',
    '/v1/./admin',
    '/v1/%2e/admin',
    '/v1/x/..',
    '/v1/x/../',
    '/%2e%2e',
    '/..%00/',
    '/v1/%u002e%u002e/admin',
    '/v1/%e0%80%ae/x',
    '/.%252e/x',
    "/v1/'../x",
    '/v1/|/x',
    '/v1/"<>`{}^x',
  ];
  for (const path of paths) {
    const made = rig.upstream.requests.length;
    const answer = await rig.call(grantId, to(path));
    if (answer.status === 400) {
      assert.equal(rig.upstream.requests.length, made, path);
      continue;
    }
    const requestId = answer.headers['alter-request-id'];
    const [event] = (await rig.vault.audit({ grant_id: grantId, kind: 'call.authorized' })).filter(
      ({ request_id }) => request_id === requestId,
    );
    assert.equal(event.url, to(last().url), path);
    assert.ok(
      !/\/(\.|%2e){1,2}(\/|$)/i.test(last().url.split('?')[0] ?? ''),
      `${path} went out as ${last().url}`,
    );
  }
});

test('R9: a method is an exact token in upper case; nothing overrides it', async () => {
  for (const method of ['TRACE', 'TRACK'])
    assert.equal(await refused(rig.call(grantId, to('/'), { method })), 'invalid_request');
  const got = await received(['X-HTTP-Method-Override', 'DELETE', 'X-HTTP-Method', 'DELETE'], {
    method: 'POST',
    body: '_method=DELETE',
  });
  assert.equal(got.method, 'POST');
  assert.equal(headerValues(got.rawHeaders, 'x-http-method-override').length, 0);
});

test('Alter-* headers: duplicates, unknown ones, and values that are none are refused', async () => {
  const bad: string[][] = [
    ['Alter-Grant', grantId],
    ['alter-url', to('/')],
    ['Alter-Reason', 'a', 'Alter-Reason', 'a'],
    ['Alter-Unknown', '1'],
    ['ALTER-Request-Id', 'x'],
    ['Alter-', 'x'],
    ['Alter-Error', 'x'],
    ['Alter-Timeout-Ms', '0'],
    ['Alter-Timeout-Ms', '-1'],
    ['Alter-Timeout-Ms', '1.5'],
    ['Alter-Timeout-Ms', '1e3'],
    ['Alter-Timeout-Ms', ''],
    ['Alter-Timeout-Ms', '99999999999'],
    ['Alter-Context', '[]'],
    ['Alter-Context', '1'],
    ['Alter-Context', '{"a":1,"a":2}'],
    ['Alter-Context', '{"__proto__":{}}'],
    ['Alter-Context', '{'],
    ['Alter-Context', `{"a":"${'x'.repeat(17_000)}"}`],
    ['Alter-Context', '{"a":"\\u0000"}'],
    ['Alter-Context', '{"a":"\\ud800"}'],
    ['Alter-Reason', 'x'.repeat(2049)],
    ['Alter-Caller', 'x'.repeat(257)],
  ];
  for (const headers of bad) {
    const before = rig.upstream.requests.length;
    const answer = await rig.call(grantId, to('/'), { headers });
    assert.equal(rig.upstream.requests.length, before);
    const what = headers.join(': ').slice(0, 80);
    const { error } = JSON.parse(answer.body.toString());
    assert.equal(error.code, 'invalid_request', what);
    const [name = ''] = headers;
    // Which header it is, and for a context where in it.
    assert.match(error.issues[0].path, new RegExp(`^${name}(\\.|$)`, 'i'), what);
  }
  const auth = ['Authorization', `Bearer ${rig.key}`];
  for (const headers of [
    ['Alter-Url', to('/')],
    ['Alter-Grant', grantId],
    ['Alter-Grant', 'x', 'Alter-Url', to('/')],
    ['Alter-Grant', '', 'Alter-Url', to('/')],
    ['Alter-Grant', grantId, 'Alter-Url', ''],
  ]) {
    assert.equal(
      await refused(send(rig.port, { headers: [...auth, ...headers] })),
      'invalid_request',
      headers.join(),
    );
  }
});

test('reason, context and caller are percent-encoded UTF-8, decoded once, and stand in the log', async () => {
  const made = await rig.grant();
  const reason = 'Größe 100 % 日本語 🦊 %41';
  const context = { tool: 'sümmarize', n: 1, nested: { a: [true, null] } };
  await rig.call(made.grantId, to('/'), {
    headers: [
      'Alter-Reason',
      encodeURIComponent(reason),
      'Alter-Caller',
      'e%2Dmail bot',
      'Alter-Context',
      encodeURIComponent(JSON.stringify(context)),
    ],
  });
  for (const event of await rig.events(made.grantId, 2)) {
    assert.equal(event.reason, reason);
    assert.equal(event.actor.caller, 'e-mail bot');
    assert.deepEqual(event.context, context);
  }
  await rig.call(made.grantId, to('/'), { headers: ['Alter-Context', '{"tool":"summarize"}'] });
  assert.deepEqual((await rig.events(made.grantId, 4)).at(-1)?.context, { tool: 'summarize' });
});

test('P2: identity is asked for where the caller did not insist on another coding', async () => {
  assert.deepEqual(headerValues((await received([])).rawHeaders, 'accept-encoding'), ['identity']);
  assert.deepEqual(
    headerValues((await received(['Accept-Encoding', 'gzip'])).rawHeaders, 'accept-encoding'),
    ['gzip'],
  );
});
