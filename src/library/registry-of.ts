import type { Template, TemplateRegistry } from '../templates/template.js';

/** A registry that holds this template alone. */
export function registryOf(template: Template): TemplateRegistry {
  return {
    get: () => template,
    load: async () => undefined,
    getVersion: async () => template,
    list: () => [template],
  };
}
