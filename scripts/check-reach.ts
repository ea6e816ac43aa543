/**
 * I1: from the control plane no chain of imports leads to the function that opens a credential. Imports of types
 * leave nothing at run time and are not followed, which is why the import table can not say this.
 */
import {
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isStringLiteral,
  SyntaxKind,
  type Node,
} from 'typescript';
import { conclude, isTest, sourcesIn, walk, type Source } from './sources.ts';

const FROM = 'packages/server/src/api/';
const TO = 'packages/server/src/vault/open.ts';

const sources = sourcesIn('packages/server/src/**/*.ts').filter(({ path }) => !isTest(path));
const importsOf = new Map(sources.map((source) => [source.path, importedBy(source)]));
const starts = [...importsOf.keys()].filter((path) => path.startsWith(FROM));

const found = starts.flatMap((start) => {
  const chain = chainTo(start);
  return chain === undefined ? [] : [`I1: ${chain.join(' → ')}`];
});
const gone = importsOf.has(TO) ? [] : [`scripts/check-reach.ts: ${TO} is not there`];
conclude([...found, ...gone], `${starts.length} files of the control plane`);

/** The shortest chain of imports from a file to what opens. */
function chainTo(start: string): string[] | undefined {
  const seen = new Set([start]);
  const waiting = [[start]];
  for (let chain = waiting.shift(); chain !== undefined; chain = waiting.shift()) {
    const last = chain.at(-1) ?? start;
    if (last === TO) return chain;
    for (const next of importsOf.get(last) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push([...chain, next]);
    }
  }
  return undefined;
}

function importedBy({ path, tree }: Source): string[] {
  const modules: string[] = [];
  walk(tree, (node) => {
    const module = moduleOf(node);
    if (module !== undefined && isStringLiteral(module) && module.text.startsWith('.'))
      modules.push(new URL(module.text, `file:///${path}`).pathname.slice(1));
  });
  return modules;
}

/** The module that a node imports at run time. With verbatimModuleSyntax, only `import type` leaves nothing. */
function moduleOf(node: Node): Node | undefined {
  if (isImportDeclaration(node))
    return node.importClause?.phaseModifier === SyntaxKind.TypeKeyword ? undefined : node.moduleSpecifier;
  if (isExportDeclaration(node)) return node.isTypeOnly ? undefined : node.moduleSpecifier;
  if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) return node.arguments[0];
  return undefined;
}
