import type { WarningCode } from '../../errors/warning-catalogue.js';
import type { FieldSpec } from '../manifest.js';

/*
 * A template check tries a template with awkward data: the checks know what is awkward, the types
 * of fields how they hold it.
 */

/** One kind of awkward text. */
interface EdgeText {
  /** At most so many characters of it. */
  of(maxLength: number): string;
  /** It fills all that a field may hold. */
  isLongest: boolean;
  /** The language that it is written in, where that matters. */
  language: string | undefined;
}

interface EdgeDate {
  value: string;
  /** Dates are written in another way in it. */
  language: string;
}

/** A new value for a field whose value in the sample is `before`; `undefined` leaves the field out. */
type Edge<Kind> = (spec: FieldSpec, before: unknown, kind: Kind) => unknown;

export interface EdgeKinds {
  text: EdgeText;
  /** Nothing is written. */
  no_text: undefined;
  /** Many short lines. */
  lines: string;
  number: number;
  date: EdgeDate;
  entries: 'none' | 'one' | 'full';
  color: string;
  /** The address of an asset; absent: none is given. */
  asset: string | undefined;
}

/** A case that only one type knows. */
interface OwnEdgeCase {
  name: string;
  /** What it stands for, in a few words; shown in reports. */
  about: string;
  value(spec: FieldSpec, before: unknown): unknown;
  /** Warning codes that this data asks for. */
  deserves: readonly WarningCode[];
  /** The template may refuse this data with a reason. */
  mayBeRefused: boolean;
}

export interface FieldEdges {
  /** The kinds of awkward data that are tried because there is such a field. */
  asksFor(spec: FieldSpec): readonly (keyof EdgeKinds)[];
  /** What it holds in each kind; a kind that is absent leaves the field as it is. */
  values: { [Kind in keyof EdgeKinds]?: Edge<EdgeKinds[Kind]> };
  own: readonly OwnEdgeCase[];
}

/** Of a type that only takes part in what others ask for. */
export const asksForNothing = (): readonly (keyof EdgeKinds)[] => [];

/** The choice of a language field (`ar`, `zh-TW`) that goes with the text. */
export function languageChoice(spec: FieldSpec, language: string | undefined): string | undefined {
  if (language === undefined) return undefined;
  return spec.choices?.find((c) => c === language || c.startsWith(`${language}-`));
}

/** For text fields without `max_length`. */
const FREE_TEXT_LENGTH = 200;

export const textLength = (spec: FieldSpec): number => spec.max_length ?? FREE_TEXT_LENGTH;

/** Empty where it may be. */
export const emptiedText: Edge<undefined> = (spec, before) => (spec.required ? before : '');
