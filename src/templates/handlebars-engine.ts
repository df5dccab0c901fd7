import Handlebars from 'handlebars';
import { type Helper, helpers } from './helpers.js';
import type { FieldValue } from './template.js';
import type { WorkBudget } from './work-budget.js';

/** A helper that failed, with the place of its call; both count from 1. */
export class HelperError extends Error {
  constructor(
    readonly line: number,
    readonly column: number,
    message: string,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

/** What an engine needs to know of a helper. */
export type EngineHelper = Pick<
  Helper,
  'run' | 'workPerCharacter' | 'moreWork' | 'firstWork' | 'firstWorkParam'
>;

interface EngineOptions {
  /** Values stay as they are instead of being escaped for markup. */
  noEscape: boolean;
}

type Render = (
  context: Record<string, unknown>,
  budget: WorkBudget,
  variables?: Record<string, string>,
) => string;

export interface CountedEngine {
  parse(source: string): hbs.AST.Program;
  /** A checked program, of which nobody makes use afterwards, as a function. */
  compile(program: hbs.AST.Program, options: EngineOptions): Render;
}

interface CallOptions {
  hash: Record<string, unknown>;
  loc?: hbs.AST.SourceLocation;
  fn?: (context: unknown, options?: unknown) => string;
}

type BlockHelper = (this: unknown, value: unknown, options: CallOptions) => unknown;

const BLOCKS = ['if', 'unless', 'each', 'with'] as const;
/** Every expression that is put out goes through this one. No source can name it: it is no helper. */
const WRITE = 'write:value';

/** Steps of work, from measurements; see `WorkBudget`. */
const PER_CALL = 1_000;
const PER_TURN = 3_000;
const PER_CHARACTER = 1;

function failure(name: string, { loc }: CallOptions, thrown: unknown): HelperError {
  if (thrown instanceof HelperError) return thrown;
  const start = loc?.start ?? { line: 1, column: 0 };
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const what = name === WRITE ? 'The expression' : `"${name}":`;
  return new HelperError(start.line, start.column + 1, `${what} ${reason}`, thrown);
}

const lengthOf = (value: unknown) => (typeof value === 'string' ? value.length : 0);

function workOf(
  helper: EngineHelper,
  params: readonly unknown[],
  options: Record<string, unknown>,
): number {
  let characters = 0;
  for (const value of params) characters += lengthOf(value);
  for (const value of Object.values(options)) characters += lengthOf(value);
  const more = helper.moreWork?.(params, options) ?? 0;
  return PER_CALL + characters * (helper.workPerCharacter ?? PER_CHARACTER) + more;
}

/** What a mustache shows, as a parameter of a call. A name alone is a value, or a known helper. */
function shown(
  { path, params, hash, loc }: hbs.AST.MustacheStatement,
  isHelper: (name: string) => boolean,
): hbs.AST.Expression {
  const name = (path as hbs.AST.PathExpression).original;
  const isCall = params.length > 0 || hash !== undefined || isHelper(name);
  if (isCall) return { type: 'SubExpression', path, params, hash, loc } as hbs.AST.SubExpression;
  if (path.type === 'PathExpression') return path;
  // `{{"title"}}` is the field, as in Handlebars itself.
  const part = String(name);
  return pathOf(part, loc);
}

function pathOf(name: string, loc: hbs.AST.SourceLocation): hbs.AST.PathExpression {
  const path = { type: 'PathExpression', original: name, parts: [name], data: false, depth: 0 };
  return { ...path, loc } as hbs.AST.PathExpression;
}

/** `{{value}}` becomes `{{write (value)}}`: what is put out is counted before it is text. */
function countOutput(
  program: hbs.AST.Program | undefined,
  isHelper: (name: string) => boolean,
): void {
  for (const node of program?.body ?? []) {
    if (node.type === 'BlockStatement') {
      const block = node as hbs.AST.BlockStatement;
      countOutput(block.program, isHelper);
      countOutput(block.inverse, isHelper);
    }
    if (node.type !== 'MustacheStatement') continue;
    const mustache = node as hbs.AST.MustacheStatement;
    mustache.params = [shown(mustache, isHelper)];
    // Handlebars takes the absence of a hash for none.
    Reflect.deleteProperty(mustache, 'hash');
    mustache.path = pathOf(WRITE, mustache.loc);
  }
}

/**
 * Handlebars of its own: what others register never reaches a template, `log` and `lookup` are
 * gone, and everything that takes time by the size of the data is counted.
 */
export function createCountedEngine(known: Readonly<Record<string, EngineHelper>>): CountedEngine {
  const engine = Handlebars.create();
  /** Of the evaluation under way: an evaluation never waits, so there is one at a time. */
  let budget: WorkBudget | undefined;
  const spend = (steps: number) => budget?.spend(steps);

  for (const name of ['log', 'lookup', 'helperMissing', 'blockHelperMissing']) {
    engine.unregisterHelper(name);
  }

  for (const [name, helper] of Object.entries(known)) {
    engine.registerHelper(name, (...given: unknown[]) => {
      const call = given.at(-1) as CallOptions;
      const params = given.slice(0, -1);
      try {
        spend(workOf(helper, params, call.hash));
        if (helper.firstWork !== undefined) {
          const { firstWorkParam: at } = helper;
          const form = [name, at === undefined ? '' : params[at], ...Object.values(call.hash)];
          budget?.spendOnce(form.map(String).join('\n'), helper.firstWork);
        }
        const result = helper.run(params, call.hash);
        spend(lengthOf(result));
        return result;
      } catch (thrown) {
        throw failure(name, call, thrown);
      }
    });
  }

  engine.registerHelper(WRITE, (value: unknown, call: CallOptions) => {
    try {
      budget?.write(value);
      return value;
    } catch (thrown) {
      throw failure(WRITE, call, thrown);
    }
  });

  for (const name of BLOCKS) {
    const block = engine.helpers[name] as unknown as BlockHelper;
    engine.registerHelper(name, function (this: unknown, value: unknown, call: CallOptions) {
      try {
        spend(PER_CALL);
        const { fn } = call;
        if (name !== 'each' || !fn) return block.call(this, value, call);
        const turn = (context: unknown, options?: unknown) => {
          spend(PER_TURN);
          const text = fn(context, options);
          spend(text.length);
          return text;
        };
        return block.call(this, value, { ...call, fn: turn });
      } catch (thrown) {
        throw failure(`#${name}`, call, thrown);
      }
    });
  }

  const knownHelpers = {
    helperMissing: false,
    blockHelperMissing: false,
    log: false,
    lookup: false,
    ...Object.fromEntries([...BLOCKS, WRITE, ...Object.keys(known)].map((name) => [name, true])),
  };

  return {
    parse: (source) => engine.parse(source),
    compile(program, { noEscape }) {
      countOutput(program, (name) => Object.hasOwn(known, name));
      const options = { knownHelpers, knownHelpersOnly: true, strict: false, noEscape };
      const render = engine.compile<Record<string, unknown>>(program, options);
      return (context, ofEvaluation, variables) => {
        budget = ofEvaluation;
        try {
          return render(context, {
            ...(variables ? { data: variables } : {}),
            allowProtoMethodsByDefault: false,
            allowProtoPropertiesByDefault: false,
          });
        } finally {
          budget = undefined;
        }
      };
    },
  };
}

const engine = createCountedEngine(helpers);

/**
 * A checked program as a function of its fields. `html`: values are escaped for markup; `text`:
 * they stay as they are, for a result that is data itself.
 */
export function compileProgram(
  program: hbs.AST.Program,
  output: 'html' | 'text',
): (context: Record<string, FieldValue>, budget: WorkBudget) => string {
  const render = engine.compile(program, { noEscape: output === 'text' });
  // With a prototype: Handlebars compares contexts by `!=`, which fails for a text and an object
  // without one, as in {{#each tags}}{{../title}}{{/each}}. It reads own properties alone.
  return (context, budget) => render({ ...context }, budget);
}
