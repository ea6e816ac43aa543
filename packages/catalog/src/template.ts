/**
 * What a provider template is: its type and its schema. Data only; a template never holds a credential,
 * and nothing here fills one in (resolve.ts does).
 */
import { CREDENTIAL_TYPES, type InjectionRule } from '@alter-vault/contract';
import { z } from 'zod';

export const CATEGORIES = [
  'ai',
  'communication',
  'custom',
  'data',
  'developer_tools',
  'marketing',
  'monitoring',
  'payments',
  'storage',
] as const;

/** Where the header names and formats of a template were read. `unconfirmed`: nowhere that the vendor wrote. */
export const SOURCE_KINDS = [
  'vendor_openapi',
  'vendor_docs',
  'vendor_sdk',
  'third_party',
  'unconfirmed',
  'none',
] as const;

const name = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);
const text = z.string().min(1).max(400);
const httpsUrl = z
  .string()
  .regex(/^https:\/\/[^\s/]/)
  .max(2048);
const pattern = z
  .string()
  .regex(/^\^.*\$$/s, 'is anchored at both ends')
  .refine((source) => isRegExp(source), 'is a regular expression');
const headers = z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string().min(1)).readonly();
const sigv4Scope = z.strictObject({ service: z.string().min(1), region: z.string().min(1) }).readonly();

const variable = z
  .strictObject({
    name,
    label: text.optional(),
    example: z.string(),
    /** Anchored, without flags; what a value must match. */
    pattern,
    /** Used when none is given. */
    default: z.string().optional(),
    /** When none is given, the addresses that name it are left out. */
    optional: z.literal(true).optional(),
  })
  .readonly();

const field = z
  .strictObject({
    name,
    label: text,
    secret: z.boolean(),
    optional: z.literal(true).optional(),
    /** For a public field that is also part of an address, such as an account id: what a value must match. */
    address: z.strictObject({ example: z.string(), pattern }).readonly().optional(),
  })
  .readonly();

const slot = { name: z.string().min(1), format: z.string().min(1) };
const injectionRule = z.discriminatedUnion('in', [
  z.strictObject({ in: z.literal('header'), ...slot }).readonly(),
  z.strictObject({ in: z.literal('query'), ...slot }).readonly(),
  z
    .strictObject({ in: z.literal('path'), mode: z.enum(['prefix', 'replace']), format: z.string().min(1) })
    .readonly(),
  z.strictObject({ in: z.literal('basic'), username: z.string(), password: z.string() }).readonly(),
  z
    .strictObject({
      in: z.literal('aws_sigv4'),
      service: z.string().min(1).optional(),
      region: z.string().min(1).optional(),
    })
    .readonly(),
]) satisfies z.ZodType<InjectionRule>;

/** A JSON Pointer (RFC 6901) into the answer, for vendors that answer 200 to a wrong key. */
const jsonExpectation = z.union([
  z
    .strictObject({ pointer: z.string().startsWith('/'), equals: z.union([z.string(), z.boolean()]) })
    .readonly(),
  z.strictObject({ pointer: z.string().startsWith('/'), present: z.literal(true) }).readonly(),
]);

const verify = z
  .strictObject({
    method: z.enum(['GET', 'POST']),
    url: httpsUrl,
    headers: headers.optional(),
    /** Sent as it stands: nothing is filled in. */
    body: z.string().min(1).optional(),
    expect_status: z.array(z.number().int().min(200).max(299)).min(1).readonly(),
    /** Besides the status: `equals` this value, or `present` and not null. */
    expect_json: jsonExpectation.optional(),
    /** Signs this call for another service than the injection rule names. */
    sign_as: sigv4Scope.optional(),
    counts_against_quota: z.literal(true).optional(),
    verified: z.boolean(),
  })
  .readonly();

export const templateSchema = z
  .strictObject({
    id: name,
    name: text,
    category: z.enum(CATEGORIES),
    /** The first of `base_urls`: where the gateway goes unless the secret says otherwise. */
    base_url: httpsUrl,
    base_urls: z.array(httpsUrl).min(1).readonly(),
    allowed_hosts: z.array(z.string().min(1)).min(1).readonly(),
    variables: z.array(variable).readonly(),
    credential_type: z.enum(CREDENTIAL_TYPES),
    fields: z.array(field).min(1).readonly(),
    injection: z.array(injectionRule).min(1).readonly(),
    /** Set only where the caller sent none. */
    default_headers: headers,
    verify: verify.nullable(),
    docs_url: httpsUrl.nullable(),
    /** Whether header names and formats were seen in the vendor's own specification, SDK or documentation. */
    verified: z.boolean(),
    source_url: httpsUrl.nullable(),
    source_kind: z.enum(SOURCE_KINDS),
    notes: z.string(),
  })
  .readonly();

export type Template = z.infer<typeof templateSchema>;
export type TemplateVariable = z.infer<typeof variable>;
export type TemplateField = z.infer<typeof field>;
export type TemplateVerify = z.infer<typeof verify>;

/** Gives a template file its type, so that a misspelt key does not compile. */
export const defineTemplate = (template: Template): Template => template;

function isRegExp(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
