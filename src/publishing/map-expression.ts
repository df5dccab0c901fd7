import { LRUCache } from 'lru-cache';
import { nearestName } from '../lib/nearest-name.js';
import { createCountedEngine, type EngineHelper } from '../templates/handlebars-engine.js';
import { helpers } from '../templates/helpers.js';
import type { WorkBudget } from '../templates/work-budget.js';
import { PLAIN_WORK_PER_CHARACTER, plainText } from './map-plain-text.js';

/** An expression over a body. It gives text, or for a single path the value at it. */
export type MapExpression = (
  body: Record<string, unknown>,
  variables: Record<string, string>,
  budget: WorkBudget,
) => unknown;

/** Longer expressions belong into a template. */
export const MAX_EXPRESSION_LENGTH = 2_000;

const BLOCKS = ['if', 'unless', 'each', 'with'];
/** Helpers of templates that make sense before values have types. */
const SHARED = [
  ...['default', 'upper', 'lower', 'join', 'first', 'limit', 'length'],
  ...['eq', 'ne', 'and', 'or', 'not'],
];
const NAMES = ['plain', ...SHARED];

const plain: EngineHelper = {
  run: ([value]) =>
    typeof value === 'string' || typeof value === 'number' ? plainText(String(value)) : '',
  workPerCharacter: PLAIN_WORK_PER_CHARACTER,
};

const shared = SHARED.flatMap((name): [string, EngineHelper][] => {
  const helper = helpers[name];
  return helper ? [[name, helper]] : [];
});

const engine = createCountedEngine({ plain, ...Object.fromEntries(shared) });

/** An invalid expression; the message is for its author. */
export class ExpressionError extends Error {}

function unknownHelper(name: string, known: readonly string[]): ExpressionError {
  const near = nearestName(name.slice(0, 64), known);
  const hint = near ? ` Did you mean "${near}"?` : '';
  return new ExpressionError(
    `"${name.slice(0, 64)}" is no helper here.${hint} There are: ${known.join(', ')}.`,
  );
}

type Node = hbs.AST.Node & {
  path?: hbs.AST.PathExpression;
  params?: hbs.AST.Expression[];
  hash?: hbs.AST.Hash;
  program?: hbs.AST.Program;
  inverse?: hbs.AST.Program;
};

function checkCall(node: Node, names: readonly string[]): void {
  const { path, params = [], hash } = node;
  const isCall = params.length > 0 || hash !== undefined;
  if (isCall && !(path && names.includes(path.original))) {
    throw unknownHelper(String(path?.original ?? ''), names);
  }
  for (const param of [...params, ...(hash?.pairs ?? []).map((pair) => pair.value)]) {
    if (param.type === 'SubExpression') checkCall(param as Node, NAMES);
  }
}

/** Nested loops are refused: their time could grow with the square of the body's size. */
function checkProgram(program: hbs.AST.Program | undefined, inEach: boolean): void {
  for (const node of (program?.body ?? []) as Node[]) {
    switch (node.type) {
      case 'ContentStatement':
      case 'CommentStatement':
        break;
      case 'MustacheStatement':
        checkCall(node, NAMES);
        break;
      case 'BlockStatement': {
        const name = node.path?.original ?? '';
        if (!BLOCKS.includes(name)) throw unknownHelper(name, BLOCKS);
        checkCall(node, BLOCKS);
        if (inEach && name === 'each') {
          throw new ExpressionError('An "each" must not stand in another.');
        }
        checkProgram(node.program, inEach || name === 'each');
        checkProgram(node.inverse, inEach || name === 'each');
        break;
      }
      default:
        throw new ExpressionError('Partials and decorators are not possible here.');
    }
  }
}

/** The parts of a single path such as `{{entry.tags}}`; undefined for other expressions. */
function lonePath(program: hbs.AST.Program): string[] | undefined {
  const [node, ...others] = program.body as Node[];
  if (others.length > 0 || node?.type !== 'MustacheStatement') return undefined;
  const { path, params = [], hash } = node;
  if (path?.type !== 'PathExpression' || params.length > 0 || hash) return undefined;
  if (path.data || path.depth > 0 || NAMES.includes(path.original)) return undefined;
  return path.parts.map(String);
}

function valueAt(body: unknown, parts: readonly string[]): unknown {
  let at = body;
  for (const part of parts) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string, unknown>)[part];
  }
  return at;
}

/**
 * Cache of compiled expressions. Compiling costs more than most evaluations, and hooks of a source
 * compile the same expressions again and again.
 */
const MAX_KEPT = 1_000;
const kept = new LRUCache<string, MapExpression>({ max: MAX_KEPT });

/** Compiles an expression, or returns it from the cache. @throws ExpressionError */
export function compileMapExpression(source: string): MapExpression {
  const known = kept.get(source);
  if (known) return known;
  const compiled = compileNow(source);
  kept.set(source, compiled);
  return compiled;
}

/**
 * Compiles one expression. A single path gives the value itself, so that lists stay lists; anything
 * else gives unescaped text.
 * @throws ExpressionError with a message for people
 */
function compileNow(source: string): MapExpression {
  let ast: hbs.AST.Program;
  try {
    ast = engine.parse(source);
  } catch (cause) {
    const [line = ''] = String((cause as Error).message).split('\n');
    throw new ExpressionError(`is not valid Handlebars (${line.slice(0, 200)})`, { cause });
  }
  checkProgram(ast, false);
  const parts = lonePath(ast);
  if (parts) return (body) => valueAt(body, parts);
  const render = engine.compile(ast, { noEscape: true });
  return (body, variables, budget) => render(body, budget, variables).trim();
}
