import { randomBytes } from 'node:crypto';
import { type AppError, toAppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/catalogue.js';
import { documentLanguage } from '../templates/document-language.js';
import type { FieldSpec } from '../templates/manifest.js';
import { assetPathOf } from '../templates/parse-address.js';
import type { Template, TemplateRegistry } from '../templates/template.js';
import type { LayoutMeasurer, MeasureBody, MeasuredWarning } from './check-ports.js';
import type { ImageSpec } from './image.js';
import { cropFocus, placeholderForNone, templateAsset } from './placeholders.js';
import type { Asset, PlaceholderSource } from './ports.js';
import { templateOf } from './template-of.js';

export interface MeasureDeps {
  registry: TemplateRegistry;
  renderer: LayoutMeasurer;
  placeholders: PlaceholderSource;
  /** Bodies in one visit of a page. Default 50: the visit costs a few milliseconds, each body several. */
  chunkBodies?: number;
}

const CHUNK_BODIES = 50;

/** What one body alone can be guilty of; its neighbours are then measured without it. */
const OF_ONE_BODY: ReadonlySet<ErrorCode> = new Set([
  'render_timeout',
  'render_crashed',
  'stamp_mismatch',
]);

/** To find one guilty body among 50 takes seven failures; past this the browser itself is ill. */
const MAX_FAILURES = 16;

interface Measured {
  /** In the caller's list. */
  index: number;
  spec: ImageSpec;
  body: MeasureBody;
}

const failed = (error: AppError): MeasuredWarning => ({
  code: error.code,
  severity: 'error',
  message: error.detail,
});

const fieldsOfAssets = (template: Template): [string, FieldSpec][] =>
  Object.entries(template.manifest.fields).filter(([, field]) => field.type === 'image');

/**
 * Lays images out without drawing them and tells what drawing would warn of: text that is cut off,
 * shortened, too small, overlapping or near the edge, characters without a font.
 *
 * Pictures are not fetched: a given one is shown as a neutral picture of its field's box, so the
 * layout is the real one and nothing is told of the pictures themselves. Contrast needs pixels and
 * is left out as well.
 */
export function createMeasure(deps: MeasureDeps) {
  const neutral = new WeakMap<FieldSpec, Asset>();

  function neutralAsset(field: FieldSpec): Asset {
    const known = neutral.get(field) ?? deps.placeholders.placeholder(field, undefined);
    neutral.set(field, known);
    return known;
  }

  function pictureOf(
    template: Template,
    spec: ImageSpec,
    name: string,
    field: FieldSpec,
  ): Asset | undefined {
    const value = spec.fields[name];
    if (typeof value !== 'string' || value === '') {
      return placeholderForNone(deps.placeholders, template, field, spec);
    }
    const path = assetPathOf(value);
    const asset = path === undefined ? undefined : template.assets.get(path);
    return asset && !cropFocus(field) ? templateAsset(asset) : neutralAsset(field);
  }

  /** A body that the template cannot make spoils no other: `failures` gets the reason. */
  function bodyOf(template: Template, spec: ImageSpec, onFailure: (w: MeasuredWarning) => void) {
    const lang = documentLanguage(spec.fields);
    const pictures = new Map<string, Asset>();
    for (const [name, field] of fieldsOfAssets(template)) {
      const picture = pictureOf(template, spec, name, field);
      if (picture) pictures.set(name, picture);
    }
    return {
      ...(lang === undefined ? {} : { lang }),
      pictures,
      body(addresses: ReadonlyMap<string, string>): string {
        try {
          return template.body(spec.fields, addresses);
        } catch (thrown) {
          onFailure(failed(toAppError(thrown, 'template_invalid')));
          return '';
        }
      },
    };
  }

  /** Halves what fails until the guilty body stands alone. */
  async function visit(
    template: Template,
    chunk: Measured[],
    budget: { failures: number },
    signal: AbortSignal | undefined,
  ): Promise<MeasuredWarning[][]> {
    const [first] = chunk;
    if (!first) return [];
    try {
      return await deps.renderer.measure({
        nonce: randomBytes(12).toString('hex'),
        template,
        size: first.spec.size,
        scale: first.spec.output.scale,
        bodies: chunk.map(({ body }) => body),
        ...(signal ? { signal } : {}),
      });
    } catch (thrown) {
      const error = toAppError(thrown);
      budget.failures += 1;
      if (!OF_ONE_BODY.has(error.code) || budget.failures > MAX_FAILURES) throw error;
      if (chunk.length === 1) return [[failed(error)]];
      const half = chunk.length >> 1;
      return [
        ...(await visit(template, chunk.slice(0, half), budget, signal)),
        ...(await visit(template, chunk.slice(half), budget, signal)),
      ];
    }
  }

  /**
   * One list of warnings for each spec, in their order. A spec that cannot be laid out has one
   * warning, with the code and the reason of the error.
   * @throws AppError `template_version_gone`, `browser_unavailable`, `cancelled`, or what nearly
   *   every body failed with
   */
  return async function measure(
    specs: ImageSpec[],
    signal?: AbortSignal,
  ): Promise<MeasuredWarning[][]> {
    const results: MeasuredWarning[][] = specs.map(() => []);
    const unmade = new Map<number, MeasuredWarning>();
    const templatePages = new Map<string, { template: Template; bodies: Measured[] }>();
    for (const [index, spec] of specs.entries()) {
      const { templateId, templateVersion, size, output } = spec;
      const key = [templateId, templateVersion, size.name, output.scale].join(' ');
      const shell = templatePages.get(key) ?? {
        template: await templateOf(deps.registry, spec),
        bodies: [],
      };
      templatePages.set(key, shell);
      const body = bodyOf(shell.template, spec, (warning) => unmade.set(index, warning));
      shell.bodies.push({ index, spec, body });
    }
    const budget = { failures: 0 };
    const chunkBodies = deps.chunkBodies ?? CHUNK_BODIES;
    await Promise.all(
      [...templatePages.values()].map(async ({ template, bodies }) => {
        for (let at = 0; at < bodies.length; at += chunkBodies) {
          const chunk = bodies.slice(at, at + chunkBodies);
          const warnings = await visit(template, chunk, budget, signal);
          chunk.forEach(({ index }, i) => {
            const reason = unmade.get(index);
            results[index] = reason ? [reason] : (warnings[i] ?? []);
          });
        }
      }),
    );
    return results;
  };
}

export type Measure = ReturnType<typeof createMeasure>;
