/**
 * What the form of a secret holds, and what of it goes to the API. The values of a credential go into the body that is sent once
 * and into nothing else; a preview is asked for with the names of the fields.
 */
import { ROLE_FIELDS } from '@alter-vault/contract/role-fields';
import type { Path } from 'react-hook-form';
import type { TemplateWithGuide } from '../../api/catalog.ts';
import type { Body } from '../../api/client.ts';
import { presignLimit, SIGNED_FREELY, wireAws, type AwsRule } from '../../ui/aws.ts';
import { rule, wireRule, type Rule, type WireRule } from '../../ui/rules.ts';

type Create = Body<'createSecret'>;
export type Preview = Body<'previewSecret'>;
export type CredentialType = NonNullable<Create['credential_type']>;
export type Delivery = NonNullable<Create['delivery']>;

export interface MoreField {
  /** Its value is `values[row]`: a name can change while it is typed. */
  readonly row: string;
  readonly name: string;
  readonly isPublic: boolean;
}

export interface FormValues {
  readonly name: string;
  readonly variables: Record<string, string>;
  readonly credential: Record<string, string>;
  /** Of further fields, by row. */
  readonly values: Record<string, string>;
  readonly more: MoreField[];
  readonly credential_type: CredentialType;
  readonly injection: Rule[];
  /** Of a template only the time that presigned URLs may live is asked for: it says the rest itself. */
  readonly aws: AwsRule;
  /** Null: those of the template. */
  readonly allowed_hosts: readonly string[] | null;
  readonly allow_any_host: boolean;
  readonly base_url: string;
  readonly delivery: Delivery;
  /** A day of the calendar, or empty. */
  readonly rotate_by: string;
}

/** What a preview hangs on: everything but what is secret. */
export type Shape = Pick<
  FormValues,
  | 'variables'
  | 'more'
  | 'credential_type'
  | 'injection'
  | 'aws'
  | 'allowed_hosts'
  | 'allow_any_host'
  | 'base_url'
>;

/** The vault's own defaults, spelt out so that they can be changed. */
export const DEFAULT_RULES: Readonly<Record<CredentialType, readonly Rule[]>> = {
  bearer: [rule('header', 'Authorization', 'Bearer {token}')],
  api_key: [rule('header', 'X-API-Key', '{token}')],
  basic: [rule('basic', '', '')],
  aws_sigv4: [],
};

/** The fields that a credential of the type always has. */
export const FIELDS = {
  bearer: ['token'],
  api_key: ['token'],
  basic: ['username', 'password'],
  aws_sigv4: ['access_key_id', 'secret_access_key'],
} as const;
export const AWS_OPTIONAL = ['session_token', ...ROLE_FIELDS] as const;

export const BLANK: FormValues = {
  name: '',
  variables: {},
  credential: {},
  values: {},
  more: [],
  credential_type: 'bearer',
  injection: [...DEFAULT_RULES.bearer],
  aws: SIGNED_FREELY,
  allowed_hosts: [],
  allow_any_host: false,
  base_url: '',
  delivery: 'any',
  rotate_by: '',
};

export function valuesFor(template: TemplateWithGuide): FormValues {
  return {
    ...BLANK,
    name: template.id.replaceAll('_', '-'),
    variables: Object.fromEntries(template.variables.map((one) => [one.name, one.default ?? ''])),
    credential: Object.fromEntries(template.fields.map((field) => [field.name, ''])),
    credential_type: template.credential_type,
    injection: [],
    allowed_hosts: null,
  };
}

const given = (texts: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
  );

/** `injection`: in the place of the template's own. */
export function bodyOf(
  values: FormValues,
  template: TemplateWithGuide | undefined,
  injection: readonly WireRule[] | undefined,
): Create {
  const { name, delivery, rotate_by: day, credential_type: type } = values;
  const more = type === 'api_key' && template === undefined ? values.more : [];
  const own =
    template === undefined
      ? Object.fromEntries(typeFields(type).map((key) => [key, values.credential[key]]))
      : values.credential;
  return {
    name,
    ...definitionOf(values, template),
    ...(injection === undefined ? {} : { injection: [...injection] }),
    credential: {
      ...given(own),
      ...given(Object.fromEntries(more.map(({ name: key, row }) => [key, values.values[row]]))),
    },
    delivery,
    ...(day === '' ? {} : { rotate_by: new Date(`${day}T00:00:00`).toISOString() }),
  };
}

