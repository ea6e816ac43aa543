/** What the pages of the audit log need beside its search, on the wire: one event with its hashed bytes. */
import { z } from 'zod';
import { id } from './pieces.ts';
import { auditEvent } from './schemas.ts';

export const auditEventDetail = z.object({
  event: auditEvent,
  app_id: id,
  canonical: z.string().describe('base64 of the hashed bytes: leaf = SHA-256(0x00 || canonical)'),
  salts: z
    .object({ context: z.string().nullable(), reason: z.string().nullable(), query: z.string().nullable() })
    .describe('base64url; null when erased'),
  related: z.array(auditEvent).describe('the other events of the same request, in their order'),
});
