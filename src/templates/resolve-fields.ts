import type { FieldError } from '../errors/app-error.js';
import { type Warning, warningOf } from '../errors/warning.js';
import { isInvalidData, type WarningCodeFrom } from '../errors/warning-catalogue.js';
import { didYouMean } from '../lib/nearest-name.js';
import { type Derived, derivePlan } from './derive-fields.js';
import { documentLanguage } from './document-language.js';
import { fieldTypeOf } from './field-types/field-types.js';
import type { FieldSpec, TemplateManifest } from './manifest.js';
import type { Note, ReadContext, ReadValue } from './read-result.js';
import { readOwnValue, readValue } from './read-value.js';
import type { GivenReading } from './reading/reading-hints.js';
import { createRowHints } from './reading/row-hints.js';
import type { FieldValue, ResolvedFields, Template } from './template.js';

export interface ResolveOptions {
  /**
   * What happens to dirty data. Not given: what the template can mend is mended, the rest refused.
   * `fallback`: as before, but an optional field that nothing mends is left empty; `reject` refuses
   * all of it; `review` refuses none, leaves empty what cannot be mended, and says `needsReview`.
   */
  onMissing?: 'fallback' | 'reject' | 'review';
  /** How numbers and dates of a list are written, as far as that is known. */
  reading?: GivenReading | undefined;
}

type Policy = 'mend' | 'fallback' | 'reject' | 'review';

interface ResolveError extends FieldError {
  /** `mistake`: the call is wrong, whatever the policy. `dirt`: the value is, under this policy. */
  kind: 'mistake' | 'invalid_data';
  /** The manifest's field, where the error belongs to one. */
  field?: string;
}

export interface Resolution {
  /** Every field of the manifest, in its order; empty where there is an error. */
  fields: ResolvedFields;
  warnings: Warning[];
  /** Not empty: no picture may be made from these fields. */
  errors: ResolveError[];
  /** Only under `review`: something was mended or left empty that someone should look at. */
  needsReview: boolean;
}

/** Further unknown names add nothing to the answer. */
const MAX_UNKNOWN_NAMED = 20;
const MAX_NAME_SHOWN = 64;

const emptyValue = (spec: FieldSpec): FieldValue => fieldTypeOf(spec).empty();

const assetsOf = new WeakMap<object, ReadonlySet<string>>();

/** The paths that `asset:` values may name: pictures among the template's own files. */
export function templateAssets(template: Pick<Template, 'assets'>): ReadonlySet<string> {
  const known = assetsOf.get(template.assets);
  if (known) return known;
  const pictures = [...template.assets.values()].filter((a) => a.contentType.startsWith('image/'));
  const paths = new Set(pictures.map((a) => a.path));
  assetsOf.set(template.assets, paths);
  return paths;
}

function fieldPath(name: string): string {
  const shown = name.slice(0, MAX_NAME_SHOWN);
  return /^[\w-]+$/.test(shown) ? `data.${shown}` : `data[${JSON.stringify(shown)}]`;
}

function unknownFields(data: object, known: string[]): ResolveError[] {
  const unknown = Object.keys(data).filter((name) => !known.includes(name));
  const named = unknown.slice(0, MAX_UNKNOWN_NAMED).map((name): ResolveError => {
    const hint = didYouMean(name, known);
    const list = hint === '' ? ` Its fields are: ${known.join(', ') || 'none'}.` : '';
    return {
      kind: 'mistake',
      path: fieldPath(name),
      message: `The template has no such field.${hint}${list}`,
    };
  });
  const more = unknown.length - named.length;
  if (more <= 0) return named;
  const message = `${more} more fields are unknown to the template.`;
  return [...named, { kind: 'mistake', path: 'data', message }];
}

interface Mend {
  value: FieldValue;
  code: WarningCodeFrom<'data'>;
  /** How it goes on after "Title is missing" or after the reader's message. */
  shown: string;
}

