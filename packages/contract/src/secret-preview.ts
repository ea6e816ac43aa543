/** The request that would go out with a secret that is not stored yet, on the wire. No value of a credential goes in or comes out. */
import { z } from 'zod';
import { credentialFieldName, injectionRule, secretCreate } from './schemas.ts';

/** As many fields as a credential may have. */
const FIELDS_MAX = 32;

/** What a secret is made of, with the names of its fields in the place of their values. */
export const secretPreview = secretCreate
  .omit({ name: true, credential: true, delivery: true, rotate_by: true })
  .extend({
    fields: z
      .array(credentialFieldName)
      .max(FIELDS_MAX)
      .describe('names of the fields that will be given; never their values'),
    addresses: z
      .record(credentialFieldName, z.string().max(256))
      .optional()
      .describe('public ids that are part of an address, where the template has such fields; no others'),
  });

const piece = z.object({
  text: z.string().describe('dots where a value will stand'),
  fields: z.array(z.string()).describe('whose values stand there; empty for literal text'),
});

export const secretPreviewed = z.object({
  injection: z.array(injectionRule),
  allowed_hosts: z.array(z.string()),
  base_url: z.string().nullable(),
  request: z.object({
    method: z.string(),
    origin: z.string(),
    target: z.array(piece).describe('path and query'),
    headers: z
      .array(z.object({ name: z.string(), value: z.array(piece) }))
      .describe('those that the vault sets'),
    body: z.string().nullable(),
  }),
});
