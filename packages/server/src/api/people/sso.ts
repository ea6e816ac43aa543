/** Single sign-on: begun, come back from, linked and unlinked. Who the provider's account is here: sso-members.ts. */
import type { SsoFault } from '@alter-vault/contract';
import type { FastifyReply } from 'fastify';
import { actorNow, getLiveMember } from '../../access/people.ts';
import type { SsoClaims } from '../../oidc/claims.ts';
import type { SsoProvider } from '../../oidc/provider.ts';
import {
  checksOf,
  FLOW_MS,
  isStateOf,
  makeFlow,
  NOBODY,
  ownPath,
  parseFlow,
  spentFlow,
  type Flow,
  type FlowOwner,
} from '../../people/sso-flows.ts';
import { SsoRefused } from '../../people/sso-refused.ts';
import { Refusal } from '../../refusal.ts';
import { useChallenge } from '../../store/used-challenges.ts';
import type { ApiParts } from '../parts.ts';
import type { Routes } from '../routes.ts';
import { setSsoCookie, ssoCookie } from '../session-cookie.ts';
import { countGuessAtAddress, takeBackGuessAtAddress } from './guesses.ts';
import { tryInvitation } from './invitations.ts';
import { getLinkById } from './links.ts';
import { signInAs, type SignInCall } from './sign-in.ts';
import { linkIdentity, unlinkIdentities } from './sso-identities.ts';
import { joinByLink, knownMember, memberOfClaims } from './sso-members.ts';
import { stepUpAs } from './step-up.ts';
import { stepUpMethods } from './stepped-up.ts';

/** Where each goes on to in the portal; of a sign-in the caller says it. */
const LINKED = '/account?sso=linked';
const STEPPED_UP = '/stepped-up';

export function registerSso(routes: Routes, parts: ApiParts): void {
  const begin = async (
    of: { readonly purpose: Flow['purpose']; readonly owner: FlowOwner; readonly next: string },
    { ip, reply }: { readonly ip: string; readonly reply: FastifyReply },
  ): Promise<{ url: string }> => {
    const provider = getProvider(parts);
    await countGuessAtAddress(parts, 'sso', ip);
    const flow = makeFlow(of, parts.clock.now());
    const url = await provider.begin(checksOf(parts.pepper(), flow));
    setSsoCookie(reply, parts.publicUrl(), flow.text, FLOW_MS / 1000);
    return { url };
  };

  routes.route('startSso', async ({ body, ...call }) =>
    begin({ purpose: 'sign-in', owner: NOBODY, next: ownPath(body.next ?? '/') }, call),
  );

  routes.route('startSsoInvitation', async ({ body, ...call }) => {
    const { link } = await tryInvitation(parts, body.token, call.ip);
    const owner = { orgId: link.org_id, memberId: link.member_id, withId: link.link_id };
    return begin({ purpose: 'invitation', owner, next: '/' }, call);
  });

  routes.route('startSsoStepUp', async ({ actor, ...call }) => {
    const member = await getLiveMember(parts, actor.orgId, actor.memberId);
    if (!(await stepUpMethods(parts, member)).includes('sso')) throw notThisWay();
    return begin({ purpose: 'step-up', owner: { ...actor, withId: actor.viaId }, next: STEPPED_UP }, call);
  });

  routes.route('startSsoLink', async ({ actor, ...call }) =>
    begin({ purpose: 'link', owner: { ...actor, withId: actor.viaId }, next: LINKED }, call),
  );

  routes.route('unlinkSso', async ({ actor, ...call }) => {
    await unlinkIdentities(parts, actor, call);
    return undefined;
  });

  routes.route('finishSso', async (call) => {
    await call.reply.header('Location', await comeBack(parts, call)).send();
    return undefined;
  });
}

/** Where the browser goes on to: always a page of ours, which says in words what went wrong. */
async function comeBack(parts: ApiParts, call: SignInCall): Promise<string> {
  const flow = parseFlow(call.request.cookies[ssoCookie(parts.publicUrl())], parts.clock.now());
  try {
    if (flow === undefined) throw new SsoRefused('expired');
    return await finish(parts, flow, call);
  } catch (error) {
    const refused = error instanceof SsoRefused ? error : inWords(parts, error, call);
    if (flow !== undefined) noteFailure(parts, flow, refused, call.ip);
    return faultPage(flow, refused.fault);
  }
}

