import { AppError, type FieldError, toAppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/catalogue.js';
import { warningOf } from '../errors/warning.js';
import type { WarningCode } from '../errors/warning-catalogue.js';
import type { ImageSize, ImageSpec } from '../images/image.js';
import { completeOutput, resolveSize } from '../images/prepare.js';
import { createSemaphore } from '../lib/semaphore.js';
import { MACHINE_WRITTEN } from '../templates/reading/row-hints.js';
import { resolveFields } from '../templates/resolve-fields.js';
import type { Template, TemplateRegistry } from '../templates/template.js';
import { isBlank } from './blank-image.js';
import {
  type CheckedCase,
  type CheckReport,
  imageWidthFor,
  summarizeCases,
} from './check-report.js';
import { type EdgeCase, edgeCases } from './edge-cases.js';
import { judgeWarnings } from './judge-warnings.js';
import type { CheckPorts } from './ports.js';
import { type Chosen, rotateChoices } from './rotate-choices.js';

export interface TemplateCheckDeps extends CheckPorts {
  registry: TemplateRegistry;
  /** Pictures that are asked for at once. */
  concurrency: number;
}

export interface CheckRequest {
  template: string;
  /** Judged as they are, instead of ugly data. */
  rows?: unknown[] | undefined;
  /** Names of sizes. Default: for ugly data all, for rows the template's own. */
  sizes?: string[] | undefined;
  /** The report holds the pictures, small. */
  pictures?: boolean | undefined;
  /** How wide they are at most. Default: what a page that holds this report can bear. */
  imageWidthPx?: number | undefined;
  /** After this time no further picture is begun; those left are `skipped`. */
  timeLimitMs?: number | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What is to be drawn for one line of the report. */
interface Task {
  case: EdgeCase;
  row?: number;
  size: ImageSize;
  chosen: Chosen;
}

/** Not the design's doing: whoever asked must ask again later. */
const NOT_ITS_FAULT: ReadonlySet<ErrorCode> = new Set([
  'redis_unavailable',
  'storage_unavailable',
  'browser_unavailable',
  'preview_timeout',
  'queue_full',
  'template_version_gone',
  'cancelled',
]);

const BLANK = warningOf(
  'blank_picture',
  'The picture is one even colour: nothing is to be seen on it.',
);

function rowCases(rows: unknown[]): EdgeCase[] {
  return rows.map((data, index) => ({
    name: `row ${index + 1}`,
    about: 'given data',
    // What is no object is refused by the template's rules, which say it best.
    data: data as Record<string, unknown>,
    deserves: new Set<WarningCode>(),
    mayBeRefused: false,
    rotates: false,
  }));
}

function tasksOf(template: Template, cases: EdgeCase[], sizes: ImageSize[], isRow: boolean) {
  return cases.flatMap((item, index): Task[] =>
    sizes.map((size, at) => ({
      case: item,
      ...(isRow ? { row: index } : {}),
      size,
      chosen: item.rotates ? rotateChoices(template.manifest, index + at) : {},
    })),
  );
}

/** Works on so many of the list at once. The first failure ends it all. */
async function workThrough<T, R>(
  items: T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const semaphore = createSemaphore(atOnce);
  const end = new AbortController();
  const results = items.map((item) =>
    semaphore.within(async () => {
      end.signal.throwIfAborted();
      try {
        return await work(item);
      } catch (error) {
        end.abort();
        throw error;
      }
    }),
  );
  return Promise.all(results);
}

/**
 * Draws a template over ugly data, or over given rows, and judges every picture. What such data
 * deserves (long text that is shortened, a dead picture that is replaced) is no fault; what a
 * reader cannot read or see is one.
 */
export function createTemplateCheck(deps: TemplateCheckDeps) {
  async function drawOnce(spec: ImageSpec, signal: AbortSignal | undefined) {
    try {
      return await deps.draw(spec, signal);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!error.retryable || NOT_ITS_FAULT.has(error.code)) throw error;
      // A page that died once may have died of its neighbours.
      return deps.draw(spec, signal);
    }
  }

  async function drawTask(
    template: Template,
    task: Task,
    options: { signal: AbortSignal | undefined; imageWidthPx: number | undefined },
  ): Promise<CheckedCase> {
    const { case: item, size, chosen } = task;
    const entry = entryOf(task);
    const data = item.rotates ? { ...item.data, ...chosen } : item.data;
    const { fields, warnings, errors } = resolveFields(template, data, {
      reading: MACHINE_WRITTEN,
    });
    if (errors.length > 0) return refused(entry, errors, item.mayBeRefused);

    const spec: ImageSpec = {
      templateId: template.id,
      templateVersion: template.version,
      fields,
      size,
      output: completeOutput(),
    };
    try {
      const drawn = await drawOnce(spec, options.signal);
      const pixels = await deps.pixelReader.read(drawn.body);
      const seen = [...warnings, ...drawn.warnings, ...(isBlank(pixels) ? [BLANK] : [])];
      const width = options.imageWidthPx;
      const picture =
        width === undefined ? undefined : await deps.thumbnails.thumbnail(drawn.body, width);
      return { ...entry, ...judgeWarnings(seen, item.deserves), ...(picture ? { picture } : {}) };
    } catch (thrown) {
      const { code, detail } = toAppError(thrown);
      if (NOT_ITS_FAULT.has(code)) throw thrown;
      const judged = judgeWarnings(warnings, item.deserves);
      const error = { code, message: detail, errors: [] };
      return { ...entry, ...judged, status: 'fail', error };
    }
  }

  /**
   * @throws AppError `template_not_found`, `invalid_request` (size), and what says that nothing
   * can be drawn now: `redis_unavailable`, `browser_unavailable`, `preview_timeout`, `cancelled`
   */
  return async function checkTemplate(request: CheckRequest): Promise<CheckReport> {
    const startedAt = performance.now();
    await deps.registry.load(request.template);
    const template = deps.registry.get(request.template);
    const { rows, signal } = request;
    const all = Object.keys(template.manifest.sizes);
    const names = request.sizes ?? (rows ? [template.manifest.default_size] : all);
    const sizes = [...new Set(names)].map((name) => resolveSize(template, name));
    const cases = rows ? rowCases(rows) : await edgeCases(template, deps.testAssets);
    const tasks = tasksOf(template, cases, sizes, rows !== undefined);

    const imageWidthPx = request.pictures
      ? (request.imageWidthPx ?? imageWidthFor(tasks.length))
      : undefined;

    let done = 0;
    const checked = await workThrough(tasks, deps.concurrency, async (task) => {
      if (signal?.aborted) {
        throw new AppError('cancelled', { detail: 'The check was cancelled.' });
      }
      const isLate = performance.now() - startedAt > (request.timeLimitMs ?? Infinity);
      const entry = isLate
        ? skipped(task)
        : await drawTask(template, task, { signal, imageWidthPx });
      done += 1;
      request.onProgress?.(done, tasks.length);
      return entry;
    });
    return {
      template: template.id,
      name: template.manifest.name,
      version: template.version,
      sizes: sizes.map(({ name }) => name),
      cases: checked,
      summary: summarizeCases(checked),
    };
  };
}

export type TemplateCheck = ReturnType<typeof createTemplateCheck>;

type Entry = Omit<CheckedCase, 'status' | 'warnings'>;

function entryOf({ case: item, row, size, chosen }: Task): Entry {
  return {
    name: item.name,
    about: item.about,
    ...(row === undefined ? {} : { row }),
    size: size.name,
    choices: chosen,
    widthPx: size.widthPx,
    heightPx: size.heightPx,
  };
}

function skipped(task: Task): CheckedCase {
  return { ...entryOf(task), status: 'skipped', warnings: [] };
}

function refused(entry: Entry, errors: FieldError[], mayBeRefused: boolean): CheckedCase {
  return {
    ...entry,
    status: mayBeRefused ? 'warn' : 'fail',
    warnings: [],
    error: {
      code: 'invalid_data',
      message: 'The template refuses this data.',
      errors: errors.map(({ path, message }) => ({ path, message })),
    },
  };
}
