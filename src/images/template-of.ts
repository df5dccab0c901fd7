import { AppError } from '../errors/app-error.js';
import type { Template, TemplateRegistry } from '../templates/template.js';
import type { ImageSpec } from './image.js';

/** The exact template version of a spec. @throws AppError `template_version_gone` */
export async function templateOf(
  registry: Pick<TemplateRegistry, 'getVersion'>,
  spec: Pick<ImageSpec, 'templateId' | 'templateVersion'>,
): Promise<Template> {
  const template = await registry.getVersion(spec.templateId, spec.templateVersion);
  if (template) return template;
  throw new AppError('template_version_gone', {
    detail: `Template "${spec.templateId}" was changed after this image was asked for. Ask again.`,
  });
}
