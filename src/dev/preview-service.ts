import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { AppError } from '../errors/app-error.js';
import type { Draw } from '../images/draw.js';
import { completeOutput, resolveSize } from '../images/prepare.js';
import type { FolderRegistry } from '../library/folder-registry.js';
import type { TemplateProblem } from '../templates/load-template.js';
import { MACHINE_WRITTEN } from '../templates/reading/row-hints.js';
import { resolveFields } from '../templates/resolve-fields.js';
import type { Template } from '../templates/template.js';
import { TEMPLATE_ID_PATTERN } from '../templates/template-id.js';

/* What the live preview shows, as plain data. Shared with the page's script, by type only. */

export interface TemplateListing {
  templates: { id: string; name: string; problems: number }[];
  /** What is wrong with the folder of templates itself. */
  general: string[];
}

export interface ShownProblem {
  /** `template.hbs:12:5`; '' for the folder itself. */
  place: string;
  message: string;
  /** The line of the file that is meant, where there is one. */
  source: string;
}

export interface TemplateDetails {
  id: string;
  /** False where no version was ever valid since the preview was started. */
  ready: boolean;
  name: string;
  description: string;
  version: string;
  sizes: { name: string; widthPx: number; heightPx: number }[];
  defaultSize: string;
  /** The choices of the field `theme`, if there is such a field, the standard one first. */
  themes: string[];
  cases: { name: string; data: Record<string, unknown> }[];
  problems: ShownProblem[];
  /** What a browser passes over, in a template that can be drawn. */
  warnings: ShownProblem[];
}

export interface DrawRequest {
  template: string;
  size: string;
  scale: number;
  data: unknown;
}

export interface Remark {
  severity: 'error' | 'warning' | 'info';
  code: string;
  field: string;
  message: string;
}

export interface DrawAnswer {
  version: string;
  picture: { address: string; widthPx: number; heightPx: number; bytes: number };
  /** The service would refuse this data; it is drawn all the same, so that work can go on. */
  refused: boolean;
  /** The gravest first. */
  remarks: Remark[];
  tookMs: number;
}

/** Enough for the tabs that someone looks at; each takes up to a few megabytes. */
const KEPT_PICTURES = 24;
const MAX_SOURCE_CHARACTERS = 300;

const order: Remark['severity'][] = ['error', 'warning', 'info'];

function themesOf({ manifest }: Template): string[] {
  const field = Object.hasOwn(manifest.fields, 'theme') ? manifest.fields.theme : undefined;
  const standard = field?.default;
  return [...(field?.choices ?? [])].sort(
    (a, b) => Number(b === standard) - Number(a === standard),
  );
}

function casesOf(template: Template): TemplateDetails['cases'] {
  const edgeCases = [...template.edgeCases].map(([name, data]) => ({ name: `ugly/${name}`, data }));
  return [{ name: 'sample', data: template.sample }, ...edgeCases];
}

/** Answers what the page of the live preview asks. */
export function createPreviewService(deps: {
  registry: FolderRegistry;
  draw: Draw;
  /** Where the templates are, for the lines that problems name. */
  directory: string;
}) {
  const { registry } = deps;
  const pictures = new LRUCache<string, Buffer>({ max: KEPT_PICTURES });

  function templateNamed(id: string): Template | undefined {
    return registry.list().find((t) => t.id === id);
  }

  async function sourceLine(problem: TemplateProblem): Promise<string> {
    if (problem.line === undefined || problem.file === '') return '';
    const path = join(deps.directory, problem.template, problem.file);
    const text = await readFile(path, 'utf8').catch(() => '');
    const line = text.split('\n')[problem.line - 1] ?? '';
    return line.trim().slice(0, MAX_SOURCE_CHARACTERS);
  }

  async function shown(problem: TemplateProblem): Promise<ShownProblem> {
    const { file, line, column, message } = problem;
    const at = line === undefined ? '' : `:${line}:${column ?? 1}`;
    return { place: `${file}${at}`, message, source: await sourceLine(problem) };
  }

  function keep(picture: Buffer): string {
    const key = createHash('sha256').update(picture).digest('hex').slice(0, 32);
    pictures.set(key, picture);
    return `/pictures/${key}.png`;
  }

  return {
    list(): TemplateListing {
      const rows = new Map(
        registry.list().map(({ id, manifest }) => [id, { id, name: manifest.name, problems: 0 }]),
      );
      const general: string[] = [];
      for (const { template: id, message } of registry.problems()) {
        // What is wrong with the name of a folder is no template's.
        if (!TEMPLATE_ID_PATTERN.test(id)) general.push(`${id}: ${message}`);
        else {
          const row = rows.get(id) ?? { id, name: id, problems: 0 };
          rows.set(id, { ...row, problems: row.problems + 1 });
        }
      }
      const templates = [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      return { templates, general };
    },

    /** Undefined where there is no folder of this name. */
    async details(id: string): Promise<TemplateDetails | undefined> {
      const template = templateNamed(id);
      const own = registry.problems().filter((p) => p.template === id);
      const mistakes = registry.warnings().filter((w) => w.template === id);
      if (!template && own.length === 0) return undefined;
      const sizes = Object.entries(template?.manifest.sizes ?? {});
      return {
        id,
        ready: template !== undefined,
        name: template?.manifest.name ?? id,
        description: template?.manifest.description ?? '',
        version: template?.version ?? '',
        sizes: sizes.map(([name, [widthPx, heightPx]]) => ({ name, widthPx, heightPx })),
        defaultSize: template?.manifest.default_size ?? '',
        themes: template ? themesOf(template) : [],
        cases: template ? casesOf(template) : [],
        problems: await Promise.all(own.map(shown)),
        warnings: await Promise.all(mistakes.map(shown)),
      };
    },

    /** @throws AppError `template_not_found`, `invalid_request` (size), or what the drawing failed with */
    async draw(request: DrawRequest): Promise<DrawAnswer> {
      const template = templateNamed(request.template);
      if (!template) {
        throw new AppError('template_not_found', {
          detail: `No version of "${request.template.slice(0, 64)}" was valid yet.`,
        });
      }
      const resolution = resolveFields(template, request.data, {
        reading: MACHINE_WRITTEN,
      });
      const startedAt = performance.now();
      const drawn = await deps.draw({
        templateId: template.id,
        templateVersion: template.version,
        fields: resolution.fields,
        size: resolveSize(template, request.size),
        output: completeOutput({ format: 'png', scale: request.scale }),
      });
      const refusals = resolution.errors.map(
        ({ path, field, message }): Remark => ({
          severity: 'error',
          code: 'refused',
          field: field ?? path.replace(/^data\.?/, ''),
          message,
        }),
      );
      const warnings = [...resolution.warnings, ...drawn.warnings].map(
        ({ severity = 'warning', code, field = '', message }): Remark => ({
          severity,
          code,
          field,
          message,
        }),
      );
      const { body, widthPx, heightPx } = drawn.encoded;
      return {
        version: template.version,
        picture: { address: keep(body), widthPx, heightPx, bytes: body.length },
        refused: refusals.length > 0,
        remarks: [...refusals, ...warnings].sort(
          (a, b) => order.indexOf(a.severity) - order.indexOf(b.severity),
        ),
        tookMs: Math.round(performance.now() - startedAt),
      };
    },

    picture: (key: string): Buffer | undefined => pictures.get(key),
  };
}

export type PreviewService = ReturnType<typeof createPreviewService>;
