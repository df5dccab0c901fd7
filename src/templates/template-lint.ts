import Handlebars from 'handlebars';
import { didYouMean } from '../lib/nearest-name.js';
import { ElementBalance } from './element-balance.js';
import {
  BLOCKS,
  type ExpressionScope,
  expressionType,
  mustacheType,
  rootScope,
  type ValueType,
} from './expression-check.js';
import { afterSlot, joinPlaces, type Place, START } from './html-scanner.js';
import type { TemplateManifest } from './manifest.js';
import { checkMarkup } from './markup-check.js';
import { slotProblem } from './slot-rules.js';

/** Both count from 1. */
interface SourceProblem {
  line: number;
  column: number;
  message: string;
}

export interface LintedTemplate {
  /** Ready to compile; undefined where the source cannot be parsed. */
  ast: hbs.AST.Program | undefined;
  problems: SourceProblem[];
  /** What has no effect, or not the one that was meant; the template can be drawn all the same. */
  warnings: SourceProblem[];
  /** Addresses that the markup itself names, to be checked against the template's files. */
  addresses: { address: string; line: number; column: number }[];
}

/** `data-max-lines` is a rule of CSS for each number; see docs/templates.md. */
const MAX_LINES = 20;

interface Position {
  line: number;
  column: number;
}

function advance(from: hbs.AST.Position, text: string): Position {
  const lines = text.split('\n');
  const last = lines.at(-1) ?? '';
  const column = lines.length === 1 ? from.column + last.length : last.length;
  return { line: from.line + lines.length - 1, column: column + 1 };
}

function nodeName(node: hbs.AST.MustacheStatement): string {
  const path = node.path as hbs.AST.PathExpression;
  return node.params.length > 0
    ? `The result of "${path.original}"`
    : `"${path.original.replace(/^this\./, '')}"`;
}

class Linter {
  readonly problems: SourceProblem[] = [];
  readonly warnings: SourceProblem[] = [];
  readonly addresses: LintedTemplate['addresses'] = [];
  readonly balance = new ElementBalance<Position>();
  readonly #fieldNames: string[];
  readonly #output: 'html' | 'text';

  constructor(manifest: TemplateManifest, output: 'html' | 'text') {
    this.#fieldNames = Object.keys(manifest.fields);
    this.#output = output;
  }

  report = (loc: hbs.AST.SourceLocation, message: string): void => {
    this.problems.push({ line: loc.start.line, column: loc.start.column + 1, message });
  };

  program(program: hbs.AST.Program | undefined, place: Place, scope: ExpressionScope): Place {
    return (program?.body ?? []).reduce((now, node) => this.#statement(node, now, scope), place);
  }

  #statement(node: hbs.AST.Statement, place: Place, scope: ExpressionScope): Place {
    switch (node.type) {
      case 'ContentStatement':
        if (this.#output === 'text') return place;
        return this.#content(node as hbs.AST.ContentStatement, place);
      case 'MustacheStatement':
        return this.#mustache(node as hbs.AST.MustacheStatement, place, scope);
      case 'BlockStatement':
        return this.#block(node as hbs.AST.BlockStatement, place, scope);
      case 'CommentStatement':
        return place;
      case 'PartialStatement':
      case 'PartialBlockStatement':
        this.report(node.loc, 'Partials ({{> …}}) are not available: a template is one file.');
        return place;
      default:
        this.report(node.loc, 'Decorators ({{* …}}) are not available.');
        return place;
    }
  }

  #mustache(node: hbs.AST.MustacheStatement, place: Place, scope: ExpressionScope): Place {
    if (!node.escaped) {
      this.report(node.loc, 'Unescaped output ({{{ … }}} or {{& … }}) is refused. Write {{ … }}.');
    }
    const type = mustacheType(node, scope, this.report);
    const problem = type && this.#slotProblem(nodeName(node), type, place);
    if (problem) this.report(node.loc, problem);
    return afterSlot(place);
  }

