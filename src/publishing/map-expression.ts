import Handlebars from 'handlebars';
import { helpers } from '../templates/helpers.js';
import { nearestName } from '../templates/nearest-name.js';
import { plainText } from './map-plain-text.js';

/** An expression over a body: text, or for a lone path the value that stands there. */
export type MapExpression = (
  body: Record<string, unknown>,
  variables: Record<string, string>,
) => unknown;

/** A sentence says more; what is longer is a template, and belongs among them. */
export const MAX_EXPRESSION_LENGTH = 2_000;

const BLOCKS = ['if', 'unless', 'each', 'with'];
/** Of the templates' helpers, those that make sense before values have types. */
const SHARED = [
  ...['default', 'upper', 'lower', 'join', 'first', 'limit', 'length'],
  ...['eq', 'ne', 'and', 'or', 'not'],
];
const NAMES = ['plain', ...SHARED];

/** Handlebars of its own: no `log`, no `lookup`, no partials, nothing that others register. */
function createMapEngine(): typeof Handlebars {
  const engine = Handlebars.create();
  for (const name of ['log', 'lookup', 'helperMissing', 'blockHelperMissing']) {
    engine.unregisterHelper(name);
  }
  for (const name of SHARED) {
    const helper = helpers[name];
    engine.registerHelper(name, (...given: unknown[]) =>
      helper?.run(given.slice(0, -1), (given.at(-1) as { hash: Record<string, unknown> }).hash),
    );
  }
  engine.registerHelper('plain', (value: unknown) =>
    typeof value === 'string' || typeof value === 'number' ? plainText(String(value)) : '',
  );
  return engine;
}

const engine = createMapEngine();
const knownHelpers = {
  helperMissing: false,
  blockHelperMissing: false,
  log: false,
  lookup: false,
  ...Object.fromEntries([...BLOCKS, ...NAMES].map((name) => [name, true])),
};

/** What an expression may not do; the message is for the one who wrote it. */
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

/** One loop in another could take the time of a body's size squared. */
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

/** `{{entry.tags}}` and nothing else: its parts. */
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
 * Compiles one expression. A lone path hands over the value itself, so that lists stay lists;
 * anything else gives text, with nothing escaped.
 * @throws ExpressionError with what is wrong, for people
 */
export function compileMapExpression(source: string): MapExpression {
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
  const render = engine.compile<Record<string, unknown>>(ast, {
    knownHelpers,
    knownHelpersOnly: true,
    noEscape: true,
  });
  return (body, variables) =>
    render(body, {
      data: variables,
      allowProtoMethodsByDefault: false,
      allowProtoPropertiesByDefault: false,
    }).trim();
}
