/** What the schemas of the wire are put together from: names, ids, times, pages. */
import { z } from 'zod';

/** Names show up in tables, logs and command lines; this is what still fits there. */
export const NAME_LENGTH_MAX = 128;
export const LABEL_LENGTH_MAX = 256;
export const PAGE_LIMIT_MAX = 200;
export const PAGE_LIMIT_DEFAULT = 50;
/** Ten years: a longer-lived thing is one without expiry. */
export const TTL_SECONDS_MAX = 10 * 366 * 24 * 3600;

/** Text that people read in lists, terminals and CSV. */
export const plainText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(
      (text) => !/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(text),
      'must not hold control or direction characters',
    )
    .refine((text) => text.trim() === text, 'must not begin or end with white space');

export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'letters, digits, ".", "_" and "-", beginning with a letter or digit',
  )
  .max(NAME_LENGTH_MAX)
  .refine((name) => !/^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(name), 'must not look like an id');

/** Any UUID, whatever its version: an id that nobody has is `not_found`, not malformed. */
export const uuid = z.guid().transform((id) => id.toLowerCase());
/** RFC 3339 has years of four digits: with an offset the same moment in UTC may need more, and could not be shown. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');
export const time = z.iso
  .datetime({ offset: true })
  .refine((text) => {
    const at = Date.parse(text);
    return at >= FIRST_MS && at <= LAST_MS;
  }, 'must lie between the years 0000 and 9999 of UTC')
  .describe('RFC 3339');
export const timeOut = z.iso.datetime();
export const nullableTime = timeOut.nullable();
export const id = z.guid();

export const appParam = z
  .string()
  .min(1)
  .max(NAME_LENGTH_MAX)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'is no name')
  .describe('app_id or name of the app');

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
  cursor: z.string().max(1024).optional(),
});

/** The whole catalogue unless less is asked for. */
export const catalogQuery = pageQuery.extend({
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT_MAX).default(PAGE_LIMIT_MAX),
});

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() });

/** Of a list, by part of a name. */
export const searchText = z.string().min(1).max(256).optional();
