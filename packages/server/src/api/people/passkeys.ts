/** One's own passkeys: added, named, removed; and coming in or stepping up with one. */
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { getLiveMember, getPasskeyOwner, type Actor } from '../../access/people.ts';
import { spendChallenge, type ChallengeUse } from '../../people/challenges.ts';
import { authenticationOptions, verifyAuthentication } from '../../people/passkeys.ts';
import { Refusal } from '../../refusal.ts';
import { UniqueViolation, type Queryable } from '../../store/database.ts';
import {
  findPasskeyByCredential,
  selectPasskeys,
  usePasskey,
  type FoundPasskey,
} from '../../store/passkeys.ts';
import { changeEvent } from '../events.ts';
import { afterOf, FIRST_ID, page } from '../pages.ts';
import type { ApiParts } from '../parts.ts';
import type { Routes } from '../routes.ts';
import { countGuessAtAddress } from './guesses.ts';
import { tellMember } from './letters.ts';
import { getMemberIn } from './member-rows.ts';
import {
  challengeFor,
  getSite,
  judgeNewPasskey,
  judgeOf,
  offerNewPasskey,
  passkeyKnown,
} from './new-passkey.ts';
import { sessionView } from './session-view.ts';
import { checkHasWayIn } from './sso-identities.ts';
import { signInAs, type Coming, type Proven } from './sign-in.ts';
import { stepUpAs } from './step-up.ts';

/** More than anybody has devices. */
export const PASSKEYS_MAX = 20;

const SIGN_IN: ChallengeUse = { purpose: 'passkey sign-in', boundTo: '' };
const stepUpOf = (actor: Actor): ChallengeUse => ({ purpose: 'passkey step-up', boundTo: actor.viaId });
const registrationOf = (actor: Actor): ChallengeUse => ({
  purpose: 'passkey registration',
  boundTo: actor.viaId,
});

const passkeyView = ({ row, use }: FoundPasskey) => ({
  passkey_id: row.passkey_id,
  name: row.name,
  created_at: row.created_at.toISOString(),
  last_used_at: use.last_used_at?.toISOString() ?? null,
  is_synced: row.is_synced,
});

export function registerPasskeys(routes: Routes, parts: ApiParts): void {
  registerOwn(routes, parts);

  routes.route('startPasskeySignIn', async () => ({
    options: { ...(await authenticationOptions(getSite(parts), challengeFor(parts, SIGN_IN), [])) },
  }));

  routes.route('signInWithPasskey', async ({ body, ...call }) => {
    const proven = await provePasskey(parts, body.credential, SIGN_IN, call);
    return sessionView(parts, await signInAs(parts, proven, call));
  });

  routes.route('startPasskeyStepUp', async ({ actor }) => {
    const known = (await ownPasskeys(parts.db, actor)).map(({ row }) => row);
    if (known.length === 0) throw new Refusal('conflict', { message: 'You have no passkey.' });
    const challenge = challengeFor(parts, stepUpOf(actor));
    return { options: { ...(await authenticationOptions(getSite(parts), challenge, known)) } };
  });

  routes.route('stepUpWithPasskey', async ({ actor, body, ...call }) =>
    stepUpAs(parts, actor, await provePasskey(parts, body.credential, stepUpOf(actor), call), call),
  );
}

