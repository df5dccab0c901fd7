import { randomBytes } from 'node:crypto';
import { type AppError, toAppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/catalogue.js';
import { documentLanguage } from '../templates/document-language.js';
import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { FieldSpec } from '../templates/manifest.js';
import { assetPathOf } from '../templates/parse-address.js';
import type { Template, TemplateRegistry } from '../templates/template.js';
import type { LayoutMeasurer, MeasureBody, MeasuredWarning } from './check-ports.js';
import { drawnAsset } from './drawn-asset.js';
import type { ImageSpec } from './image.js';
import { cropFocus, placeholderForMissing, templateAsset } from './placeholders.js';
import type { Asset, PlaceholderSource } from './ports.js';
import { templateOf } from './template-of.js';

export interface MeasureDeps {
  registry: TemplateRegistry;
  renderer: LayoutMeasurer;
  placeholders: PlaceholderSource;
  /**
   * Bodies in one call to a page. Default 50: a call costs a few milliseconds, each body several.
   */
  chunkBodies?: number;
}

const CHUNK_BODIES = 50;

/** Errors that one body alone can cause; the other bodies are then measured without it. */
const SINGLE_BODY_CODES: ReadonlySet<ErrorCode> = new Set([
  'render_timeout',
  'render_crashed',
  'stamp_mismatch',
]);

/** Finding one failing body among 50 takes seven failures. With more, the browser itself fails. */
const MAX_FAILURES = 16;

interface Measured {
  /** Index in the caller's list. */
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
  Object.entries(template.manifest.fields).filter(([, field]) => fieldTypeOf(field).asset);

/**
 * Lays images out without drawing them and returns the warnings that drawing would give: text that
 * is cut off, shortened, too small, overlapping or near the edge, characters without a font.
 *
 * Assets are not fetched. A neutral asset with the size of the field's box is shown instead, so
 * that the layout is real; nothing is reported about the assets themselves. Contrast needs pixels
 * and is not checked.
 */
export function createMeasure(deps: MeasureDeps) {
  const neutral = new WeakMap<FieldSpec, Asset>();

  function neutralAsset(field: FieldSpec): Asset {
    const known = neutral.get(field) ?? deps.placeholders.placeholder(field, undefined);
    neutral.set(field, known);
    return known;
  }

  function assetOf(
    template: Template,
    spec: ImageSpec,
    name: string,
    field: FieldSpec,
  ): Asset | undefined {
    const value = spec.fields[name];
    if (typeof value !== 'string' || value === '') {
      return placeholderForMissing(deps.placeholders, template, field, spec);
    }
    const drawn = drawnAsset(field, value);
    if (drawn) return drawn;
    const path = assetPathOf(value);
    const asset = path === undefined ? undefined : template.assets.get(path);
    return asset && !cropFocus(field) ? templateAsset(asset) : neutralAsset(field);
  }

  /** A body that the template cannot render fails alone: `onFailure` gets the reason. */
  function bodyOf(template: Template, spec: ImageSpec, onFailure: (w: MeasuredWarning) => void) {
    const lang = documentLanguage(spec.fields);
    const assets = new Map<string, Asset>();
    for (const [name, field] of fieldsOfAssets(template)) {
      const asset = assetOf(template, spec, name, field);
      if (asset) assets.set(name, asset);
    }
    return {
      ...(lang === undefined ? {} : { lang }),
      assets,
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

  /** Splits a failing chunk in halves until the failing body is alone. */
  async function measureChunk(
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
      if (!SINGLE_BODY_CODES.has(error.code) || budget.failures > MAX_FAILURES) throw error;
      if (chunk.length === 1) return [[failed(error)]];
      const half = chunk.length >> 1;
      return [
        ...(await measureChunk(template, chunk.slice(0, half), budget, signal)),
        ...(await measureChunk(template, chunk.slice(half), budget, signal)),
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
    const bodyFailures = new Map<number, MeasuredWarning>();
    const templatePages = new Map<string, { template: Template; bodies: Measured[] }>();
    for (const [index, spec] of specs.entries()) {
      const { templateId, templateVersion, size, output } = spec;
      const key = [templateId, templateVersion, size.name, output.scale].join(' ');
      const group = templatePages.get(key) ?? {
        template: await templateOf(deps.registry, spec),
        bodies: [],
      };
      templatePages.set(key, group);
      const body = bodyOf(group.template, spec, (warning) => bodyFailures.set(index, warning));
      group.bodies.push({ index, spec, body });
    }
    const budget = { failures: 0 };
    const chunkBodies = deps.chunkBodies ?? CHUNK_BODIES;
    await Promise.all(
      [...templatePages.values()].map(async ({ template, bodies }) => {
        for (let at = 0; at < bodies.length; at += chunkBodies) {
          const chunk = bodies.slice(at, at + chunkBodies);
          const warnings = await measureChunk(template, chunk, budget, signal);
          chunk.forEach(({ index }, i) => {
            const reason = bodyFailures.get(index);
            results[index] = reason ? [reason] : (warnings[i] ?? []);
          });
        }
      }),
    );
    return results;
  };
}
