/** Finding things of an app by name or id on the wire, and its place in the endpoint table. */
import { z } from 'zod';
import { define } from './endpoint.ts';
import { appParam, id } from './pieces.ts';

const TEXT_LENGTH_MAX = 128;

const kind = z.enum(['secret', 'grant', 'agent', 'key', 'policy', 'channel', 'member']);

const found = z.object({
  kind,
  id,
  name: z.string().describe('of a grant its label, or its id'),
  detail: z.string().describe('what tells it from others: template, secret, prefix, type, role'),
  secret_id: id.nullable().describe('of a grant'),
});

export const SEARCH_ENDPOINTS = {
  search: define({
    method: 'GET',
    path: '/v1/apps/:app/search',
    summary: 'Find what of an app has a name or id, best first; of each kind for those who may read it',
    tag: 'Overview',
    permission: 'apps:read',
    audit: null,
    params: z.object({ app: appParam }),
    query: z.strictObject({
      q: z
        .string()
        .min(1)
        .max(TEXT_LENGTH_MAX)
        .refine((text) => !text.includes('\0') && text.isWellFormed(), 'is no text')
        .optional()
        .describe('part of a name, or the beginning of an id or of a key; without it all, by name'),
      kind: kind.optional().describe('only of this kind'),
    }),
    status: 200,
    answer: z.object({
      items: z.array(found).describe('at most 20; 50 of one kind'),
      is_more: z.boolean().describe('more were found than are answered'),
    }),
  }),
} as const;
