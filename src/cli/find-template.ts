import { AppError } from '../errors/app-error.js';
import type { FolderRegistry } from '../library/folder-registry.js';
import { formatProblem } from '../templates/load-template.js';
import type { Template } from '../templates/template.js';

/** @throws Error listing what is wrong with a template that is there and not valid */
export function findTemplate(registry: FolderRegistry, id: string): Template {
  try {
    return registry.get(id);
  } catch (error) {
    const problems = registry.problems().filter((problem) => problem.template === id);
    if (problems.length === 0) throw error;
    throw new AppError('template_invalid', {
      detail: [
        `Template "${id}" is not valid:`,
        ...problems.map((p) => `  ${formatProblem(p)}`),
      ].join('\n'),
    });
  }
}
