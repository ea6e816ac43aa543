/**
 * The URL of a channel when it is stored: read by the one parser, judged as far as it can be without asking DNS (S17).
 * What a name resolves to is judged by egress, at every delivery. A refusal never repeats the URL: it may be a credential.
 */
import { isInsideAllowed, judgeAddress, type AddressPolicy } from '../egress/address.ts';
import { parseTarget, type Target } from '../path/target.ts';
import { Refusal } from '../refusal.ts';

/** @throws Refusal `invalid_request` */
export function parseChannelUrl(url: string, allow: AddressPolicy): Target {
  const target = parseTarget(url, { field: 'url' });
  const { host, isIpLiteral, scheme } = target;
  if (isIpLiteral && judgeAddress(host, allow) !== 'ok')
    throw refuse(
      'names an address that is private, reserved or otherwise never dialled; ALTER_EGRESS_ALLOW can open private networks',
    );
  const mayBePlain = isIpLiteral ? isInsideAllowed(host, allow) : allow.allow.length > 0;
  if (scheme === 'http' && !mayBePlain)
    throw refuse('must be https; plain http is possible only inside ALTER_EGRESS_ALLOW');
  return target;
}

const refuse = (message: string): Refusal =>
  new Refusal('invalid_request', { issues: [{ path: 'url', message }] });
