import { didYouMean } from '../lib/nearest-name.js';
import { fieldTypeOf } from './field-types/field-types.js';
import { type Helper, helpers, type ValueKind } from './helpers.js';
import type { TemplateManifest } from './manifest.js';

/** The kind of a value with what is inside it. */
export interface ValueType {
  kind: ValueKind;
  /** Of a list: its entries. */
  item?: ValueType;
  /** Of an entry or the root: its parts. */
  parts?: ReadonlyMap<string, ValueType>;
  literal?: unknown;
}

export type ExpressionScope = {
  /** The contexts from the root to the innermost. */
  contexts: readonly ValueType[];
  blockParams: ReadonlyMap<string, ValueType>;
  inEach: boolean;
  /** Every field that is named goes in here. */
  used: Set<string>;
};

export type Report = (loc: hbs.AST.SourceLocation, message: string) => void;

const TEXT: ValueType = { kind: 'text' };

export const BLOCKS = ['if', 'unless', 'each', 'with'] as const;

/** `output`: of the markup, or of the text that a derived field is. */
export function rootScope(manifest: TemplateManifest, output: 'html' | 'text'): ExpressionScope {
  const fields = Object.entries(manifest.fields);
  const parts = new Map(
    fields.map(([name, spec]) => [name, fieldTypeOf(spec).valueType(spec, output)]),
  );
  return {
    contexts: [{ kind: 'entry', parts }],
    blockParams: new Map(),
    inEach: false,
    used: new Set(),
  };
}

const dataVariables: Record<string, ValueType> = {
  index: { kind: 'number' },
  key: TEXT,
  first: { kind: 'boolean' },
  last: { kind: 'boolean' },
};

function stepInto(type: ValueType, part: string): ValueType | undefined {
  if (type.kind === 'list') {
    if (part === 'length') return { kind: 'number' };
    return /^\d+$/.test(part) ? type.item : undefined;
  }
  return type.parts?.get(part);
}

function isScoped(path: hbs.AST.PathExpression): boolean {
  return /^\.|this\b/.test(path.original);
}

function startOf(
  path: hbs.AST.PathExpression,
  scope: ExpressionScope,
): [ValueType, string[]] | undefined {
  const [head = '', ...tail] = path.parts;
  const root = scope.contexts[0];
  if (path.data) {
    if (head === 'root' && root) return [root, tail];
    const variable = scope.inEach && tail.length === 0 ? dataVariables[head] : undefined;
    return variable && path.depth === 0 ? [variable, []] : undefined;
  }
  const named = path.depth === 0 && !isScoped(path) ? scope.blockParams.get(head) : undefined;
  if (named) return [named, tail];
  const context = scope.contexts.at(-1 - path.depth);
  return context && [context, path.parts];
}

function namesAt(type: ValueType | undefined, scope: ExpressionScope): string[] {
  return [...(type?.parts?.keys() ?? []), ...scope.blockParams.keys()];
}

/** The type of what a path names; reports what does not exist. */
function pathType(
  path: hbs.AST.PathExpression,
  scope: ExpressionScope,
  report: Report,
): ValueType | undefined {
  const start = startOf(path, scope);
  if (!start) {
    report(path.loc, `Nothing is known as {{${path.original}}} here.`);
    return undefined;
  }
  let [type, parts] = start;
  for (const part of parts) {
    const next = stepInto(type, part);
    if (!next) {
      const what =
        type === scope.contexts[0] ? `Unknown field "${part}".` : `Unknown part "${part}".`;
      const root = type === scope.contexts[0] ? type : scope.contexts[0];
      const outside = root?.parts?.has(part)
        ? ` Inside a block a field of the template is {{@root.${part}}}.`
        : '';
      report(path.loc, `${what}${didYouMean(part, namesAt(type, scope))}${outside}`);
      return undefined;
    }
    if (type === scope.contexts[0]) scope.used.add(part);
    type = next;
  }
  return type;
}

type Call = Pick<hbs.AST.SubExpression, 'path' | 'params' | 'hash' | 'loc'>;

function checkArgument(
  rule: { takes?: readonly ValueKind[]; check?: (value: unknown) => string | undefined },
  what: string,
  given: ValueType | undefined,
  loc: hbs.AST.SourceLocation,
  report: Report,
): void {
  if (!given) return;
  if (given.kind === 'literal') {
    const problem = rule.check?.(given.literal);
    if (problem) report(loc, `${what}: ${JSON.stringify(given.literal)} ${problem}.`);
    return;
  }
  if (rule.takes && !rule.takes.includes(given.kind)) {
    report(loc, `${what} takes ${rule.takes.join(' or ')}, not ${given.kind}.`);
  }
}