  #slotProblem(name: string, { kind }: ValueType, place: Place): string | undefined {
    if (this.#output === 'text') {
      if (kind === 'image') return `${name} is a picture and has no text of its own.`;
      if (kind === 'hyphenated') return `${name} is for template.hbs: there words are divided.`;
    }
    return slotProblem(name, kind, place);
  }

  #block(node: hbs.AST.BlockStatement, place: Place, scope: ExpressionScope): Place {
    const name = node.path.original;
    if (!BLOCKS.some((b) => b === name)) {
      const hint = this.#fieldNames.includes(name)
        ? ` Write {{#if ${name}}} or {{#each ${name}}}.`
        : didYouMean(name, BLOCKS);
      this.report(node.path.loc, `Unknown block "${name}".${hint}`);
      return place;
    }
    const [param, ...more] = node.params;
    const type = param && expressionType(param, scope, this.report);
    if (!param || more.length > 0) this.report(node.loc, `{{#${name}}} takes one value.`);
    const inner = name === 'each' || name === 'with' ? this.#innerScope(node, type, scope) : scope;
    const start = [...this.balance.fork()];
    const end = this.program(node.program, place, inner);
    const elements = this.balance.turn(start);
    const otherEnd = this.program(node.inverse, place, scope);
    this.balance.join(elements);
    const joined = joinPlaces(end, otherEnd);
    const again = name === 'each' ? joinPlaces(place, end) : joined;
    if (joined && again) return joined;
    const message =
      'This block opens or closes a tag, quote or comment in one of its branches only.';
    this.report(node.loc, `${message} Every branch must end where it began.`);
    return end;
  }

  #innerScope(
    node: hbs.AST.BlockStatement,
    type: ValueType | undefined,
    scope: ExpressionScope,
  ): ExpressionScope {
    const isEach = node.path.original === 'each';
    if (type && isEach && type.kind !== 'list') {
      this.report(node.loc, `{{#each}} takes a list field, not ${type.kind}.`);
    }
    if (type && !isEach && type.kind !== 'entry') {
      this.report(node.loc, `{{#with}} takes an entry of a list, not ${type.kind}.`);
    }
    const context: ValueType = (isEach ? type?.item : type) ?? { kind: 'text' };
    const blockParams = new Map(scope.blockParams);
    const [item, index] = node.program?.blockParams ?? [];
    if (item !== undefined) blockParams.set(item, context);
    if (index !== undefined) blockParams.set(index, { kind: 'number' });
    return {
      ...scope,
      contexts: [...scope.contexts, context],
      blockParams,
      inEach: isEach || scope.inEach,
    };
  }

  #content(node: hbs.AST.ContentStatement, place: Place): Place {
    const original = String(node.original);
    const skipped = Math.max(0, original.indexOf(node.value));
    const at = (offset: number) =>
      advance(node.loc.start, original.slice(0, skipped + Math.max(0, offset)));
    const fault = (message: string, offset: number) => {
      this.problems.push({ ...at(offset), message });
    };
    return checkMarkup(place, node.value, {
      fault,
      load: (address, offset) => this.addresses.push({ address, ...at(offset) }),
      warn: (message, offset) => this.warnings.push({ ...at(offset), message }),
      element: (name, isEnd, offset) => {
        if (isEnd) this.balance.closed(name, at(offset));
        else this.balance.opened(name, at(offset));
      },
      attribute: (name, value, offset) =>
        this.#layoutAttribute(name, value, (message) => fault(message, offset)),
    });
  }

  #layoutAttribute(name: string, value: string, fault: (message: string) => void): void {
    if (name === 'data-field' && !this.#fieldNames.includes(value)) {
      fault(`data-field names no field: "${value}".${didYouMean(value, this.#fieldNames)}`);
    }
    if (name === 'data-max-lines' && !(/^\d+$/.test(value) && +value >= 1 && +value <= MAX_LINES)) {
      fault(`data-max-lines takes a number from 1 to ${MAX_LINES}, not "${value}".`);
    }
  }
}