/** What the vault is asked for the template's own rules with, its variables filled in; undefined where they stay as they are. */
export function limitedPreviewOf(
  values: FormValues,
  template: TemplateWithGuide | undefined,
): Preview | undefined {
  if (template?.credential_type !== 'aws_sigv4') return undefined;
  if (presignLimit(values.aws).presign_seconds_max === undefined) return undefined;
  const filled = given(values.credential);
  const addresses = template.fields.filter(({ address, secret }) => address !== undefined && !secret);
  return previewOf(values, template, {
    names: new Set(Object.keys(filled)),
    addresses: Object.fromEntries(addresses.map(({ name }) => [name, filled[name] ?? ''])),
  });
}

export const limited = (rules: readonly WireRule[], { aws }: FormValues): WireRule[] =>
  rules.map((one) => (one.in === 'aws_sigv4' ? { ...one, ...presignLimit(aws) } : one));

/** Where a preview goes before there is a host: a reserved name (RFC 2606). */
export const HOST_BEFORE = 'api.example.com';

/** `filled`: names of the fields, among those that may be left out, that have a value. */
export function previewOf(
  shape: Shape,
  template: TemplateWithGuide | undefined,
  filled: { readonly names: ReadonlySet<string>; readonly addresses: Readonly<Record<string, string>> },
): Preview {
  const names =
    template === undefined
      ? [
          ...typeFields(shape.credential_type).filter((name) => !isOptional(name) || filled.names.has(name)),
          ...(shape.credential_type === 'api_key' ? shape.more.map(({ name }) => name).filter(Boolean) : []),
        ]
      : template.fields
          .filter((field) => field.optional !== true || filled.names.has(field.name))
          .map((field) => field.name);
  const addresses = given(filled.addresses);
  const isAnywhere = shape.allowed_hosts?.length === 0;
  return {
    ...definitionOf(isAnywhere ? { ...shape, allowed_hosts: [HOST_BEFORE] } : shape, template),
    fields: [...new Set(names)],
    ...(Object.keys(addresses).length === 0 ? {} : { addresses }),
  };
}

const isOptional = (name: string): boolean => AWS_OPTIONAL.some((one) => one === name);

function typeFields(type: CredentialType): readonly string[] {
  return type === 'aws_sigv4' ? [...FIELDS[type], ...AWS_OPTIONAL] : FIELDS[type];
}

function definitionOf(shape: Shape, template: TemplateWithGuide | undefined) {
  const hosts = shape.allow_any_host ? ['*'] : shape.allowed_hosts;
  const where = {
    ...(hosts === null ? {} : { allowed_hosts: [...hosts] }),
    ...(shape.allow_any_host ? { allow_any_host: true } : {}),
    ...(shape.base_url === '' ? {} : { base_url: shape.base_url }),
  };
  if (template !== undefined) return { template: template.id, variables: given(shape.variables), ...where };
  const publicFields = shape.more
    .filter((field) => field.isPublic && field.name !== '')
    .map(({ name }) => name);
  return {
    credential_type: shape.credential_type,
    injection: wireRules(shape),
    ...(shape.credential_type === 'api_key' && publicFields.length > 0
      ? { public_fields: publicFields }
      : {}),
    ...where,
  };
}

function wireRules({ credential_type: type, injection, aws }: Shape): WireRule[] {
  if (type === 'aws_sigv4') return [wireAws(aws)];
  return injection.map(wireRule);
}

/** Where in the form stands what the API calls by another name. */
export function formPath(path: string, { more, credential_type: type }: FormValues): string {
  const field = /^credential\.(.+)$/.exec(path)?.[1];
  const row = more.find(({ name }) => name === field)?.row;
  if (row !== undefined) return `values.${row}`;
  if (type === 'aws_sigv4' && path.startsWith('injection.0.')) return path.replace('injection.0', 'aws');
  if (path.startsWith('addresses.')) return path.replace('addresses', 'credential');
  return path;
}

/** The fields that the form shows, by their paths. */
export function pathsOf(values: FormValues, template: TemplateWithGuide | undefined): Path<FormValues>[] {
  const common = ['name', 'allowed_hosts', 'delivery', 'rotate_by'] as const;
  if (template !== undefined)
    return [
      ...common,
      ...template.variables.map(({ name }) => `variables.${name}` as const),
      ...template.fields.map(({ name }) => `credential.${name}` as const),
      'aws.presign_seconds_max',
    ];
  const parts = ['name', 'format', 'username', 'password'] as const;
  return [
    ...common,
    'allow_any_host',
    'base_url',
    'credential_type',
    'aws.service',
    'aws.region',
    'aws.services',
    'aws.regions',
    'aws.presign_seconds_max',
    ...typeFields(values.credential_type).map((name) => `credential.${name}` as const),
    ...values.more.flatMap(({ row }, at) => [`values.${row}` as const, `more.${at}.name` as const]),
    ...values.injection.flatMap((_, at) => parts.map((part) => `injection.${at}.${part}` as const)),
    ...values.injection.map((_, at) => `injection.${at}.kind` as const),
  ];
}
