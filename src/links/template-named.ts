import type { Template, TemplateRegistry } from '../templates/template.js';

/** A template that is known here; undefined if none of this name can be used. */
export function templateNamed(
  registry: Pick<TemplateRegistry, 'get'>,
  reference: string,
): Template | undefined {
  try {
    return registry.get(reference);
  } catch {
    return undefined;
  }
}

/** The same, also for a version that is pinned. Never throws. */
export async function loadedTemplate(
  registry: Pick<TemplateRegistry, 'get' | 'load'>,
  reference: string,
): Promise<Template | undefined> {
  await registry.load(reference).catch(() => undefined);
  return templateNamed(registry, reference);
}
