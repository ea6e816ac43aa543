/**
 * Ties guarantees to tests: each requirement of test/requirements.ts is cited by the title of a test, each id that
 * a title cites is a requirement, and each invariant stands in SECURITY.md.
 */
import { existsSync } from 'node:fs';
import {
  isCallExpression,
  isIdentifier,
  isNoSubstitutionTemplateLiteral,
  isPropertyAccessExpression,
  isStringLiteral,
  isTemplateExpression,
  type Expression,
} from 'typescript';
import { OPEN, REQUIREMENTS } from '../test/requirements.ts';
import { conclude, repositoryRoot, sourcesIn, textOf, walk } from './sources.ts';

const ID = /\b(?:I|S|R|P|A|W|F)\d{1,2}\b/g;
const TITLED = new Set(['test', 'it', 'describe', 'suite']);

const sources = sourcesIn(['packages/**/*.test.ts', 'test/**/*.test.ts']);
const cited = new Map<string, string>();
let titles = 0;
for (const { path, tree } of sources)
  walk(tree, (node) => {
    if (!isCallExpression(node) || !isTestCall(node.expression)) return;
    titles += 1;
    for (const [id] of titleOf(node.arguments[0]).matchAll(ID)) cited.set(id, path);
  });

const uncited = Object.entries(REQUIREMENTS)
  .filter(([id]) => !cited.has(id))
  .map(([id, sentence]) => `${id} is cited by no test: ${sentence}`);
const unknown = [...cited]
  .filter(([id]) => !(id in REQUIREMENTS) && !(id in OPEN))
  .map(([id, path]) => `${path} cites ${id}, which test/requirements.ts does not list`);
conclude([...uncited, ...unknown, ...unpublished()], `${titles} titles in ${sources.length} files`);

/** `test(…)`, `it.skip(…)`, `t.test(…)`. */
function isTestCall(callee: Expression): boolean {
  if (isIdentifier(callee)) return TITLED.has(callee.text);
  if (!isPropertyAccessExpression(callee)) return false;
  return (
    TITLED.has(callee.name.text) || (isIdentifier(callee.expression) && TITLED.has(callee.expression.text))
  );
}

function titleOf(argument: Expression | undefined): string {
  if (argument === undefined) return '';
  const isText = isStringLiteral(argument) || isNoSubstitutionTemplateLiteral(argument);
  if (isText) return argument.text;
  return isTemplateExpression(argument) ? argument.getText() : '';
}

function unpublished(): string[] {
  if (!existsSync(new URL('SECURITY.md', repositoryRoot))) return ['SECURITY.md is missing'];
  const text = textOf('SECURITY.md');
  return Object.keys(REQUIREMENTS)
    .filter((id) => id.startsWith('I') && !new RegExp(`\\b${id}\\b`).test(text))
    .map((id) => `${id} does not stand in SECURITY.md`);
}
