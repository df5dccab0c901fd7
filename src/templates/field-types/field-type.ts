import type { z } from 'zod';
import type { ValueType } from '../expression-check.js';
import type { FieldSpec, TemplateManifest } from '../manifest.js';
import type { Leftovers } from '../mend-leftovers.js';
import type { ReadContext, ReadValue } from '../read-result.js';
import type { FieldValue } from '../template.js';
import type { FieldEdges } from './field-edges.js';

export type JsonSchema = { [keyword: string]: unknown };

/** What a form shows for a field. Forms that are built from the schema find it under `x-cardpress`. */
type FormControl =
  | 'text'
  | 'textarea'
  | 'image'
  | 'color'
  | 'number'
  | 'date'
  | 'url'
  | 'select'
  | 'list'
  | 'checkbox';

export interface OptionProblem {
  /** The key of the field in the manifest; absent: the field as a whole. */
  key?: keyof FieldSpec;
  message: string;
}

/** SVG that is drawn here: it needs no fetching and no check. */
export interface DrawnAsset {
  svg: string;
  widthPx: number;
  heightPx: number;
}

/** Where the asset that a field shows comes from. */
type FieldAsset =
  /** The value is its address. */
  | { from: 'address' }
  /** It is drawn from the value, which is not empty. Must not fail for what `read` gives. */
  | { from: 'value'; draw(spec: FieldSpec, value: string): DrawnAsset };

/**
 * Everything that differs from one type of field to another. A new type is one such object and its
 * entry in `fieldTypes`; a member without a value does not compile.
 */
export interface FieldType<Options extends z.ZodRawShape = z.ZodRawShape> {
  /** Its line in docs/templates.md: what may be given, and what a template sees of it. */
  doc: { given: string; seen: string };

  /** The keys that such a field takes in the manifest, besides those of every field. All optional. */
  options: Options;
  /** What is wrong with such a field in a manifest although every key is well formed by itself. */
  problems(spec: FieldSpec, manifest: TemplateManifest): OptionProblem[];

  /** Reads a given value, which is neither null nor undefined. Must take what it gives unchanged. */
  read(spec: FieldSpec, value: unknown, context: ReadContext): ReadValue;
  /** What programs leave in such values, taken out before `read`; undefined: `read` does it. */
  leftovers: Leftovers | undefined;
  /** What `max_length` counts, where the type takes it. */
  lengthUnit: 'characters' | 'entries' | undefined;
  /** The value of a field that is empty. */
  empty(): FieldValue;

  /** Of the value, in JSON Schema. Other spellings are read, too; this shows the one to write. */
  schema(spec: FieldSpec): JsonSchema;
  /** Of `options`, those that the schema tells; a form is told the others beside it. */
  schemaTells: readonly (keyof FieldSpec)[];
  control: FormControl;

  /** What `{{field}}` is in the markup (`html`), and in the expression of a derived field (`text`). */
  valueType(spec: FieldSpec, output: 'html' | 'text'): ValueType;
  /** The template sees the address of an asset in place of the value. */
  asset: FieldAsset | undefined;
  /** Decides what is painted behind text by something else than the asset that it shows. */
  paintsScene: boolean;

  /** Text in it can be the name that initials are taken from. */
  givesInitials: boolean;
  /** People read its text in the picture. */
  holdsText: boolean;
  /** Left empty it leaves a gap in the picture. */
  leavesGap: boolean;

  /**
   * What anybody may write into the address of a link; `false`: nothing. Never an address, be it
   * fetched or followed by who sees the picture.
   */
  mayVary: false | ((spec: FieldSpec, value: string) => boolean);
  /** How a value stands in a signed address, where it is not plain text. */
  inAddress: 'text' | 'json';

  /** The values that change the design and that a check should see. Empty: any value may come. */
  looks(spec: FieldSpec): readonly (string | boolean)[];
  /** Another value that changes how the same text is shown; the same one where none does. */
  otherLook(spec: FieldSpec, value: FieldValue, index: number): FieldValue;
  /** How it takes part in what a template check tries. */
  edges: FieldEdges;
}
