/** The MACs of approvals and of the decisions on them, and how a row moves on (I6): what SQL put in or changed decides nothing. */
import type { KeyObject } from 'node:crypto';
import { isRecordSealed, recordMac } from '../access/row-macs.ts';
import type { ApprovalRow, DecisionRow } from '../store/approvals.ts';
import { IntegrityError } from '../vault/integrity.ts';

export function sealApproval(macKey: KeyObject, row: Omit<ApprovalRow, 'mac'>): ApprovalRow {
  const { mac: _before, ...columns }: Omit<ApprovalRow, 'mac'> & { mac?: Buffer } = row;
  return { ...columns, mac: recordMac(macKey, 'approvals', columns) };
}

export function sealDecision(macKey: KeyObject, row: Omit<DecisionRow, 'mac'>): DecisionRow {
  return { ...row, mac: recordMac(macKey, 'approval_decisions', row) };
}

/** @throws IntegrityError */
export function checkApproval(macKey: KeyObject, row: ApprovalRow): void {
  if (!isRecordSealed(macKey, 'approvals', row))
    throw new IntegrityError(`the approval ${row.approval_id} is not what was sealed`);
}

/** @throws IntegrityError */
export function checkDecisions(macKey: KeyObject, rows: readonly DecisionRow[]): void {
  for (const row of rows)
    if (!isRecordSealed(macKey, 'approval_decisions', row))
      throw new IntegrityError(`a decision on the approval ${row.approval_id} is not what was sealed`);
}

export const FINAL: ReadonlySet<string> = new Set(['executed', 'failed', 'denied', 'expired', 'cancelled']);

/** A row at its end: its bytes are kept for a while yet. */
export function ended(
  row: ApprovalRow,
  at: Date,
  keepMs: number,
  change: Partial<Omit<ApprovalRow, 'mac'>>,
): Omit<ApprovalRow, 'mac'> {
  return { ...row, ...change, executor: null, shred_at: new Date(at.getTime() + keepMs) };
}
