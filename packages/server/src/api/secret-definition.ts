/**
 * What a managed secret will be, from what an operator sent: template or own definition, checked as a whole, so that
 * what can't work is refused when it is stored. Pure.
 */
import { findTemplate, resolveTemplate, type Template, type TemplateVerify } from '@alter-vault/catalog';
import { ROLE_FIELDS } from '@alter-vault/contract/role-fields';
import type { CredentialType, Delivery, ErrorIssue, InjectionRule } from '@alter-vault/contract';
import { parseHostPattern } from '../access/hosts.ts';
import type { AddressPolicy } from '../egress/address.ts';
import { checkCredential } from '../injection/credential.ts';
import { parseInjection } from '../injection/parse-rules.ts';
import { defaultInjection } from '../injection/rules.ts';
import { Refusal } from '../refusal.ts';
import type { SecretRow } from '../store/deciding.ts';
import { compileHosts } from '../access/hosts.ts';
import { parseTarget } from '../path/target.ts';

/** What of a secret follows from its definition. */
export type Definition = Pick<
  SecretRow,
  | 'template'
  | 'variables'
  | 'credential_type'
  | 'fields'
  | 'public_fields'
  | 'injection'
  | 'default_headers'
  | 'allowed_hosts'
  | 'allow_any_host'
  | 'delivery'
  | 'base_url'
  | 'verify'
  | 'role_arn'
>;

export interface Asked {
  readonly template?: string | undefined;
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly credential_type?: CredentialType | undefined;
  readonly credential: Readonly<Record<string, string>>;
  readonly public_fields?: readonly string[] | undefined;
  readonly injection?: readonly InjectionRule[] | undefined;
  readonly allowed_hosts?: readonly string[] | undefined;
  readonly allow_any_host?: boolean | undefined;
  readonly delivery?: Delivery | undefined;
  readonly base_url?: string | undefined;
}

/** What a template gives, or what stands in its place without one. */
interface Base {
  readonly template: Template | undefined;
  readonly credentialType: CredentialType;
  readonly variables: Readonly<Record<string, string>>;
  readonly injection: readonly InjectionRule[];
  readonly defaultHeaders: Readonly<Record<string, string>>;
  readonly allowedHosts: readonly string[];
  readonly baseUrl: string | null;
  readonly verify: TemplateVerify | null;
}

/** Names of places, not secrets: an upstream repeats them in every answer. */
const AWS_PUBLIC = ['region', 'service', ...ROLE_FIELDS];

export function defineSecret(asked: Asked, egressAllow: AddressPolicy): Definition {
  const base = asked.template === undefined ? ownBase(asked) : templateBase(asked, asked.template);
  const { rules, hosts } = checkRulesAndHosts(base, asked, egressAllow);
  const publicFields = publicFieldsOf(base, asked);
  const problems = checkCredential({
    credentialType: base.credentialType,
    credential: asked.credential,
    rules,
    publicFields,
    optionalFields: optionalOf(base.template),
  });
  refuseIf([
    ...problems,
    ...baseUrlIssues(asked.base_url, hosts),
    ...stsEndpointIssues(asked.credential, hosts),
  ]);
  return {
    template: base.template?.id ?? null,
    variables: base.variables,
    credential_type: base.credentialType,
    fields: Object.keys(asked.credential).sort(),
    public_fields: publicFields,
    injection: rules,
    default_headers: Object.entries(base.defaultHeaders),
    allowed_hosts: hosts,
    allow_any_host: asked.allow_any_host ?? false,
    delivery: asked.delivery ?? 'any',
    base_url: asked.base_url ?? base.baseUrl,
    verify: base.verify,
    role_arn: roleArnOf(base.credentialType, asked.credential),
  };
}

/** In the open: it is no secret, and whoever approves a call has to see it. */
const roleArnOf = (type: CredentialType, credential: Readonly<Record<string, string>>): string | null =>
  (type === 'aws_sigv4' && credential['role_arn']) || null;

