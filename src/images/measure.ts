import { randomBytes } from 'node:crypto';
import { type AppError, toAppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/catalogue.js';
import { documentLanguage } from '../templates/document-language.js';
import type { FieldSpec } from '../templates/manifest.js';
import type { Template, TemplateRegistry } from '../templates/template.js';
import { assetFields } from './asset-fields.js';
import { assetFromValue } from './asset-from-value.js';
import type { LayoutMeasurer, MeasureBody, MeasuredWarning } from './check-ports.js';
import { cropFocus } from './crop-focus.js';
import type { ImageSpec } from './image.js';
import { placeholderForMissing } from './placeholders.js';
import type { Asset, PlaceholderSource } from './ports.js';
import { templateAsset, templateFile } from './template-asset.js';
import { templateOf } from './template-of.js';

export interface MeasureDeps {
  registry: TemplateRegistry;
  renderer: LayoutMeasurer;
  placeholders: PlaceholderSource;
  /** Bodies in one call to a browser page. Default `CHUNK_BODIES`. */
  chunkBodies?: number;
}

/** A call takes a few milliseconds, each body several, so more bodies save little. */
const CHUNK_BODIES = 50;

/** Errors that one body alone can cause; the other bodies are then measured without it. */
const SINGLE_BODY_CODES: ReadonlySet<ErrorCode> = new Set([
  'render_timeout',
  'render_crashed',
  'stamp_mismatch',
]);

/**
 * Halving 50 bodies down to the one that fails takes seven failures. With far more of them, it is the
 * browser that fails.
 */
const MAX_FAILURES = 16;

/** A spec to be measured. */
interface Entry {
  /** Index in the caller's list of specs. */
  index: number;
  spec: ImageSpec;
  body: MeasureBody;
}

const warningOfError = (error: AppError): MeasuredWarning => ({
  code: error.code,
  severity: 'error',
  message: error.detail,
});

/**
 * Lays images out without drawing them and returns the warnings that drawing would give: text that
 * is cut off, shortened, too small, overlapping or near the edge, characters without a font.
 *
 * Assets are not fetched. A neutral placeholder with the size of the field's box is shown instead,
 * so that the layout is real; nothing is reported about the assets themselves. Contrast needs pixels
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
    const drawn = assetFromValue(field, value);
    if (drawn) return drawn;
    const file = templateFile(template, value);
    return file && !cropFocus(field) ? templateAsset(file) : neutralAsset(field);
  }

  /**
   * A body that the template cannot render must not fail the others in its chunk. It is empty, and
   * `onFailure` gets the reason.
   */
  function bodyOf(template: Template, spec: ImageSpec, onFailure: (w: MeasuredWarning) => void) {
    const lang = documentLanguage(spec.fields);
    const assets = new Map<string, Asset>();
    for (const [name, field] of assetFields(template)) {
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
          onFailure(warningOfError(toAppError(thrown, 'template_invalid')));
          return '';
        }
      },
    };
  }

  /**
   * The warnings of each entry of a chunk, which are all for one template page. A failing chunk is
   * halved until the failing body is alone.
   * @param budget shared by all chunks of a call
   */
  async function measureChunk(
    template: Template,
    chunk: Entry[],
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
      if (chunk.length === 1) return [[warningOfError(error)]];
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
    const templatePages = new Map<string, { template: Template; entries: Entry[] }>();
    for (const [index, spec] of specs.entries()) {
      const { templateId, templateVersion, size, output } = spec;
      const key = [templateId, templateVersion, size.name, output.scale].join(' ');
      const group = templatePages.get(key) ?? {
        template: await templateOf(deps.registry, spec),
        entries: [],
      };
      templatePages.set(key, group);
      const body = bodyOf(group.template, spec, (warning) => bodyFailures.set(index, warning));
      group.entries.push({ index, spec, body });
    }
    const budget = { failures: 0 };
    const chunkBodies = deps.chunkBodies ?? CHUNK_BODIES;
    await Promise.all(
      [...templatePages.values()].map(async ({ template, entries }) => {
        for (let at = 0; at < entries.length; at += chunkBodies) {
          const chunk = entries.slice(at, at + chunkBodies);
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
