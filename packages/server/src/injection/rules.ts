/**
 * Injection rules made ready for the hot path: formats cut into parts, names folded, slots known. Made once per secret
 * version and shared by all of its calls; holds no value of any credential.
 */
import type { CredentialType, InjectionRule } from '@alter-vault/contract';
import { ROLE_FIELDS } from '@alter-vault/contract/role-fields';
import type { PartialAwsTarget } from '../aws/endpoint.ts';
import { percentEncode, SEGMENT, UNRESERVED, utf8Binary } from '../aws/uri.ts';
import { asIs, compileFormat, type CompiledFormat, type Encoding } from './format.ts';
import { AWS_QUERY_SLOTS, headerSlot, querySlot } from './slots.ts';

export interface CompiledHeader {
  readonly name: string;
  readonly format: CompiledFormat;
  /** The format is `user:password` and is sent as RFC 7617 section 2 says, with UTF-8. */
  readonly isBasic: boolean;
}

export interface CompiledQuery {
  /** As it is sent, percent-encoded. */
  readonly name: string;
  readonly format: CompiledFormat;
}

export interface CompiledPath {
  readonly mode: 'prefix' | 'replace';
  readonly format: CompiledFormat;
}

/** What is signed for, and within which limits. */
export interface CompiledAws extends PartialAwsTarget {
  readonly services?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly presignSecondsMax?: number | undefined;
}

export interface CompiledInjection {
  readonly headers: readonly CompiledHeader[];
  readonly query: readonly CompiledQuery[];
  readonly path: CompiledPath | null;
  readonly aws: CompiledAws | null;
  /** Folded names of the headers that these rules fill. */
  readonly headerSlots: ReadonlySet<string>;
  /** Folded names of the query parameters that these rules fill, or that would contradict them. */
  readonly querySlots: ReadonlySet<string>;
}

export interface CredentialField {
  readonly name: string;
  readonly isOptional: boolean;
}

const required = (name: string): CredentialField => ({ name, isOptional: false });
const optional = (name: string): CredentialField => ({ name, isOptional: true });

const AWS_OPTIONAL = ['session_token', 'region', 'service'];

const FIELDS: Readonly<Record<CredentialType, readonly CredentialField[]>> = {
  bearer: [required('token')],
  api_key: [required('token')],
  basic: [required('username'), required('password')],
  aws_sigv4: [
    required('access_key_id'),
    required('secret_access_key'),
    ...[...AWS_OPTIONAL, ...ROLE_FIELDS].map(optional),
  ],
};

/** The fields of WIRE §5. `api_key` takes any further ones. */
export function credentialFields(credentialType: CredentialType): readonly CredentialField[] {
  return FIELDS[credentialType];
}

const DEFAULTS: Readonly<Record<CredentialType, readonly InjectionRule[]>> = {
  bearer: [{ in: 'header', name: 'Authorization', format: 'Bearer {token}' }],
  api_key: [{ in: 'header', name: 'X-API-Key', format: '{token}' }],
  basic: [{ in: 'header', name: 'Authorization', format: 'Basic {base64(username:password)}' }],
  aws_sigv4: [{ in: 'aws_sigv4' }],
};

export function defaultInjection(credentialType: CredentialType): readonly InjectionRule[] {
  return DEFAULTS[credentialType];
}

const encodeQuery: Encoding = (binary) => percentEncode(binary, UNRESERVED);
const encodeSegment: Encoding = (binary) => percentEncode(binary, SEGMENT);

/** `rules` have passed `parseInjection`. `optionalFields`: those a credential may leave out. */
export function compileInjection(
  rules: readonly InjectionRule[],
  optionalFields: ReadonlySet<string>,
): CompiledInjection {
  const header = { optionalFields, encodeLiteral: asIs, encode: asIs };
  const query = { optionalFields, encodeLiteral: encodeQuery, encode: encodeQuery };
  const path = { optionalFields, encodeLiteral: asIs, encode: encodeSegment };
  const headers: CompiledHeader[] = [];
  const queries: CompiledQuery[] = [];
  let compiledPath: CompiledPath | null = null;
  let aws: CompiledAws | null = null;
  for (const rule of rules) {
    if (rule.in === 'aws_sigv4') {
      const { service, region, services, regions, presign_seconds_max: presignSecondsMax } = rule;
      aws = { service, region, services, regions, presignSecondsMax };
    } else if (rule.in === 'path') {
      const format = rule.mode === 'prefix' ? rule.format.replace(/\/+$/, '') : rule.format;
      compiledPath = { mode: rule.mode, format: compileFormat(format, path) };
    } else if (rule.in === 'basic') {
      const format = compileFormat(`${rule.username}:${rule.password}`, header);
      headers.push({ name: 'Authorization', format, isBasic: true });
    } else if (rule.in === 'query') {
      queries.push({ name: encodeQuery(utf8Binary(rule.name)), format: compileFormat(rule.format, query) });
    } else {
      headers.push({ name: rule.name, format: compileFormat(rule.format, header), isBasic: false });
    }
  }
  const querySlots = queries.map(({ name }) => querySlot(name));
  return Object.freeze({
    headers: Object.freeze(headers),
    query: Object.freeze(queries),
    path: compiledPath,
    aws,
    headerSlots: new Set(headers.map(({ name }) => headerSlot(name))),
    querySlots: new Set(aws === null ? querySlots : [...querySlots, ...AWS_QUERY_SLOTS]),
  });
}
