/** What is wrong with a draft, at the field that it is about: what the form finds itself and what the vault answered alike. Pure. */
import type { Issue } from '../../api/client.ts';
import { sentence } from '../../ui/forms.ts';

export interface Errors {
  /** At exactly this path. */
  readonly at: (path: string) => string | undefined;
  /** At a path or below it; an item of a list is named where the list is given. */
  readonly under: (path: string, items?: readonly string[]) => string | undefined;
}

export function errorsOf(issues: readonly Issue[]): Errors {
  return {
    at: (path) => said(issues.filter((issue) => issue.path === path)),
    under: (path, items) =>
      said(
        issues.filter((issue) => issue.path === path || issue.path.startsWith(`${path}.`)),
        ({ path: at }) => items?.[Number(at.slice(path.length + 1))],
      ),
  };
}

function said(
  issues: readonly Issue[],
  itemOf: (issue: Issue) => string | undefined = () => undefined,
): string | undefined {
  if (issues.length === 0) return undefined;
  const sentences = issues.map((issue) => {
    const item = itemOf(issue);
    return item === undefined ? sentence(issue.message) : `${item} ${issue.message}`;
  });
  return [...new Set(sentences)].join(' · ');
}

/** Those that no field shows. */
export const withoutField = (issues: readonly Issue[]): readonly Issue[] =>
  issues.filter(({ path }) => !/^(?:name$|applies_to\b|rule\b)/.test(path));
