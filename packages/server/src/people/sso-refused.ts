/** Why a single sign-on did not go on: a word of the contract, which the portal makes a sentence of. Never text of the provider. */
import type { SsoFault } from '@alter-vault/contract';

export class SsoRefused extends Error {
  readonly fault: SsoFault;
  /** Whose account it would have been, where that is known. */
  readonly memberId: string | undefined;

  constructor(fault: SsoFault, memberId?: string) {
    super(fault);
    this.name = 'SsoRefused';
    this.fault = fault;
    this.memberId = memberId;
  }
}