/** What the manifest offers in place of a value that is `missing` or `invalid`, if it does. */
function mendFor(
  spec: FieldSpec,
  trouble: 'missing' | 'invalid',
  context: ReadContext,
): Mend | undefined {
  const source = spec.fallback !== undefined ? 'fallback' : 'default';
  const read = readOwnValue(spec, spec[source], context);
  if (read.kind === 'value') {
    return {
      value: read.value,
      code: `${trouble}_used_fallback`,
      shown: `the template's ${source} is shown`,
    };
  }
  // `"fallback": ""` says that the design does without.
  if (read.kind === 'empty' && spec.fallback !== undefined) {
    return { value: emptyValue(spec), code: `${trouble}_used_fallback`, shown: 'it is left out' };
  }
  if (fieldTypeOf(spec).asset && spec.on_error !== undefined) {
    const shown = { placeholder: 'a placeholder is shown', initials: 'initials are shown' };
    return {
      value: '',
      code: `${trouble}_used_placeholder`,
      shown: spec.on_error === 'hide' ? 'the picture is left out' : shown[spec.on_error],
    };
  }
  return undefined;
}

interface Outcome {
  value: FieldValue;
  notes: Note[];
  errors: { kind: 'mistake' | 'invalid_data'; message: string; at?: string }[];
}

/** A value that cannot stand as it is: mended, refused, or left empty for someone to look at. */
function mend(
  spec: FieldSpec,
  trouble: 'missing' | 'invalid',
  message: string,
  policy: Policy,
  context: ReadContext,
): Outcome {
  const found = mendFor(spec, trouble, context);
  const empty = emptyValue(spec);
  if (found) {
    const remedy = trouble === 'missing' ? ' Give a value to show your own.' : '';
    return {
      value: found.value,
      notes: [{ code: found.code, message: `${message} Meanwhile ${found.shown}.${remedy}` }],
      errors: policy === 'reject' ? [{ kind: 'invalid_data', message }] : [],
    };
  }
  if (policy === 'review' || (policy === 'fallback' && spec.required !== true)) {
    const code = `${trouble}_left_empty` as const;
    return { value: empty, notes: [{ code, message: `${message} It is left empty.` }], errors: [] };
  }
  return { value: empty, notes: [], errors: [{ kind: 'invalid_data', message }] };
}

/** An optional field that falls back to nothing is as good as one that was not given. */
function isEmptyFallback(spec: FieldSpec, context: ReadContext): boolean {
  return readOwnValue(spec, spec.fallback, context).kind === 'empty';
}

function resolveEmpty(spec: FieldSpec, policy: Policy, context: ReadContext): Outcome {
  if (spec.default !== undefined) {
    const read = readOwnValue(spec, spec.default, context);
    if (read.kind === 'value') return { value: read.value, notes: [], errors: [] };
  }
  const optional = spec.required !== true;
  if (optional && (spec.fallback === undefined || isEmptyFallback(spec, context))) {
    return { value: emptyValue(spec), notes: [], errors: [] };
  }
  return mend(spec, 'missing', `${spec.label} is missing.`, policy, context);
}

/** What strict callers refuse although it was mended. */
function refusedNotes(notes: Note[], policy: Policy): Outcome['errors'] {
  const refused = notes.filter((n) => policy === 'reject' && isInvalidData(n.code));
  return refused.map((n) => ({ kind: 'invalid_data', message: n.message }));
}

/** What becomes of a value that was read: it stands, is mended, or is refused. */
function settle(spec: FieldSpec, read: ReadValue, policy: Policy, context: ReadContext): Outcome {
  if (read.kind === 'mistake') {
    return { value: emptyValue(spec), notes: [], errors: [read] };
  }
  if (read.kind === 'invalid_data') return mend(spec, 'invalid', read.message, policy, context);
  if (read.kind === 'empty') {
    const outcome = resolveEmpty(spec, policy, context);
    const errors = [...refusedNotes(read.notes, policy), ...outcome.errors];
    return { ...outcome, notes: [...read.notes, ...outcome.notes], errors };
  }
  return { value: read.value, notes: read.notes, errors: refusedNotes(read.notes, policy) };
}

