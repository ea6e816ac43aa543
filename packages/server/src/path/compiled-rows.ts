/** What the data path makes of a secret's row once: the hosts that it may go to, and how it is injected. */
import type { HostsOf } from '../access/authorize.ts';
import { compileHosts } from '../access/hosts.ts';
import { optionalFieldsOf } from '../injection/credential.ts';
import { fieldsOfRules } from '../injection/parse-rules.ts';
import { compileInjection, type CompiledInjection } from '../injection/rules.ts';
import { oncePerRow } from '../once-per-row.ts';
import type { SecretRow } from '../store/deciding.ts';

export interface CompiledRows {
  readonly hostsOf: HostsOf;
  readonly injectionOf: (secret: SecretRow) => CompiledInjection;
}

export function compiledRows(): CompiledRows {
  return {
    hostsOf: oncePerRow((secret) => compileHosts(secret.allowed_hosts)),
    injectionOf: oncePerRow((secret) =>
      compileInjection(secret.injection, optionalFieldsOf(secret.credential_type, absentFields(secret))),
    ),
  };
}

/** Fields that rules name and this credential does not have passed as optional when it was stored. */
function absentFields(secret: SecretRow): readonly string[] {
  return [...fieldsOfRules(secret.injection)].filter((name) => !secret.fields.includes(name));
}