/** @throws SsoRefused, Refusal */
async function finish(parts: ApiParts, flow: Flow, call: SignInCall): Promise<string> {
  const { search, searchParams } = new URL(call.request.url, parts.publicUrl());
  // Before anything is asked of the provider: the answer must be for this browser, and the first.
  if (!isStateOf(parts.pepper(), flow, searchParams.get('state') ?? '')) throw new SsoRefused('expired');
  setSsoCookie(call.reply, parts.publicUrl(), '', 0);
  if (!(await useChallenge(parts.db, spentFlow(parts.pepper(), flow), new Date(flow.expiresAt))))
    throw new SsoRefused('expired');
  const claims = await getProvider(parts).finish(search, checksOf(parts.pepper(), flow));
  await goOn(parts, flow, claims, call);
  await takeBackGuessAtAddress(parts, 'sso', call.ip);
  return flow.next;
}

async function goOn(parts: ApiParts, flow: Flow, claims: SsoClaims, call: SignInCall): Promise<void> {
  switch (flow.purpose) {
    case 'sign-in': {
      const member = await memberOfClaims(parts, claims, call);
      await signInAs(parts, { member, by: 'sso' }, call);
      return;
    }
    case 'invitation': {
      const { orgId, memberId, withId } = flow.owner;
      const good = await getLinkById(parts, 'invitation', { orgId, memberId, linkId: withId });
      const member = await joinByLink(parts, good, claims, call);
      await signInAs(parts, { member, by: 'sso' }, call);
      return;
    }
    case 'link': {
      await linkIdentity(parts, await ownerNow(parts, flow, call.ip), claims, call);
      return;
    }
    case 'step-up': {
      const actor = await ownerNow(parts, flow, call.ip);
      const member = await knownMember(parts, claims);
      if (member.member_id !== actor.memberId) throw new SsoRefused('other_account', actor.memberId);
      if (!(await stepUpMethods(parts, member)).includes('sso')) throw notThisWay();
      await stepUpAs(parts, actor, { member, by: 'sso' }, call);
    }
  }
}

/** Whoever began it in their session, if that still lives; its cookie is not sent along from another site. */
const ownerNow = (parts: ApiParts, { owner }: Flow, ip: string) =>
  actorNow(parts, {
    orgId: owner.orgId,
    memberId: owner.memberId,
    via: 'session',
    viaId: owner.withId,
    ip,
  });

/** Of what ends in a sentence for programs elsewhere, as the pages know it. */
function inWords(parts: ApiParts, error: unknown, { requestId }: SignInCall): SsoRefused {
  const code = error instanceof Refusal ? error.code : undefined;
  if (code === 'unauthenticated' || code === 'not_found') return new SsoRefused('expired');
  parts.log.error({ request_id: requestId, err: error }, 'a single sign-on failed');
  return new SsoRefused('failed');
}

/** Of each account and cause the first at once, and how many followed. What anybody can cause without an answer is none. */
function noteFailure(parts: ApiParts, { owner }: Flow, { fault, memberId }: SsoRefused, ip: string): void {
  if (fault === 'expired' || fault === 'denied' || fault === 'unavailable') return;
  const whose = memberId ?? (owner.memberId === '' ? undefined : owner.memberId);
  parts.failedSignIns.note({ memberId: whose, fault: 'sso', why: fault, ip });
}

function faultPage(flow: Flow | undefined, fault: SsoFault): string {
  if (flow?.purpose === 'link') return `/account?sso=${fault}`;
  if (flow?.purpose === 'step-up') return `${STEPPED_UP}?sso=${fault}`;
  // Who tries again still goes on to where they wanted; of what is over, the cookie proved nothing.
  const isKnown = flow !== undefined && flow.next !== '/' && fault !== 'expired';
  return `/sign-in?sso=${fault}${isKnown ? `&next=${encodeURIComponent(flow.next)}` : ''}`;
}

const notThisWay = (): Refusal =>
  new Refusal('conflict', {
    message: 'You step up with your password or a passkey.',
    hint: 'Single sign-on steps up for who has neither.',
  });

function getProvider(parts: ApiParts): SsoProvider {
  if (parts.sso !== undefined) return parts.sso;
  throw new Refusal('conflict', {
    message: 'There is no single sign-on here.',
    hint: 'An operator sets ALTER_OIDC_ISSUER and ALTER_OIDC_CLIENT_ID.',
  });
}
