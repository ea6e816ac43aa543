/** A member as the pages here know them. */
import type { Answer } from '../../api/client.ts';
import { members } from '../../texts/members.ts';

export type Member = Answer<'listMembers'>['items'][number];

export const nameOf = ({ display_name, email }: Member): string => display_name ?? email ?? members.noEmail;
