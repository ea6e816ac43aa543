/** The routes of people and of coming in. */
import type { ApiParts } from '../parts.ts';
import type { Routes } from '../routes.ts';
import { registerInvitations } from './invitations.ts';
import { registerMembers } from './members.ts';
import { registerSignInOptions } from './options.ts';
import { registerPasskeys } from './passkeys.ts';
import { registerPassword } from './password.ts';
import { registerRecovery } from './recovery.ts';
import { registerSecondFactor } from './second-factor.ts';
import { registerSessions } from './sessions.ts';
import { registerSetUp } from './set-up.ts';
import { registerSso } from './sso.ts';
import { registerStepUp } from './step-up.ts';
import { registerTokens } from './tokens.ts';

export function registerPeople(routes: Routes, parts: ApiParts): void {
  registerSetUp(routes, parts);
  registerSignInOptions(routes, parts);
  registerSessions(routes, parts);
  registerStepUp(routes, parts);
  registerPassword(routes, parts);
  registerSecondFactor(routes, parts);
  registerPasskeys(routes, parts);
  registerMembers(routes, parts);
  registerInvitations(routes, parts);
  registerRecovery(routes, parts);
  registerSso(routes, parts);
  registerTokens(routes, parts);
}
