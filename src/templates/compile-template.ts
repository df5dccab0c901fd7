import { AppError } from '../errors/app-error.js';
import { fieldTypeOf } from './field-types/field-types.js';
import { compileProgram, HelperError } from './handlebars-engine.js';
import type { TemplateManifest } from './manifest.js';
import type { FieldValue, ResolvedFields, Template } from './template.js';
import { type LintedTemplate, lintTemplate } from './template-lint.js';
import { BODY_LIMITS, WorkBudget } from './work-budget.js';

export interface CompiledTemplate extends LintedTemplate {
  /** Undefined where `problems` names a reason. */
  body: Template['body'] | undefined;
}

/**
 * Addresses come from the browser side and are harmless; encoded all the same, so that none can
 * ever end a `url()` or an attribute. Handlebars escapes for HTML only.
 */
function safeAddress(address: string): string {
  return address.replaceAll(
    /[\s"'()\\<>`]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** What the template sees: the fields of its manifest and nothing that they inherit. */
function contextOf(
  manifest: TemplateManifest,
  fields: ResolvedFields,
  pictures: ReadonlyMap<string, string>,
): Record<string, FieldValue> {
  const context: Record<string, FieldValue> = Object.create(null);
  for (const [name, spec] of Object.entries(manifest.fields)) {
    const value = Object.hasOwn(fields, name) ? (fields[name] ?? null) : null;
    context[name] = fieldTypeOf(spec).asset ? safeAddress(pictures.get(name) ?? '') : value;
  }
  return context;
}

function placeOf(thrown: unknown): string {
  if (thrown instanceof HelperError) return `:${thrown.line}:${thrown.column}`;
  const { lineNumber, column } = thrown as { lineNumber?: number; column?: number };
  return lineNumber === undefined ? '' : `:${lineNumber}:${(column ?? 0) + 1}`;
}

/**
 * The body of a template as a function, together with what the check of its source found.
 * `file` is how messages name it, e.g. `article/template.hbs`.
 */
export function compileTemplate(
  source: string,
  manifest: TemplateManifest,
  file: string,
): CompiledTemplate {
  const linted = lintTemplate(source, manifest);
  if (!linted.ast || linted.problems.length > 0) return { ...linted, body: undefined };
  const render = compileProgram(linted.ast, 'html');
  const body: Template['body'] = (fields, pictures) => {
    try {
      return render(contextOf(manifest, fields, pictures), new WorkBudget(BODY_LIMITS));
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new AppError('template_invalid', {
        detail: `${file}${placeOf(thrown)}: ${reason}`,
        cause: thrown,
      });
    }
  };
  return { ...linted, body };
}
