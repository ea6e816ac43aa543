/** Ties forms to the API: what the server says of a field is shown at that field, by the path it names. */
import type { FieldValues, Path, UseFormSetError } from 'react-hook-form';
import { ApiError, type Issue } from '../api/client.ts';

/**
 * Shows each issue at the field of its path, or of what it is part of, goes to the first, and returns those that have no field in
 * the form: they belong above it. `fields` are the paths that the form shows; `pathOf` says which of them a path of the API is,
 * where their names differ.
 */
export function showIssues<T extends FieldValues>(
  error: unknown,
  setError: UseFormSetError<T>,
  fields: readonly Path<T>[],
  pathOf: (path: string) => string = (path) => path,
): readonly Issue[] {
  if (!(error instanceof ApiError)) return [];
  const rest: Issue[] = [];
  let isFirst = true;
  for (const issue of error.issues) {
    const path = pathOf(dotted(issue.path));
    const field = ancestors(path).find((one): one is Path<T> => fields.some((name) => name === one));
    if (field === undefined) rest.push(issue);
    else {
      setError(field, { message: sentence(issue.message) }, { shouldFocus: isFirst });
      isFirst = false;
    }
  }
  return rest;
}

/** `injection[0].name` and `injection.0.name` are one path. */
export const dotted = (path: string): string => path.replaceAll(/\[(\d+)\]/g, '.$1');

/** `a.b.c`, `a.b`, `a`. */
function ancestors(path: string): string[] {
  const parts = path.split('.');
  return parts.map((_, at) => parts.slice(0, parts.length - at).join('.'));
}

/** Issues continue their path (“must be …”); at the field they stand alone. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The issues of a failure that no field of the form shows; what is wrong with an item stands at the field of its list. */
export const otherIssues = (error: unknown, fields: readonly string[]): readonly Issue[] =>
  error instanceof ApiError
    ? error.issues.filter(({ path }) => !ancestors(dotted(path)).some((one) => fields.includes(one)))
    : [];

/** For forms that hold their own state: what is wrong with what is to be sent, by the paths of the wire. */
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
