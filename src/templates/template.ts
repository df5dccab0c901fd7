import type { TemplateManifest } from './manifest.js';

/** A scalar, a list of scalars, or a list of entries with named parts. */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | (string | number)[]
  | Record<string, string | number>[];

/**
 * Complete fields after resolution: every field of the manifest is present. Text is trimmed and
 * normalised; an image field holds an absolute http(s) or data: URL, `asset:assets/…` for one of
 * the template's own pictures (see `assetPathOf`), or ''; a date is ISO 8601 (`2026-11-21`, an
 * instant `…T18:00:00Z`, or a wall-clock time without Z); a field that is empty holds '' (text),
 * null (number), false (boolean) or [] (list). The object has no prototype.
 */
export type ResolvedFields = Record<string, FieldValue>;

export interface TemplateAsset {
  /** Path below the template's folder, e.g. `assets/paper.png`. */
  path: string;
  contentType: string;
  body: Buffer;
}

/** One loaded version of a template. Immutable; safe to share between jobs. */
export interface Template {
  id: string;
  /** 16 hex digits: a hash of the files that can change a pixel. */
  version: string;
  manifest: TemplateManifest;
  css: string;
  /** By path below the template's folder. */
  assets: ReadonlyMap<string, TemplateAsset>;
  sample: Record<string, unknown>;
  /** `ugly/*.json`, by file name without the ending. */
  edgeCases: ReadonlyMap<string, Record<string, unknown>>;
  /**
   * The HTML of the body. `pictures` maps image fields to the address under which the browser
   * finds the prepared picture; a field that is absent from it is empty.
   * @throws AppError `template_invalid` naming file and line
   */
  body(fields: ResolvedFields, pictures: ReadonlyMap<string, string>): string;
}

/** What the rest of the system may ask of the installed templates. */
export interface TemplateRegistry {
  /**
   * By its id, or by `<id>@<version>` once that was loaded.
   * @throws AppError `template_not_found`, with the nearest id as a hint
   */
  get(reference: string): Template;
  /**
   * Makes `get` find a version that a reference pins; nothing to do for a mere id. Whether there is
   * such a version, `get` says.
   */
  load(reference: string): Promise<void>;
  /** The named version, reading the folder again if it is not the loaded one. */
  getVersion(id: string, version: string): Promise<Template | undefined>;
  list(): Template[];
}
