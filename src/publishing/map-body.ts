import { AppError, type FieldError } from '../errors/app-error.js';
import { invalidField } from '../errors/invalid-field.js';
import { parseUrl } from '../lib/parse-url.js';
import { HelperError } from '../templates/handlebars-engine.js';
import { BudgetError, EVENT_LIMITS, MAPPING_LIMITS, WorkBudget } from '../templates/work-budget.js';
import { compileMapExpression, ExpressionError, type MapExpression } from './map-expression.js';
import type { Source } from './source-ports.js';

/** The mapped body. */
interface MappedBody {
  /** Page key; empty if the expression found nothing. */
  page: string;
  pageUrl?: string;
  /** Fields with a value; the template decides about the others. */
  data: Record<string, unknown>;
}

export interface BodyMap {
  /** Result of the source's own `event` expression; undefined without one. */
  event(body: Record<string, unknown>): string | undefined;
  /** @throws AppError `invalid_data` if a helper cannot work with the content of the body */
  map(body: Record<string, unknown>): MappedBody;
}

type Expressions = Pick<Source, 'page' | 'pageUrl' | 'event' | 'map' | 'siteUrl'>;

const isSomething = (value: unknown) => value !== undefined && value !== null && value !== '';

const textOf = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';

/** `https://example.com/blog/hello/` and `/blog/hello/` both name the page `blog/hello`. */
function pageKeyOf(value: unknown): string {
  const text = textOf(value);
  const path = (/^https?:\/\//i.test(text) && parseUrl(text)?.pathname) || text;
  let start = 0;
  let end = path.length;
  while (start < end && path[start] === '/') start += 1;
  while (end > start && path[end - 1] === '/') end -= 1;
  return path.slice(start, end);
}

/** As written, or relative to the site's address. */
function pageUrlOf(value: unknown, siteUrl: string | undefined): string | undefined {
  const text = textOf(value);
  if (text === '') return undefined;
  if (/^https?:\/\//i.test(text)) return text;
  return siteUrl && `${siteUrl}/${text.replace(/^\/+/, '')}`;
}

/** Limits for all expressions of a source together: parsing and compiling them is work, too. */
const MAX_SOURCE_CHARACTERS = 12_000;
const MAX_SOURCE_CALLS = 400;

/**
 * Checks the size of a new source's expressions before any is parsed.
 * @throws AppError `invalid_request` (`map`)
 */
export function assertMapSize({ page, pageUrl, event, map }: Expressions): void {
  const all = [page, pageUrl ?? '', event ?? '', ...Object.values(map)].join('\n');
  const calls = all.match(/\{\{|\(/g)?.length ?? 0;
  if (all.length <= MAX_SOURCE_CHARACTERS && calls <= MAX_SOURCE_CALLS) return;
  throw invalidField(
    'map',
    `is too much for one source: all expressions together may have ${MAX_SOURCE_CHARACTERS} characters and ${MAX_SOURCE_CALLS} times {{ … }} or ( … ), and these have ${all.length} and ${calls}. Shorten them, or derive fields in the template`,
  );
}

/** The error of an expression on a body, as a sentence. */
function messageOf(thrown: unknown): string {
  const cause = thrown instanceof HelperError ? thrown.cause : thrown;
  if (cause instanceof BudgetError) {
    return `The mapping of one body shares a budget, and with this expression it ${cause.message}`;
  }
  return `The expression failed on this body: ${(thrown as Error).message.slice(0, 200)}`;
}

/**
 * Compiles all expressions of a source.
 * @throws AppError `invalid_request` that lists every invalid expression by its path (`map.title`)
 */
export function createBodyMap(source: Expressions): BodyMap {
  const errors: FieldError[] = [];
  const compile = (path: string, expression: string): MapExpression => {
    try {
      return compileMapExpression(expression);
    } catch (cause) {
      if (!(cause instanceof ExpressionError)) throw cause;
      errors.push({ path, message: cause.message });
      return () => undefined;
    }
  };
  const page = compile('page', source.page);
  const pageUrl = source.pageUrl === undefined ? undefined : compile('page_url', source.pageUrl);
  const event = source.event === undefined ? undefined : compile('event', source.event);
  const fields = Object.entries(source.map).map(
    ([name, expression]) => [name, compile(`map.${name}`, expression)] as const,
  );
  const [first] = errors;
  if (first) {
    throw new AppError('invalid_request', { detail: `${first.path}: ${first.message}`, errors });
  }

  const variables = { site_url: source.siteUrl ?? '' };
  const run = (
    path: string,
    expression: MapExpression,
    body: Record<string, unknown>,
    budget: WorkBudget,
  ) => {
    try {
      return expression(body, variables, budget);
    } catch (cause) {
      const message = messageOf(cause);
      throw new AppError('invalid_data', {
        detail: `${path}: ${message}`,
        errors: [{ path, message }],
        cause,
      });
    }
  };

  return {
    event: (body) =>
      event ? textOf(run('event', event, body, new WorkBudget(EVENT_LIMITS))) : undefined,
    map(body) {
      // One budget for all expressions: the cost of a hook is everything that is mapped for it.
      const budget = new WorkBudget(MAPPING_LIMITS);
      const key = pageKeyOf(run('page', page, body, budget));
      const given = pageUrl ? run('page_url', pageUrl, body, budget) : key;
      const address = pageUrlOf(given, source.siteUrl);
      const data: Record<string, unknown> = {};
      for (const [name, expression] of fields) {
        const value = run(`map.${name}`, expression, body, budget);
        if (isSomething(value)) data[name] = value;
      }
      return { page: key, data, ...(address ? { pageUrl: address } : {}) };
    },
  };
}
