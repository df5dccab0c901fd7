import type { z } from 'zod';
import { fieldJsonSchema } from '../../templates/field-schema.js';
import type { Template } from '../../templates/template.js';
import type { templateSchema, templateSummarySchema } from '../schemas/template.js';

/** A template in a list. `publicUrl` has no slash at its end. */
export function presentTemplateSummary(
  template: Template,
  publicUrl: string,
): z.infer<typeof templateSummarySchema> {
  const { manifest } = template;
  const self = `${publicUrl}/v1/templates/${template.id}`;
  return {
    id: template.id,
    name: manifest.name,
    description: manifest.description,
    sizes: manifest.sizes,
    default_size: manifest.default_size,
    version: template.version,
    links: { self, preview: `${self}/preview` },
  };
}

/** A template with all that is needed to fill it in. */
export function presentTemplate(
  template: Template,
  publicUrl: string,
): z.infer<typeof templateSchema> {
  return {
    ...presentTemplateSummary(template, publicUrl),
    manifest: template.manifest,
    fields_schema: fieldJsonSchema(template.manifest),
    sample: template.sample,
  };
}