/** The definition of a stored secret with changes applied; `credential` is the new one, or the names of the old one. */
export function redefineSecret(
  before: SecretRow,
  change: Pick<Asked, 'injection' | 'allowed_hosts' | 'allow_any_host' | 'delivery'> & {
    readonly credential?: Readonly<Record<string, string>> | undefined;
  },
  egressAllow: AddressPolicy,
): Definition {
  const template = before.template === null ? undefined : findTemplate(before.template);
  const base: Base = {
    template,
    credentialType: before.credential_type,
    variables: before.variables,
    injection: before.injection,
    defaultHeaders: Object.fromEntries(before.default_headers),
    allowedHosts: before.allowed_hosts,
    baseUrl: before.base_url,
    verify: before.verify,
  };
  const allowAnyHost = change.allow_any_host ?? before.allow_any_host;
  const isNarrowedFromAny = before.allow_any_host && !allowAnyHost && change.allowed_hosts === undefined;
  if (isNarrowedFromAny)
    refuseIf([{ path: 'allowed_hosts', message: 'is needed when allow_any_host is switched off' }]);
  // What is not asked for stays as it was judged then: a rotation must not fail for a setting that changed since.
  const isRebound =
    change.injection !== undefined ||
    change.allowed_hosts !== undefined ||
    allowAnyHost !== before.allow_any_host;
  const { rules, hosts } = isRebound
    ? checkRulesAndHosts(base, { ...change, allow_any_host: allowAnyHost }, egressAllow)
    : { rules: before.injection, hosts: before.allowed_hosts };
  if (change.credential !== undefined) {
    refuseIf([
      ...checkCredential({
        credentialType: before.credential_type,
        credential: change.credential,
        rules,
        publicFields: before.public_fields.filter((name) => change.credential?.[name] !== undefined),
        optionalFields: optionalOf(template),
      }),
      ...addressIssues(before, template, change.credential),
      ...roleLossIssues(before, change.credential),
      ...stsEndpointIssues(change.credential, hosts),
    ]);
  }
  return {
    ...before,
    fields: change.credential === undefined ? before.fields : Object.keys(change.credential).sort(),
    injection: rules,
    allowed_hosts: hosts,
    allow_any_host: allowAnyHost,
    delivery: change.delivery ?? before.delivery,
    role_arn:
      change.credential === undefined
        ? before.role_arn
        : roleArnOf(before.credential_type, change.credential),
  };
}

function ownBase(asked: Asked): Base {
  if (asked.variables !== undefined)
    refuseIf([{ path: 'variables', message: 'belong to a template; name one' }]);
  const credentialType = asked.credential_type;
  if (credentialType === undefined) {
    throw new Refusal('invalid_request', {
      issues: [{ path: 'credential_type', message: 'is needed, or a template' }],
    });
  }
  return {
    template: undefined,
    credentialType,
    variables: {},
    injection: defaultInjection(credentialType),
    defaultHeaders: {},
    allowedHosts: [],
    baseUrl: null,
    verify: null,
  };
}

function templateBase(asked: Asked, id: string): Base {
  const template = findTemplate(id);
  if (template === undefined) {
    throw new Refusal('invalid_request', {
      issues: [{ path: 'template', message: 'is not in the catalogue; GET /v1/catalog lists it' }],
    });
  }
  if (asked.credential_type !== undefined && asked.credential_type !== template.credential_type) {
    refuseIf([{ path: 'credential_type', message: `is ${template.credential_type} in this template` }]);
  }
  const resolved = resolveTemplate(template, asked.variables ?? {}, asked.credential);
  if (!resolved.ok) throw new Refusal('invalid_request', { issues: resolved.issues });
  return {
    template,
    credentialType: template.credential_type,
    variables: resolved.values,
    injection: resolved.injection,
    defaultHeaders: resolved.default_headers,
    allowedHosts: resolved.allowed_hosts,
    baseUrl: resolved.base_url,
    verify: resolved.verify,
  };
}

function checkRulesAndHosts(
  base: Base,
  asked: Pick<Asked, 'injection' | 'allowed_hosts' | 'allow_any_host'>,
  egressAllow: AddressPolicy,
): { rules: readonly InjectionRule[]; hosts: string[] } {
  const parsed = parseInjection(asked.injection ?? base.injection, {
    credentialType: base.credentialType,
    fields:
      asked.injection === undefined && base.template !== undefined
        ? new Set(base.template.fields.map(({ name }) => name))
        : undefined,
  });
  const { hosts, issues } = parseHosts(base, asked, egressAllow);
  refuseIf([...parsed.issues, ...issues]);
  return { rules: parsed.rules, hosts };
}

