/** The rules of policies as they stand on the wire (WIRE §6). Must never hold how they are evaluated. */

export const POLICY_MODES = ['enforce', 'monitor'] as const;
export type PolicyMode = (typeof POLICY_MODES)[number];

interface Conditions {
  readonly methods?: readonly string[] | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly paths?: readonly string[] | undefined;
  readonly query?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly json?:
    | readonly {
        readonly pointer: string;
        readonly op: 'equals' | 'in' | 'lte' | 'gte' | 'matches';
        readonly value: unknown;
      }[]
    | undefined;
}

type Per = 'grant' | 'agent' | 'key' | 'caller';

export type PolicyRule =
  | {
      readonly type: 'time_window';
      readonly timezone: string;
      readonly days: readonly string[];
      readonly from: string;
      readonly to: string;
    }
  | { readonly type: 'ip_allowlist' | 'ip_denylist'; readonly cidrs: readonly string[] }
  | ({ readonly type: 'request'; readonly effect: 'allow_only' | 'deny' } & Conditions)
  | {
      readonly type: 'rate_limit';
      readonly limit: number;
      readonly window_seconds: number;
      readonly window?: 'sliding' | 'fixed' | undefined;
      readonly per: Per;
    }
  | {
      readonly type: 'quota';
      readonly limit: number;
      readonly period: 'hour' | 'day' | 'month';
      readonly timezone: string;
      readonly per: Per;
    }
  | {
      readonly type: 'require_approval';
      readonly when?: Conditions | undefined;
      readonly approvers: readonly string[];
      readonly quorum: number;
      readonly expires_in_seconds: number;
    };
