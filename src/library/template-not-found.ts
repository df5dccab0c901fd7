import { AppError } from '../errors/app-error.js';
import { didYouMean } from '../lib/nearest-name.js';
import type { TemplateReference } from '../templates/template-reference.js';

/** `isBroken`: there is a template of this id that cannot be used. */
export function templateNotFound(id: string, known: string[], isBroken = false): AppError {
  const broken = isBroken ? ' It is installed but not valid; see the log.' : '';
  const hint = broken || didYouMean(id, known) || ` Installed are: ${known.join(', ')}.`;
  return new AppError('template_not_found', {
    detail: `There is no template "${id.slice(0, 64)}".${hint}`,
  });
}

/** Of a template that there is. */
export function pinnedNotFound({ id, version }: Required<TemplateReference>): AppError {
  return new AppError('template_not_found', {
    detail: `Template "${id.slice(0, 64)}" has no version "${version}", or not any more. GET /v1/templates/{id}/versions lists those of a stored template.`,
  });
}