/** A given value goes before the one that `derive` makes. */
function readDerived(
  spec: FieldSpec,
  raw: unknown,
  derive: () => Derived,
  context: ReadContext,
): ReadValue {
  const given = readValue(spec, raw, context);
  if (given.kind !== 'empty') return given;
  const derived = derive();
  if ('problem' in derived) return { kind: 'invalid_data', message: derived.problem };
  const read = readOwnValue(spec, derived.text, context);
  // Of the wrong form, but not by a mistake of the caller, who did not write it.
  return read.kind === 'mistake' ? { kind: 'invalid_data', message: read.message } : read;
}

/** Derived fields come last: they are made from the others as those came out. */
function settleFields(
  manifest: TemplateManifest,
  data: object,
  policy: Policy,
  bare: ReadContext,
  given: GivenReading | undefined,
): Map<string, Outcome> {
  const fields: ResolvedFields = Object.create(null);
  const outcomes = new Map<string, Outcome>();
  const plan = derivePlan(manifest);
  const derive = plan.begin();
  const hintsOf = createRowHints(manifest.fields, data, given);
  const settleOne = (name: string, spec: FieldSpec) => {
    const raw: unknown = Object.hasOwn(data, name) ? Reflect.get(data, name) : undefined;
    const context = { ...bare, hints: hintsOf(name) };
    const read =
      spec.derive === undefined
        ? readValue(spec, raw, context)
        : readDerived(spec, raw, () => derive(name, fields), context);
    const outcome = settle(spec, read, policy, bare);
    fields[name] = outcome.value;
    outcomes.set(name, outcome);
  };
  for (const [name, spec] of Object.entries(manifest.fields)) {
    if (spec.derive === undefined) settleOne(name, spec);
  }
  for (const name of plan.order) {
    const spec = manifest.fields[name];
    if (spec) settleOne(name, spec);
  }
  return outcomes;
}

/** The language of the document, before its fields are resolved: as given, else by default. */
function languageOf({ fields }: TemplateManifest, data: object): string | undefined {
  const defaults = Object.entries(fields).map(([name, spec]) => [name, spec.default]);
  return documentLanguage({ ...data }) ?? documentLanguage(Object.fromEntries(defaults));
}

/**
 * Step 2 of an image's way: raw data becomes complete fields. Never throws; what is wrong is in
 * `errors` (with paths such as `data.title` or `data.items[2].name`), what was mended in
 * `warnings`. Resolving resolved fields again changes nothing. docs/templates.md has the rules.
 */
export function resolveFields(
  template: Pick<Template, 'manifest' | 'assets'>,
  data: unknown,
  options: ResolveOptions = {},
): Resolution {
  const policy: Policy = options.onMissing ?? 'mend';
  const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
  const language = isObject ? languageOf(template.manifest, data) : undefined;
  const context: ReadContext = {
    templateAssets: templateAssets(template),
    ...(language === undefined ? {} : { language }),
  };
  const specs = Object.entries(template.manifest.fields);
  const known = specs.map(([name]) => name);
  const errors: ResolveError[] = [];
  const warnings: Warning[] = [];

  if (isObject) {
    errors.push(...unknownFields(data, known));
  } else {
    const given = Array.isArray(data) ? 'an array' : data === null ? 'null' : typeof data;
    const message = `Give an object with the template's fields, not ${given}.`;
    errors.push({ kind: 'mistake', path: 'data', message });
  }

  const outcomes = isObject
    ? settleFields(template.manifest, data, policy, context, options.reading)
    : new Map<string, Outcome>();
  const fields: ResolvedFields = Object.create(null);
  for (const [name, spec] of specs) fields[name] = outcomes.get(name)?.value ?? emptyValue(spec);
  for (const name of known) {
    const outcome = outcomes.get(name);
    warnings.push(...(outcome?.notes ?? []).map((n) => warningOf(n.code, n.message, name)));
    for (const { kind, message, at } of outcome?.errors ?? []) {
      errors.push({ kind, path: `${fieldPath(name)}${at ?? ''}`, message, field: name });
    }
  }
  const isDoubtful = warnings.some(({ code }) => isInvalidData(code));
  return { fields, warnings, errors, needsReview: policy === 'review' && isDoubtful };
}
