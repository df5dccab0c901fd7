import { ZodArray, ZodDefault, ZodObject, ZodOptional, type ZodType } from 'zod';
import type { $ZodIssue, $ZodRawIssue } from 'zod/v4/core';
import { AppError, type FieldError } from '../errors/app-error.js';
import { nearestName } from '../lib/nearest-name.js';

const TYPE_NAMES: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

const MAX_ECHO_LENGTH = 64;
/** More would only hide the first ones. */
const MAX_ERRORS = 50;

const quoted = (value: unknown) =>
  typeof value === 'string' ? `"${value.slice(0, MAX_ECHO_LENGTH)}"` : String(value);

/** Messages for issues whose schema has none of its own. */
function defaultMessage(issue: $ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      const expected = TYPE_NAMES[issue.expected] ?? issue.expected;
      return issue.input === undefined ? `is required: give ${expected}` : `must be ${expected}`;
    }
    case 'invalid_value': {
      const values = issue.values.map((value) => quoted(value));
      const choice = values.length === 1 ? values[0] : `one of ${values.join(', ')}`;
      if (issue.input === undefined) return `is required: give ${choice}`;
      const near =
        typeof issue.input === 'string'
          ? nearestName(issue.input.slice(0, MAX_ECHO_LENGTH), issue.values.map(String))
          : undefined;
      return `must be ${choice}${near ? `. Did you mean "${near}"?` : ''}`;
    }
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty';
      if (issue.origin === 'string') return `must have at least ${issue.minimum} characters`;
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `must have at most ${issue.maximum} characters`;
      return `must be at most ${issue.maximum}`;
    default:
      return 'is not valid';
  }
}

function unwrapped(schema: unknown): unknown {
  if (schema instanceof ZodOptional || schema instanceof ZodDefault) {
    return unwrapped(schema.unwrap());
  }
  return schema;
}

/** The keys that the object at `path` may have. */
function knownKeys(schema: ZodType, path: PropertyKey[]): string[] {
  let at: unknown = unwrapped(schema);
  for (const part of path) {
    if (at instanceof ZodObject) at = unwrapped(at.shape[String(part)]);
    else if (at instanceof ZodArray) at = unwrapped(at.element);
  }
  return at instanceof ZodObject ? Object.keys(at.shape) : [];
}

function unknownKey(path: string, key: string, known: string[]): FieldError {
  const near = nearestName(key.slice(0, MAX_ECHO_LENGTH), known);
  const hint = near ? `Did you mean "${near}"? ` : '';
  return {
    path: path ? `${path}.${key}` : key,
    message: `is not known here. ${hint}Known: ${known.join(', ')}.`,
  };
}

function fieldErrors(schema: ZodType, issue: $ZodIssue): FieldError[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => unknownKey(path, key.slice(0, MAX_ECHO_LENGTH), known));
  }
  // The message of a bad key stands in the issue of its own schema.
  const inner = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
  return [{ path, message: inner ?? issue.message }];
}

/** One sentence for people who read only `detail`. */
function summarize(errors: FieldError[]): string {
  const [first] = errors;
  if (!first) return 'The request is not valid.';
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `${first.path || 'The body'}: ${first.message}${more}`;
}

interface Schemas {
  query: ZodType | undefined;
  body: ZodType | undefined;
}

/** A value as its schema gives it, or every mistake in it. */
export function readInput<T>(
  schema: ZodType<T>,
  given: unknown,
): { value: T; errors?: never } | { value?: never; errors: FieldError[] } {
  const result = schema.safeParse(given, { error: defaultMessage });
  if (result.success) return { value: result.data };
  return { errors: result.error.issues.flatMap((issue) => fieldErrors(schema, issue)) };
}

/** All mistakes of one request. */
export function inputError(errors: FieldError[]): AppError {
  return new AppError('invalid_request', {
    detail: summarize(errors),
    errors: errors.slice(0, MAX_ERRORS),
  });
}

/**
 * Checks query and body, and tells all mistakes of both at once, by path (`output.scale`).
 * A part without a schema comes out as undefined.
 * @throws AppError `invalid_request`
 */
export function parseInput(
  schemas: Schemas,
  given: { query: unknown; body: unknown },
): { query: unknown; body: unknown } {
  const parsed: { query: unknown; body: unknown } = { query: undefined, body: undefined };
  const errors: FieldError[] = [];
  for (const part of ['query', 'body'] as const) {
    const schema = schemas[part];
    if (!schema) continue;
    const result = readInput(schema, given[part]);
    if (result.errors) errors.push(...result.errors);
    else parsed[part] = result.value;
  }
  if (errors.length > 0) throw inputError(errors);
  return parsed;
}
