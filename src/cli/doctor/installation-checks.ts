import { loadRegistry } from '../../compose/drawing.js';
import { composeStorage, describeStorage } from '../../compose/storage.js';
import type { Settings } from '../../config/settings.js';
import { toAppError } from '../../errors/app-error.js';
import { formatProblem } from '../../templates/load-template.js';
import type { Finding } from './finding.js';

export async function checkTemplates(settings: Settings): Promise<Finding[]> {
  const check = 'templates';
  const remedy = 'Correct the template, or set TEMPLATES_DIR to another folder.';
  try {
    const registry = await loadRegistry(settings);
    await registry.close();
    const ids = registry.list().map(({ id }) => id);
    const problems = registry
      .problems()
      .map(
        (problem): Finding => ({ check, status: 'failed', detail: formatProblem(problem), remedy }),
      );
    const warnings = registry.warnings().map(
      (warning): Finding => ({
        check,
        status: 'warning',
        detail: formatProblem(warning),
        remedy: 'Correct it: a browser passes over it, so the picture is not what was meant.',
      }),
    );
    const found: Finding = { check, status: 'ok', detail: `${ids.length}: ${ids.join(', ')}` };
    return [found, ...problems, ...warnings];
  } catch (error) {
    return [{ check, status: 'failed', detail: toAppError(error).detail, remedy }];
  }
}

/** Writes, reads and deletes an object. */
export async function checkStorage(settings: Settings): Promise<Finding> {
  const check = 'storage';
  const { place, remedy } = describeStorage(settings);
  try {
    const { store } = await composeStorage(settings);
    try {
      await store.probe();
    } finally {
      await store.close();
    }
    return { check, status: 'ok', detail: `${place}: written, read and deleted a test object` };
  } catch (error) {
    const { detail } = toAppError(error, 'storage_unavailable');
    return { check, status: 'failed', detail: `${place}: ${detail}`, remedy };
  }
}
