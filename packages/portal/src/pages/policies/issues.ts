/** What of a refusal no field of a policy's form shows. Pure. */
import type { Issue } from '../../api/client.ts';

/** Those that no field shows. */
export const withoutField = (issues: readonly Issue[]): readonly Issue[] =>
  issues.filter(({ path }) => !/^(?:name$|applies_to\b|rule\b)/.test(path));
