import Handlebars from 'handlebars';
import { helpers } from './helpers.js';
import type { FieldValue } from './template.js';

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

interface CallOptions {
  hash: Record<string, unknown>;
  loc?: hbs.AST.SourceLocation;
}

/** Handlebars of its own: what others register never reaches a template, and `log` and `lookup` are gone. */
function createEngine(): typeof Handlebars {
  const engine = Handlebars.create();
  for (const name of ['log', 'lookup', 'helperMissing', 'blockHelperMissing']) {
    engine.unregisterHelper(name);
  }
  for (const [name, helper] of Object.entries(helpers)) {
    engine.registerHelper(name, (...given: unknown[]) => {
      const call = given.at(-1) as CallOptions;
      try {
        return helper.run(given.slice(0, -1), call.hash);
      } catch (thrown) {
        const start = call.loc?.start ?? { line: 1, column: 0 };
        const reason = thrown instanceof Error ? thrown.message : String(thrown);
        throw new HelperError(start.line, start.column + 1, `"${name}": ${reason}`, thrown);
      }
    });
  }
  return engine;
}

const engine = createEngine();

const knownHelpers = {
  helperMissing: false,
  blockHelperMissing: false,
  log: false,
  lookup: false,
  if: true,
  unless: true,
  each: true,
  with: true,
  ...Object.fromEntries(Object.keys(helpers).map((name) => [name, true])),
};

/**
 * A checked program as a function of its fields. `html`: values are escaped for markup; `text`:
 * they stay as they are, for a result that is data itself.
 */
export function compileProgram(
  ast: hbs.AST.Program,
  output: 'html' | 'text',
): (context: Record<string, FieldValue>) => string {
  const render = engine.compile<Record<string, FieldValue>>(ast, {
    knownHelpers,
    knownHelpersOnly: true,
    strict: false,
    noEscape: output === 'text',
  });
  return (context) =>
    render(context, { allowProtoMethodsByDefault: false, allowProtoPropertiesByDefault: false });
}