function registerOwn(routes: Routes, parts: ApiParts): void {
  routes.route('listPasskeys', async ({ actor, query }) => {
    const rows = await selectPasskeys(parts.db, actor, afterOf(query.cursor), query.limit + 1);
    return page(rows, query.limit, ({ row }) => row.passkey_id, passkeyView);
  });

  routes.route('startPasskey', async ({ actor }) => {
    const member = await getLiveMember(parts, actor.orgId, actor.memberId);
    const known = (await ownPasskeys(parts.db, actor)).map(({ row }) => row);
    return { options: { ...(await offerNewPasskey(parts, member, registrationOf(actor), known)) } };
  });

  routes.route('addPasskey', async ({ actor, body, requestId, ip }) => {
    const made = await judgeNewPasskey(parts, actor, body, registrationOf(actor));
    try {
      const added = await parts.organizations.change(actor.orgId, async (draft) => {
        if ((await ownPasskeys(draft.tx, actor)).length >= PASSKEYS_MAX)
          throw new Refusal('conflict', {
            message: `You have ${PASSKEYS_MAX} passkeys, and more are not kept.`,
            hint: 'Remove one first.',
          });
        draft.audit(
          changeEvent({ actor, requestId, clock: parts.clock, ip }, 'passkey.added', {
            context: { passkey: made.row.passkey_id, name: made.row.name },
          }),
        );
        return draft.insertPasskey(made.row, made.signCount);
      });
      tellMember(parts, actor.email, 'passkey_added', ip);
      return passkeyView({ row: added, use: { sign_count: made.signCount, last_used_at: null } });
    } catch (error) {
      if (error instanceof UniqueViolation) throw passkeyKnown(error);
      throw error;
    }
  });

  routes.route('renamePasskey', async ({ actor, params, body, requestId, ip }) => {
    return parts.organizations.change(actor.orgId, async (draft) => {
      const before = await getOwn(draft.tx, actor, params.passkey_id);
      const row = await draft.renamePasskey(before.row, body.name);
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'passkey.renamed', {
          context: { passkey: row.passkey_id, name: row.name },
        }),
      );
      return passkeyView({ row, use: before.use });
    });
  });

  routes.route('removePasskey', async ({ actor, params, requestId, ip }) => {
    await parts.organizations.change(actor.orgId, async (draft) => {
      const { row } = await getOwn(draft.tx, actor, params.passkey_id);
      await draft.deletePasskey(row);
      await checkHasWayIn(parts, draft.tx, await getMemberIn(parts, draft.tx, actor));
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'passkey.removed', {
          context: { passkey: row.passkey_id, name: row.name },
        }),
      );
    });
    tellMember(parts, actor.email, 'passkey_removed', ip);
    return undefined;
  });
}

/** The member whose passkey answered; with its user verified it is both factors. @throws Refusal */
async function provePasskey(
  parts: ApiParts,
  credential: object,
  use: ChallengeUse,
  { ip }: Coming,
): Promise<Proven> {
  const response = credential as AuthenticationResponseJSON; // edge: the schema is this shape, and the library reads it strictly
  const guess = await countGuessAtAddress(parts, 'passkey', ip);
  const found = await findPasskeyByCredential(parts.db, Buffer.from(response.id, 'base64url'));
  if (found === undefined) throw unknownPasskey();
  const member = await getPasskeyOwner(parts, found.row);
  const proof = await verifyAuthentication(getSite(parts), response, found, judgeOf(parts, use));
  const isFirst = proof !== undefined && (await spendChallenge(parts.db, parts.pepper(), proof.challenge));
  if (!isFirst || !(await usePasskey(parts.db, found.row, proof.signCount))) {
    parts.failedSignIns.note({ orgId: member.org_id, memberId: member.member_id, fault: 'passkey', ip });
    throw unknownPasskey();
  }
  await guess.right();
  return { member, by: 'passkey' };
}

const unknownPasskey = (): Refusal =>
  new Refusal('unauthenticated', {
    message: 'This passkey does not sign in here.',
    hint: 'Begin anew, or sign in with the password.',
  });

const ownPasskeys = (db: Queryable, actor: Actor): Promise<FoundPasskey[]> =>
  selectPasskeys(db, actor, FIRST_ID, PASSKEYS_MAX);

async function getOwn(tx: Queryable, actor: Actor, passkeyId: string): Promise<FoundPasskey> {
  const found = (await ownPasskeys(tx, actor)).find(({ row }) => row.passkey_id === passkeyId);
  if (found === undefined) throw new Refusal('not_found');
  return found;
}
