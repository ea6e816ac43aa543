/** The repository's TypeScript files, read and parsed for the gates. Syntax only: what needs types is the linter's. */
import { globSync, readFileSync } from 'node:fs';
import { createSourceFile, forEachChild, ScriptTarget, type Node, type SourceFile } from 'typescript';

export const repositoryRoot = new URL('../', import.meta.url);

export interface Source {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly tree: SourceFile;
}

/** What lies in a folder that is not ours to read. */
const FOREIGN = /(^|\/)(node_modules|dist|data|\.git)(\/|$)/;

export function sourcesIn(patterns: string | readonly string[]): Source[] {
  return filesIn(patterns).map((path) => ({
    path,
    tree: createSourceFile(path, textOf(path), ScriptTarget.ES2024, true),
  }));
}

export function filesIn(patterns: string | readonly string[]): string[] {
  return globSync(patterns, { cwd: repositoryRoot, exclude: (path) => FOREIGN.test(path) }).toSorted();
}

export function textOf(path: string): string {
  return readFileSync(new URL(path, repositoryRoot), 'utf8');
}

export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  forEachChild(node, (child) => walk(child, visit));
}

export function lineOf(source: Source, node: Node): number {
  return source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line + 1;
}

export const isTest = (path: string): boolean => path.endsWith('.test.ts');

/** Prints what a gate found and sets the exit code; says what it looked at, so that a gate over nothing shows. */
export function conclude(found: readonly string[], lookedAt: string): void {
  for (const line of found) console.error(line);
  if (found.length > 0) process.exitCode = 1;
  console.log(
    found.length === 0 ? `${lookedAt}: nothing to object` : `${lookedAt}: ${found.length} objections`,
  );
}
