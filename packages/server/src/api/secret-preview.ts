/**
 * Shows the request that a secret would make, before it is stored. The rules of storing and the injection of the data path run over
 * stand-ins that are made here for each answer, so that what is shown is what will be; no value of a credential comes here.
 */
import { allSlotNames, findTemplate } from '@alter-vault/catalog';
import { isRoleField } from '@alter-vault/contract/role-fields';
import type { ENDPOINTS } from '@alter-vault/contract';
import type { z } from 'zod';
import { compileHosts, readHostPattern } from '../access/hosts.ts';
import type { AddressPolicy } from '../egress/address.ts';
import { newId } from '../ids.ts';
import { optionalFieldsOf } from '../injection/credential.ts';
import { inject, type Injected } from '../injection/inject.ts';
import { fieldsOfRules } from '../injection/parse-rules.ts';
import { compileInjection } from '../injection/rules.ts';
import { makeSlots } from '../injection/slots.ts';
import { formatAuthority, parseTarget, type Target } from '../path/target.ts';
import { Refusal } from '../refusal.ts';
import { sha256 } from '../vault/hash.ts';
import { Secret } from '../vault/secret.ts';
import { getApp } from './apps.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';
import { defineSecret, type Definition } from './secret-definition.ts';

type Preview = z.output<(typeof ENDPOINTS)['previewSecret']['body']>;
type Piece = z.output<(typeof ENDPOINTS)['previewSecret']['answer']>['request']['target'][number];

/** However long a value is. */
const DOTS = '••••••••';
const SLOTS = makeSlots(allSlotNames().headers, allSlotNames().query);

export function registerSecretPreview(routes: Routes, parts: ApiParts, egressAllow: AddressPolicy): void {
  routes.route('previewSecret', async ({ actor, params, body }) => {
    await getApp(parts, actor, params.app);
    // A role is no part of the request, and a stand-in for one would be judged as if it were meant.
    const standIns = new StandIns(body.fields.filter((name) => !isRoleField(name)));
    const credential = { ...standIns.values, ...addressesOf(body) };
    const definition = defineSecret({ ...body, credential }, egressAllow);
    const call = exampleCall(definition);
    const sent = injected(definition, credential, call, parts.clock.now());
    return {
      injection: [...definition.injection],
      allowed_hosts: [...definition.allowed_hosts],
      base_url: definition.base_url,
      request: {
        method: call.method,
        origin: call.target.origin,
        target: standIns.cut(sent.query === '' ? sent.path : `${sent.path}?${sent.query}`),
        headers: sent.injected.headers.map(([name, value]) => ({
          name,
          value: standIns.cut(Buffer.from(value, 'latin1').toString('utf8')),
        })),
        body: call.body ?? null,
      },
    };
  });
}

/** A text for each field that nothing else holds, found again wherever the injection puts it. */
class StandIns {
  readonly values: Readonly<Record<string, string>>;
  readonly #names: readonly string[];
  readonly #mark: RegExp;

  constructor(names: readonly string[]) {
    const nonce = newId().replaceAll('-', '');
    this.#names = names;
    this.#mark = new RegExp(`${nonce}x([0-9]+)x`, 'g');
    this.values = Object.fromEntries(names.map((name, at) => [name, `${nonce}x${at}x`]));
  }

