/**
 * What a set-up guide of a template is: where the vendor makes a credential, what to allow it, and how to see that
 * it works; besides, what a gallery shows of the template. Words only; no guide holds a credential or an address that is called.
 */
import { z } from 'zod';

/** One line or a few sentences. The only markup is **bold**, for menus and buttons as the vendor writes them. */
const sentence = z
  .string()
  .min(1)
  .max(400)
  .regex(/^\S.*\S$/, 'is one line')
  .refine((text) => text.split('**').length % 2 === 1, 'closes what it sets in bold');
const sentences = z.array(sentence).max(6);
const words = z.string().min(1).max(120);

const value = z
  .strictObject({
    /** Where on the vendor's page it is found. */
    where: sentence,
    /** Its form, such as "sk-…"; never a whole value. */
    looks: words.optional(),
  })
  .readonly();

export const guideSchema = z
  .strictObject({
    template: z.string().min(1),
    /** What the API is, for people who search the gallery. */
    summary: z.string().min(1).max(120),
    /** What people search for beside name and summary; lower case. */
    keywords: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9 .+-]*$/))
      .max(10)
      .readonly(),
    /** A tile drawn without anybody's logo. `hue`: 0–359 degrees, null for brands in black and white. */
    tile: z
      .strictObject({
        monogram: z.string().regex(/^[A-Z0-9][A-Za-z0-9.]?$/),
        hue: z.number().int().min(0).max(359).nullable(),
      })
      .readonly(),
    /** Whether menus and limits were read in the vendor's documentation or are told from memory. */
    checked: z.enum(['vendor_docs', 'from_memory']),
    /** Where keys are made. Null where every installation has its own address. */
    key_page: z
      .strictObject({ label: words, url: z.string().regex(/^https:\/\/[^\s/]/) })
      .readonly()
      .nullable(),
    steps: sentences.min(2).readonly(),
    /** By the name of a field or a variable. */
    values: z.record(z.string(), value).readonly(),
    /** The least that is useful. Only what the vendor has under that name. */
    scopes: z
      .array(z.strictObject({ name: words, why: sentence }).readonly())
      .max(8)
      .readonly(),
    /** How long a credential lives, and how to replace it. */
    expires: sentence.nullable(),
    /** What the template's harmless call does; null where it has none. */
    test_call: sentence.nullable(),
    pitfalls: sentences.readonly(),
  })
  .readonly();

export type GuideFile = z.infer<typeof guideSchema>;

/** Gives a guide's file its type, so that a misspelt key does not compile. */
export const defineGuide = (guide: GuideFile): GuideFile => guide;
