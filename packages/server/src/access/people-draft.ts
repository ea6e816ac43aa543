/**
 * What a change of people may do: write rows under their MACs, and keep the organization's digest true to them. Opened and
 * closed by `Organizations`, in the transaction that holds the organization.
 */
import type { KeyObject } from 'node:crypto';
import type { AuditEvent } from '../audit/event.ts';
import { findHomeApp } from '../store/apps.ts';
import type { Queryable } from '../store/database.ts';
import {
  insertMember,
  insertToken,
  updateMember,
  updateTokenRevoked,
  type MemberRow,
  type TokenRow,
} from '../store/people.ts';
import {
  deleteSecondFactor,
  insertSecondFactor,
  updateRecoveryHashes,
  type SealedTotp,
  type SecondFactorRow,
} from '../store/second-factors.ts';
import { deleteIdentity, insertIdentity, type IdentityRow } from '../store/identities.ts';
import { deleteMemberLink, insertMemberLink, type MemberLinkRow } from '../store/member-links.ts';
import { deletePasskey, insertPasskey, updatePasskeyName, type PasskeyRow } from '../store/passkeys.ts';
import type { PeopleKind } from '../store/people-kinds.ts';
import type { SetDigest } from '../vault/mac.ts';
import { recordMac } from './row-macs.ts';

/** The rows that decide of people, by table; their MACs are the organization's set. */
export interface PeopleRows {
  readonly members: MemberRow;
  readonly access_tokens: TokenRow;
  readonly second_factors: SecondFactorRow;
  readonly passkeys: PasskeyRow;
  readonly member_links: MemberLinkRow;
  readonly member_identities: IdentityRow;
}

export type Unsealed<Row extends { readonly mac: Buffer }> = Omit<Row, 'mac'>;

export type MemberChange = Partial<
  Pick<MemberRow, 'role' | 'password_hash' | 'removed_at' | 'display_name' | 'second_factor_id'>
>;

export interface PeopleDraft {
  readonly tx: Queryable;
  insertMember(row: Unsealed<MemberRow>): Promise<MemberRow>;
  updateMember(before: MemberRow, change: MemberChange): Promise<MemberRow>;
  insertToken(row: Unsealed<TokenRow>): Promise<TokenRow>;
  revokeToken(before: TokenRow, at: Date): Promise<TokenRow>;
  insertSecondFactor(row: Unsealed<SecondFactorRow>, totp: SealedTotp, lastStep: bigint): Promise<void>;
  updateRecoveryHashes(before: SecondFactorRow, hashes: readonly string[]): Promise<void>;
  deleteSecondFactor(before: SecondFactorRow): Promise<void>;
  insertPasskey(row: Unsealed<PasskeyRow>, signCount: bigint): Promise<PasskeyRow>;
  renamePasskey(before: PasskeyRow, name: string): Promise<PasskeyRow>;
  deletePasskey(before: PasskeyRow): Promise<void>;
  insertMemberLink(row: Unsealed<MemberLinkRow>): Promise<MemberLinkRow>;
  deleteMemberLink(before: MemberLinkRow): Promise<void>;
  insertIdentity(row: Unsealed<IdentityRow>): Promise<IdentityRow>;
  deleteIdentity(before: IdentityRow): Promise<void>;
  /** An event of this change; it tells the organization's new epoch, and stands in the organization's first app. */
  audit(event: AuditEvent & { readonly kind: PeopleKind }): void;
}

export class OpenPeopleDraft implements PeopleDraft {
  readonly tx: Queryable;
  readonly epoch: bigint;
  readonly digest: SetDigest;
  isChanged = false;
  readonly #macKey: KeyObject;
  readonly #orgId: string;
  readonly #events: AuditEvent[] = [];

  constructor(tx: Queryable, macKey: KeyObject, orgId: string, epoch: bigint, digest: SetDigest) {
    this.tx = tx;
    this.#macKey = macKey;
    this.#orgId = orgId;
    this.epoch = epoch;
    this.digest = digest;
  }