function parseHosts(
  base: Base,
  asked: Pick<Asked, 'allowed_hosts' | 'allow_any_host'>,
  egressAllow: AddressPolicy,
): { hosts: string[]; issues: ErrorIssue[] } {
  const allowAnyHost = asked.allow_any_host ?? false;
  const entries = asked.allowed_hosts ?? (allowAnyHost ? ['*'] : base.allowedHosts);
  if (entries.length === 0) {
    return {
      hosts: [],
      issues: [{ path: 'allowed_hosts', message: 'is needed: the hosts that this credential may go to' }],
    };
  }
  if (allowAnyHost && !entries.includes('*')) {
    return { hosts: [], issues: [{ path: 'allow_any_host', message: 'goes with allowed_hosts ["*"] only' }] };
  }
  const hosts: string[] = [];
  const issues: ErrorIssue[] = [];
  entries.forEach((entry, i) => {
    const pinnedByTemplate =
      base.template?.variables.length === 0 && base.template.allowed_hosts.includes(entry);
    const pattern = parseHostPattern(entry, {
      credentialType: base.credentialType,
      pinnedByTemplate,
      egressAllow,
      allowAnyHost,
    });
    if (typeof pattern === 'string') issues.push({ path: `allowed_hosts.${i}`, message: pattern });
    else if (!hosts.includes(pattern.text)) hosts.push(pattern.text);
  });
  return { hosts, issues };
}

function publicFieldsOf(base: Base, asked: Asked): string[] {
  const ofTemplate = base.template?.fields.filter((field) => !field.secret).map(({ name }) => name) ?? [];
  const ofType = base.credentialType === 'aws_sigv4' ? AWS_PUBLIC : [];
  const wanted = new Set([
    ...(asked.public_fields ?? []),
    ...[...ofTemplate, ...ofType].filter((name) => name in asked.credential),
  ]);
  return [...wanted].sort();
}

function optionalOf(template: Template | undefined): ReadonlySet<string> {
  return new Set(template?.fields.filter((field) => field.optional === true).map(({ name }) => name));
}

function baseUrlIssues(baseUrl: string | undefined, hosts: readonly string[]): ErrorIssue[] {
  if (baseUrl === undefined) return [];
  const target = parseTarget(baseUrl, { field: 'base_url' });
  if (target.hasQuery) return [{ path: 'base_url', message: 'must not have a query' }];
  return compileHosts(hosts).matches(target)
    ? []
    : [{ path: 'base_url', message: 'must be on one of the allowed hosts' }];
}

/** Public ids that are part of the allowed hosts are frozen with the secret: with another one, hosts and header drift apart. */
function addressIssues(
  before: SecretRow,
  template: Template | undefined,
  credential: Readonly<Record<string, string>>,
): ErrorIssue[] {
  return (template?.fields ?? [])
    .filter(({ name, address }) => address !== undefined && credential[name] !== before.variables[name])
    .map(({ name }) => ({
      path: `credential.${name}`,
      message: 'is part of the allowed hosts and stays as it was; store a new secret for another',
    }));
}

/** I7: where a role is assumed, if not at AWS, is a host of the credential like any other. The value has been judged. */
function stsEndpointIssues(
  credential: Readonly<Record<string, string>>,
  hosts: readonly string[],
): ErrorIssue[] {
  const endpoint = credential['sts_endpoint'] ?? '';
  if (endpoint === '' || !URL.canParse(endpoint)) return [];
  const target = parseTarget(`${endpoint}/`, { field: 'credential.sts_endpoint' });
  if (compileHosts(hosts).matches(target)) return [];
  return [{ path: 'credential.sts_endpoint', message: 'Must be one of the allowed hosts.' }];
}

/** Without its role the credential could do whatever its user may: giving that up has to be said. */
function roleLossIssues(before: SecretRow, credential: Readonly<Record<string, string>>): ErrorIssue[] {
  if (!before.fields.includes('role_arn') || Object.hasOwn(credential, 'role_arn')) return [];
  const message = 'The stored credential assumes a role: name it again, or send it empty to give it up.';
  return [{ path: 'credential.role_arn', message }];
}

function refuseIf(issues: readonly ErrorIssue[]): void {
  if (issues.length > 0) throw new Refusal('invalid_request', { issues });
}
