import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { TemplateManifest } from '../templates/manifest.js';

/** Longer lists are languages and time zones, which change words and not the design. */
const MAX_DESIGN_CHOICES = 6;

/** What a drawing chose in place of the sample, e.g. `{theme: 'dark', starred: true}`. */
export type Chosen = Record<string, string | boolean>;

/**
 * One combination of the choices and switches that change the design (theme, typeface, …), another
 * for every `turn`: all come up over the cases of a check without multiplying the pictures.
 */
export function rotateChoices(manifest: TemplateManifest, turn: number): Chosen {
  const chosen: Chosen = {};
  let rest = turn;
  for (const [name, spec] of Object.entries(manifest.fields)) {
    const values = fieldTypeOf(spec).looks(spec);
    if (values.length < 2 || values.length > MAX_DESIGN_CHOICES) continue;
    const value = values[rest % values.length];
    if (value !== undefined) chosen[name] = value;
    rest = Math.floor(rest / values.length);
  }
  return chosen;
}
