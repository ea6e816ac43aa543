/** Injection rules as a form holds them, and as the wire has them. Pure. */
import type { Body } from '../api/client.ts';

export type WireRule = NonNullable<Body<'createSecret'>['injection']>[number];

export interface Rule {
  readonly kind: 'header' | 'query' | 'prefix' | 'replace' | 'basic';
  readonly name: string;
  readonly format: string;
  readonly username: string;
  readonly password: string;
}

export const rule = (kind: Rule['kind'], name: string, format: string): Rule => ({
  kind,
  name,
  format,
  username: '{username}',
  password: '{password}',
});

export function wireRule(one: Rule): WireRule {
  switch (one.kind) {
    case 'header':
    case 'query':
      return { in: one.kind, name: one.name, format: one.format };
    case 'prefix':
    case 'replace':
      return { in: 'path', mode: one.kind, format: one.format };
    case 'basic':
      return { in: 'basic', username: one.username, password: one.password };
  }
}

/** Undefined for the signature of AWS, which has no places to choose: see aws.ts. */
export function formRule(wire: WireRule): Rule | undefined {
  switch (wire.in) {
    case 'header':
    case 'query':
      return rule(wire.in, wire.name, wire.format);
    case 'path':
      return rule(wire.mode, '', wire.format);
    case 'basic':
      return { ...rule('basic', '', ''), username: wire.username, password: wire.password };
    case 'aws_sigv4':
      return undefined;
  }
}