/** `same`: of several different kinds only text is left, which is safe nowhere but in text. */
function resultType(helper: Helper, params: (ValueType | undefined)[]): ValueType {
  if (helper.returns === 'item') return params[0]?.item ?? TEXT;
  if (helper.returns !== 'same') return { kind: helper.returns };
  const known = helper.params[0]?.many ? params : params.slice(0, 1);
  const variable = known.filter((p) => p !== undefined && p.kind !== 'literal');
  const [first] = variable;
  if (!first) return { kind: 'literal' };
  return variable.every((p) => p?.kind === first.kind) ? first : TEXT;
}

function helperType(call: Call, scope: ExpressionScope, report: Report): ValueType | undefined {
  const name = call.path.original;
  const helper = Object.hasOwn(helpers, name) ? helpers[name] : undefined;
  const params = call.params.map((p) => expressionType(p, scope, report));
  const pairs = call.hash?.pairs ?? [];
  const values = pairs.map((p) => expressionType(p.value, scope, report));
  if (!helper) {
    const isBlock = BLOCKS.some((b) => b === name);
    const hint = isBlock
      ? ` It is a block: {{#${name} …}}.`
      : didYouMean(name, Object.keys(helpers));
    report(call.path.loc, `Unknown helper "${name}".${hint}`);
    return undefined;
  }
  const least = helper.params.filter((p) => !p.optional).length;
  const most = helper.params.at(-1)?.many ? Infinity : helper.params.length;
  if (params.length < least || params.length > most) {
    report(call.loc, `"${name}" is used as ${helper.usage}.`);
    return undefined;
  }
  params.forEach((given, i) => {
    const rule = helper.params[i] ?? helper.params.at(-1);
    const loc = call.params[i]?.loc ?? call.loc;
    if (rule) checkArgument(rule, `The ${rule.name} of "${name}"`, given, loc, report);
  });
  pairs.forEach((pair, i) => {
    const options = helper.options ?? {};
    const rule = Object.hasOwn(options, pair.key) ? options[pair.key] : undefined;
    if (rule) checkArgument(rule, `${pair.key} of "${name}"`, values[i], pair.loc, report);
    else {
      const hint = didYouMean(pair.key, Object.keys(options));
      report(pair.loc, `"${name}" has no option "${pair.key}".${hint}`);
    }
  });
  return resultType(helper, params);
}

/** The type of any expression; reports what is wrong in it. */
export function expressionType(
  node: hbs.AST.Expression,
  scope: ExpressionScope,
  report: Report,
): ValueType | undefined {
  switch (node.type) {
    case 'PathExpression':
      return pathType(node as hbs.AST.PathExpression, scope, report);
    case 'SubExpression':
      return helperType(node as hbs.AST.SubExpression, scope, report);
    default:
      return { kind: 'literal', literal: (node as hbs.AST.StringLiteral).value };
  }
}

/**
 * The type of `{{…}}`. A field may have the name of a helper (`date`): without parameters it is
 * the field, and the path is rewritten so that Handlebars sees it as one, too.
 */
export function mustacheType(
  node: hbs.AST.MustacheStatement,
  scope: ExpressionScope,
  report: Report,
): ValueType | undefined {
  if (node.path.type !== 'PathExpression') {
    report(node.loc, 'Write the text itself, without {{ }}.');
    return undefined;
  }
  const path = node.path as hbs.AST.PathExpression;
  if (node.params.length > 0 || (node.hash?.pairs.length ?? 0) > 0) {
    return helperType({ path, params: node.params, hash: node.hash, loc: node.loc }, scope, report);
  }
  const name = path.original;
  const isHelper = Object.hasOwn(helpers, name) || BLOCKS.some((b) => b === name);
  if (isHelper && !scope.blockParams.has(name)) {
    if (!scope.contexts.at(-1)?.parts?.has(name)) {
      const usage = Object.hasOwn(helpers, name) ? helpers[name]?.usage : `{{#${name} …}}`;
      report(node.loc, `"${name}" is used as ${usage}.`);
      return undefined;
    }
    path.original = `this.${name}`;
  }
  return pathType(path, scope, report);
}
