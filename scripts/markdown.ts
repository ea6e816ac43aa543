/** Reads Markdown as far as the gates and tests over the documents need it: links, anchors, fenced examples. */
import { filesIn, textOf } from './sources.ts';

export interface Example {
  readonly path: string;
  readonly line: number;
  /** `sh`, `ts` … */
  readonly language: string;
  /** What stands behind the language: `run`, `check`, or nothing. */
  readonly mark: string;
  readonly code: string;
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

export const documents = (): string[] => filesIn('**/*.md');

export function examplesIn(path: string): Example[] {
  const fences = textOf(path).matchAll(/^```(\w+)(?: (\w+))?\n(.*?)^```$/gms);
  return [...fences].map(({ 1: language = '', 2: mark = '', 3: code = '', index }) => ({
    path,
    line: textOf(path).slice(0, index).split('\n').length,
    language,
    mark,
    code,
  }));
}

/** Links to files and anchors; not to other hosts. */
export function linksIn(path: string): Link[] {
  return withoutCode(textOf(path)).flatMap((text, at) =>
    [...text.matchAll(/\]\(([^()\s]+)\)/g)]
      .map(([, target = '']) => ({ line: at + 1, target }))
      .filter(({ target }) => !/^[a-z]+:/.test(target)),
  );
}

/** The anchors that GitHub makes of headings. */
export function anchorsIn(path: string): Set<string> {
  return new Set(
    withoutCode(textOf(path), false)
      .filter((text) => /^#+ /.test(text))
      .map((text) => anchorOf(text.replace(/^#+ /, ''))),
  );
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The lines, with those of fenced and indented code emptied, and code spans where they are told to. */
function withoutCode(text: string, isWithoutSpans = true): string[] {
  let isFenced = false;
  return text.split('\n').map((line) => {
    if (line.startsWith('```')) isFenced = !isFenced;
    if (isFenced || /^(```| {4})/.test(line)) return '';
    return isWithoutSpans ? line.replaceAll(/`[^`]*`/g, '``') : line;
  });
}