  async insertMember(row: Unsealed<MemberRow>): Promise<MemberRow> {
    const sealed = { ...row, mac: recordMac(this.#macKey, 'members', row) };
    await insertMember(this.tx, sealed);
    return this.#replace(undefined, sealed);
  }

  async updateMember(before: MemberRow, change: MemberChange): Promise<MemberRow> {
    const { mac: _mac, ...unsealed } = before;
    const after = { ...unsealed, ...change };
    const sealed = { ...after, mac: recordMac(this.#macKey, 'members', after) };
    await updateMember(this.tx, sealed);
    return this.#replace(before, sealed);
  }

  async insertToken(row: Unsealed<TokenRow>): Promise<TokenRow> {
    const sealed = { ...row, mac: recordMac(this.#macKey, 'access_tokens', row) };
    await insertToken(this.tx, sealed);
    return this.#replace(undefined, sealed);
  }

  async revokeToken(before: TokenRow, at: Date): Promise<TokenRow> {
    const { mac: _mac, ...unsealed } = before;
    const after = { ...unsealed, revoked_at: at };
    const sealed = { ...after, mac: recordMac(this.#macKey, 'access_tokens', after) };
    await updateTokenRevoked(this.tx, sealed);
    return this.#replace(before, sealed);
  }

  async insertSecondFactor(
    row: Unsealed<SecondFactorRow>,
    totp: SealedTotp,
    lastStep: bigint,
  ): Promise<void> {
    const sealed = { ...row, mac: recordMac(this.#macKey, 'second_factors', row) };
    await insertSecondFactor(this.tx, sealed, totp, lastStep);
    this.#replace(undefined, sealed);
  }

  async updateRecoveryHashes(before: SecondFactorRow, hashes: readonly string[]): Promise<void> {
    const { mac: _mac, ...unsealed } = before;
    const after = { ...unsealed, recovery_hashes: hashes };
    const sealed = { ...after, mac: recordMac(this.#macKey, 'second_factors', after) };
    await updateRecoveryHashes(this.tx, sealed);
    this.#replace(before, sealed);
  }

  async deleteSecondFactor(before: SecondFactorRow): Promise<void> {
    await deleteSecondFactor(this.tx, before.org_id, before.member_id);
    this.#remove(before);
  }

  async insertPasskey(row: Unsealed<PasskeyRow>, signCount: bigint): Promise<PasskeyRow> {
    const sealed = { ...row, mac: recordMac(this.#macKey, 'passkeys', row) };
    await insertPasskey(this.tx, sealed, signCount);
    return this.#replace(undefined, sealed);
  }

  async renamePasskey(before: PasskeyRow, name: string): Promise<PasskeyRow> {
    const { mac: _mac, ...unsealed } = before;
    const after = { ...unsealed, name };
    const sealed = { ...after, mac: recordMac(this.#macKey, 'passkeys', after) };
    await updatePasskeyName(this.tx, sealed);
    return this.#replace(before, sealed);
  }

  async deletePasskey(before: PasskeyRow): Promise<void> {
    await deletePasskey(this.tx, before);
    this.#remove(before);
  }

  async insertMemberLink(row: Unsealed<MemberLinkRow>): Promise<MemberLinkRow> {
    const sealed = { ...row, mac: recordMac(this.#macKey, 'member_links', row) };
    await insertMemberLink(this.tx, sealed);
    return this.#replace(undefined, sealed);
  }

  async deleteMemberLink(before: MemberLinkRow): Promise<void> {
    await deleteMemberLink(this.tx, before);
    this.#remove(before);
  }

  async insertIdentity(row: Unsealed<IdentityRow>): Promise<IdentityRow> {
    const sealed = { ...row, mac: recordMac(this.#macKey, 'member_identities', row) };
    await insertIdentity(this.tx, sealed);
    return this.#replace(undefined, sealed);
  }

  async deleteIdentity(before: IdentityRow): Promise<void> {
    await deleteIdentity(this.tx, before);
    this.#remove(before);
  }

  audit(event: AuditEvent & { readonly kind: PeopleKind }): void {
    this.#events.push({ ...event, ordinal: this.#events.length, epoch: this.epoch });
  }

  async events(): Promise<AuditEvent[]> {
    const appId = (await findHomeApp(this.tx, this.#orgId)) ?? this.#orgId;
    return this.#events.map((event) => ({ ...event, appId }));
  }

  #replace<Row extends { readonly mac: Buffer }>(before: Row | undefined, after: Row): Row {
    if (before !== undefined) this.#remove(before);
    this.isChanged = true;
    this.digest.add(after.mac);
    return after;
  }

  #remove(row: { readonly mac: Buffer }): void {
    this.isChanged = true;
    this.digest.remove(row.mac);
  }
}
