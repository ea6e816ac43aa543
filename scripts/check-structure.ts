/**
 * The rules of structure that no linter knows: how long a file is and how it begins, who touches the process and
 * the environment, what of node:net may be used outside the door out. Every exception stands here with its reason.
 */
import {
  isIdentifier,
  isImportDeclaration,
  isNamedImports,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isStringLiteral,
  SyntaxKind,
  type ImportDeclaration,
  type Node,
} from 'typescript';
import { conclude, isTest, lineOf, sourcesIn, walk, type Source } from './sources.ts';

const LINES_MAX = 400;
/** A test file lists cases; it is read by its titles. */
const TEST_LINES_MAX = 800;

/** Longer than LINES_MAX, because splitting would make them worse. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'packages/contract/src/schemas.ts': 'the shapes of the wire, one after the other',
};

/** Who may touch `process` in the server. */
const PROCESS_USERS: Readonly<Record<string, string>> = {
  'packages/server/src/main.ts': 'it is the process',
  'packages/server/src/config.ts': 'reads the environment',
  'packages/server/src/store/embedded/': 'supervises a child by its process id and user',
};
const ENVIRONMENT_READER = 'packages/server/src/config.ts';

/** Pure functions of node:net: they judge text and open nothing. */
const PURE_NET = new Set(['isIP', 'isIPv4', 'isIPv6']);
const NET_USERS: Readonly<Record<string, string>> = {
  'packages/server/src/egress/': 'I2: the door out',
  'packages/server/src/server.ts': 'listens',
  'packages/server/src/store/embedded/postmaster.ts': 'finds a free port for the embedded database',
};

const sources = sourcesIn([
  'packages/*/src/**/*.{ts,tsx}',
  'scripts/*.ts',
  'test/**/*.ts',
  'bench/**/*.ts',
  'demo/**/*.ts',
]);
const found = sources.flatMap((source) => [
  ...judgeLength(source),
  ...judgeBeginning(source),
  ...(isServerSource(source) ? judgeServer(source) : []),
]);
conclude([...found, ...staleExceptions()], `${sources.length} files`);

function judgeLength({ path, tree }: Source): string[] {
  const lines = tree.text.trimEnd().split('\n').length;
  const most = isTest(path) ? TEST_LINES_MAX : LINES_MAX;
  if (lines <= most || path in LONG_FILES) return [];
  return [
    `${path}: ${lines} lines, more than ${most}: split it, or give the reason in scripts/check-structure.ts`,
  ];
}

/** A source says first what it owns and must never do; a test says it by its titles. */
function judgeBeginning({ path, tree }: Source): string[] {
  if (isTest(path) || path.endsWith('/src/index.ts') || /^(#!.*\n)?\s*\/[/*]/.test(tree.text)) return [];
  return [`${path}: must begin with a comment that says what it owns`];
}

function isServerSource({ path }: Source): boolean {
  return path.startsWith('packages/server/src/') && !isTest(path);
}

function judgeServer(source: Source): string[] {
  const objections: string[] = [];
  const object = (node: Node, why: string) =>
    objections.push(`${source.path}:${lineOf(source, node)}: ${why}`);
  const mayProcess = isExcepted(PROCESS_USERS, source.path);
  walk(source.tree, (node) => {
    if (isImportDeclaration(node)) {
      const module = isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : '';
      if (module === 'node:process' && !mayProcess) object(node, 'only main.ts touches the process');
      if (module === 'node:net' && !isExcepted(NET_USERS, source.path) && !isPureNet(node))
        object(node, 'I2: of node:net only isIP, isIPv4, isIPv6 outside egress/ and server.ts');
    }
    if (!isIdentifier(node)) return;
    if (node.text === 'process' && isGlobalUse(node) && !mayProcess)
      object(node, 'only main.ts touches the process');
    if (node.text === 'env' && isProcessEnv(node) && source.path !== ENVIRONMENT_READER)
      object(node, 'only config.ts reads the environment');
  });
  return objections;
}

function isExcepted(exceptions: Readonly<Record<string, string>>, path: string): boolean {
  return Object.keys(exceptions).some((key) => path === key || (key.endsWith('/') && path.startsWith(key)));
}

function isPureNet(node: ImportDeclaration): boolean {
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.phaseModifier === SyntaxKind.TypeKeyword) return true; // import type: nothing is left of it at run time
  const names = clause.namedBindings;
  return (
    clause.name === undefined &&
    names !== undefined &&
    isNamedImports(names) &&
    names.elements.every(
      (element) => element.isTypeOnly || PURE_NET.has((element.propertyName ?? element.name).text),
    )
  );
}

/** The global itself, and neither a property nor a key of that name. */
function isGlobalUse(node: Node): boolean {
  const { parent } = node;
  if (isPropertyAccessExpression(parent)) return parent.expression === node;
  return !(isPropertyAssignment(parent) && parent.name === node);
}

function isProcessEnv(node: Node): boolean {
  const { parent } = node;
  if (!isPropertyAccessExpression(parent) || parent.name !== node) return false;
  return isIdentifier(parent.expression) && parent.expression.text === 'process';
}

/** An exception for a file that is gone would wait for the next one of that name. */
function staleExceptions(): string[] {
  const isThere = (key: string) => sources.some(({ path }) => path === key || path.startsWith(key));
  return [...Object.keys(LONG_FILES), ...Object.keys(PROCESS_USERS), ...Object.keys(NET_USERS)]
    .filter((key) => !isThere(key))
    .map((key) => `scripts/check-structure.ts: ${key} has an exception but is not there`);
}