function parseProblem(thrown: unknown): SourceProblem {
  const error = thrown as { message?: string; lineNumber?: number; column?: number };
  const message = error.message ?? 'The template cannot be parsed.';
  const [, line = '1', pointer = ''] =
    /^Parse error on line (\d+):\n.*\n(-*\^)/.exec(message) ?? [];
  const expecting = /Expecting .*?got '(.*?)'/.exec(message);
  const plain = expecting ? 'This {{ … }} is not complete or not valid Handlebars.' : message;
  return {
    line: error.lineNumber ?? Number(line),
    // Handlebars shows the last 20 characters before the place, so that long lines say too little.
    column: (error.column ?? Math.max(0, pointer.length - 1)) + 1,
    message: plain.replace(/ - \d+:\d+$/, ''),
  };
}

/** The block that is open at the end of a source that the parser read to its end in vain. */
function unclosedBlock(source: string): SourceProblem | undefined {
  const open: { name: string; offset: number }[] = [];
  for (let at = source.indexOf('{{'); at !== -1; at = source.indexOf('{{', at + 2)) {
    const comment = /^\{\{~?!(--)?/.exec(source.slice(at, at + 6));
    if (comment) {
      const end = source.indexOf(comment[1] ? '--' : '}}', at + comment[0].length);
      if (end === -1) return undefined;
      at = end;
      continue;
    }
    const [, sign, name = ''] =
      /^\{\{~?([#/])\s{0,8}([^\s}~]{0,64})/.exec(source.slice(at, at + 80)) ?? [];
    if (sign === '#') open.push({ name, offset: at });
    else if (sign === '/') open.pop();
  }
  const last = open.at(-1);
  if (!last) return undefined;
  const message = `The block {{#${last.name}}} that begins here is not closed: {{/${last.name}}} is missing.`;
  return { ...advance({ line: 1, column: 0 }, source.slice(0, last.offset)), message };
}

function parse(source: string): hbs.AST.Program | SourceProblem {
  try {
    return Handlebars.parse(source);
  } catch (thrown) {
    const atEnd = thrown instanceof Error && /got 'EOF'/.test(thrown.message);
    return (atEnd ? unclosedBlock(source) : undefined) ?? parseProblem(thrown);
  }
}

function inOrder(problems: SourceProblem[]): SourceProblem[] {
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

/**
 * Parses a template and refuses what could break its picture or its isolation: unescaped output,
 * unknown fields and helpers, fields where their type is not safe, elements that load or run code.
 */
export function lintTemplate(source: string, manifest: TemplateManifest): LintedTemplate {
  const ast = parse(source);
  if ('message' in ast) return { ast: undefined, problems: [ast], warnings: [], addresses: [] };
  const linter = new Linter(manifest, 'html');
  const end = linter.program(ast, START, rootScope(manifest, 'html'));
  if (end.mode !== 'text') {
    const last = advance({ line: 1, column: 0 }, source);
    const where = end.mode === 'raw' ? `<${end.tag}>` : end.mode.replaceAll('_', ' ');
    linter.problems.push({ ...last, message: `The template ends within a ${where}.` });
  }
  for (const { at, message } of linter.balance.end()) linter.warnings.push({ ...at, message });
  const [problems, warnings] = [linter.problems, linter.warnings].map(inOrder);
  return { ast, problems: problems ?? [], warnings: warnings ?? [], addresses: linter.addresses };
}

export interface LintedExpression extends Pick<LintedTemplate, 'ast' | 'problems'> {
  /** The fields that it names. */
  uses: ReadonlySet<string>;
}

/** As `lintTemplate`, for an expression whose result is text and not markup. */
export function lintExpression(source: string, manifest: TemplateManifest): LintedExpression {
  const ast = parse(source);
  if ('message' in ast) return { ast: undefined, problems: [ast], uses: new Set() };
  const linter = new Linter(manifest, 'text');
  const scope = rootScope(manifest, 'text');
  linter.program(ast, START, scope);
  return { ast, problems: inOrder(linter.problems), uses: scope.used };
}
