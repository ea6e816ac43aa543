/** Telling a member by mail what was changed of how they come in, behind the answer. */
import { changeLetter, type GraveChange } from '../../people/letters.ts';
import type { ApiParts } from '../parts.ts';

/** Does nothing where there is no mail server, or no address. */
export function tellMember(
  parts: Pick<ApiParts, 'memberMail' | 'clock'>,
  email: string | null,
  change: GraveChange,
  ip: string | null,
): void {
  parts.memberMail.post(email, changeLetter(change, new Date(parts.clock.now()), ip));
}