  /** The text with dots for each stand-in, also where it is in Base64, and for a signature that was made with one. */
  cut(text: string): Piece[] {
    const finders: readonly [RegExp, (found: string) => string[]][] = [
      [this.#mark, (found) => this.#namesIn(found)],
      [BASE64, (found) => this.#namesIn(Buffer.from(found, 'base64').toString('latin1'))],
      [SIGNATURE, () => ['secret_access_key']],
    ];
    let pieces: Piece[] = [{ text, fields: [] }];
    for (const [pattern, fieldsOf] of finders)
      pieces = pieces.flatMap((piece) =>
        piece.fields.length > 0 ? [piece] : cutText(piece.text, pattern, fieldsOf),
      );
    return pieces;
  }

  #namesIn(text: string): string[] {
    return [...text.matchAll(this.#mark)].map(([, at = '']) => this.#names[Number(at)] ?? '');
  }
}

/** Long enough for any stand-in. */
const BASE64 = /[A-Za-z0-9+/]{40,}={0,2}/g;
const SIGNATURE = /(?<=Signature=)[0-9a-f]{64}/g;

/** Every match in which a field was found becomes dots; the rest stays. */
function cutText(text: string, pattern: RegExp, fieldsOf: (found: string) => string[]): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const fields = fieldsOf(match[0]);
    if (fields.length === 0) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), fields: [] });
    pieces.push({ text: DOTS, fields });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), fields: [] });
  return pieces;
}

/** The public ids that are part of an address; nothing else of a credential is taken. */
function addressesOf({ template, addresses = {} }: Preview): Readonly<Record<string, string>> {
  const known = template === undefined ? [] : (findTemplate(template)?.fields ?? []);
  const isAddress = (name: string): boolean =>
    known.some((field) => field.name === name && field.address !== undefined && !field.secret);
  const issues = Object.keys(addresses)
    .filter((name) => !isAddress(name))
    .map((name) => ({ path: `addresses.${name}`, message: 'is not part of an address: send no value' }));
  if (issues.length > 0) throw new Refusal('invalid_request', { issues });
  return addresses;
}

interface ExampleCall {
  readonly method: string;
  readonly target: Target;
  readonly headers: readonly string[];
  readonly body?: string | undefined;
  /** Signs this call for another service than the rules name. */
  readonly signAs?: { readonly service: string; readonly region: string } | undefined;
}

/** The test call of the template where the hosts allow it, else a look at the base URL, else at the first host. */
function exampleCall({ verify, base_url: baseUrl, allowed_hosts: hosts }: Definition): ExampleCall {
  const allowed = compileHosts(hosts);
  if (verify !== null) {
    const target = parseTarget(verify.url, { field: 'verify.url' });
    const { method, headers = {}, body, sign_as: signAs } = verify;
    if (allowed.matches(target))
      return { method, target, headers: Object.entries(headers).flat(), body, signAs };
  }
  if (baseUrl !== null) {
    const target = parseTarget(baseUrl, { field: 'base_url' });
    if (allowed.matches(target)) return { method: 'GET', target, headers: [] };
  }
  return { method: 'GET', target: parseTarget(firstUrl(hosts), { field: 'allowed_hosts' }), headers: [] };
}

function firstUrl(hosts: readonly string[]): string {
  const pattern = readHostPattern(hosts[0] ?? '*');
  if (typeof pattern === 'string' || pattern.reach === 'any') return 'https://any.example/';
  const scheme = pattern.schemes.includes('http') ? 'http' : 'https';
  const host = pattern.reach === 'exact' ? pattern.host : `any.${pattern.host}`;
  return `${scheme}://${formatAuthority(scheme, host, pattern.port)}/`;
}

function injected(
  definition: Definition,
  credential: Readonly<Record<string, string>>,
  call: ExampleCall,
  now: number,
): Injected {
  const absent = [...fieldsOfRules(definition.injection)].filter((name) => !definition.fields.includes(name));
  const compiled = compileInjection(
    definition.injection,
    optionalFieldsOf(definition.credential_type, absent),
  );
  const { method, target, headers, body, signAs } = call;
  const fields = new Map(Object.entries(credential).map(([name, text]) => [name, Secret.fromText(text)]));
  return inject(
    compiled.aws === null || signAs === undefined ? compiled : { ...compiled, aws: signAs },
    fields,
    {
      method,
      scheme: target.scheme,
      authority: target.authority,
      path: target.path,
      query: target.query,
      headers,
    },
    {
      now,
      slots: SLOTS,
      defaultHeaders: definition.default_headers,
      bodySha256: body === undefined ? undefined : sha256(body).toString('hex'),
    },
  );
}
