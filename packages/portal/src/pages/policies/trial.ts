/** What is tried: the stored policy, or the draft in the form; and the call that it is tried on. Pure. */
import type { PolicyRule } from '@alter-vault/contract';
import type { Body } from '../../api/client.ts';
import { appliesTo, type Policy, type Scope } from './draft.ts';

/** The policy on the page, as it stands there. */
export interface Subject {
  readonly scope: Scope;
  /** Absent while it is not complete. */
  readonly rule: PolicyRule | undefined;
  readonly mode: Policy['mode'];
  /** Absent while it was never saved. */
  readonly policyId: string | undefined;
  /** It is not what is stored. */
  readonly isDraft: boolean;
}

export interface Call {
  readonly grant_id: string;
  readonly method: string;
  readonly url: string;
  readonly mode: 'proxy' | 'request';
  readonly key_id: string;
  readonly caller: string;
  readonly ip: string;
  /** As the browser's field has it: local, without a zone. */
  readonly at: string;
  readonly body: string;
}

export const emptyCall: Call = {
  grant_id: '',
  method: 'GET',
  url: '',
  mode: 'proxy',
  key_id: '',
  caller: '',
  ip: '',
  at: '',
  body: '',
};

/** The policy as a draft that is not stored; undefined while it is not complete. */
export function draftPolicy({ scope, rule, mode }: Subject): Body<'replayPolicy'>['policy'] | undefined {
  const to = appliesTo(scope);
  return rule === undefined || to === undefined ? undefined : { applies_to: to, mode, rule };
}

/** As the wire writes it; what is no time stays as it is, for the vault to refuse at its field. */
function momentOf(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? local : at.toISOString();
}

/** What is asked of the vault; undefined while the policy is not complete. */
export function evaluation(call: Call, subject: Subject): Body<'evaluatePolicies'> | undefined {
  const policy = subject.isDraft ? draftPolicy(subject) : undefined;
  if (subject.isDraft && policy === undefined) return undefined;
  const { grant_id, method, url, mode, key_id, caller, ip, at, body } = call;
  const given = Object.entries({ key_id, caller: caller.trim(), ip: ip.trim(), body }).filter(
    ([, text]) => text !== '',
  );
  return {
    grant_id,
    method: method.trim().toUpperCase(),
    url: url.trim(),
    mode,
    ...Object.fromEntries(given),
    ...(at === '' ? {} : { at: momentOf(at) }),
    ...(policy === undefined
      ? {}
      : {
          draft: {
            ...policy,
            ...(subject.policyId === undefined ? {} : { policy_id: subject.policyId }),
          },
        }),
  };
}
