import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Warning } from '../errors/warning.js';
import type { Semaphore } from '../lib/semaphore.js';
import { documentLanguage } from '../templates/document-language.js';
import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { Template, TemplateRegistry } from '../templates/template.js';
import { assetContrastWarnings, oneColorBoxes } from './asset-contrast.js';
import { createContrastMemory } from './contrast-memory.js';
import type { DrawOptions } from './draw-options.js';
import type { Gather, Gathered } from './gather.js';
import type { ImageSpec, Timings } from './image.js';
import type { Asset, Encoded, Encoder, PixelReader, Renderer, RenderOutput } from './ports.js';
import { templateOf } from './template-of.js';
import { contrastWarnings, judgeContrast } from './text-contrast.js';
import { roundMs } from './timings.js';

export interface Drawn {
  encoded: Encoded;
  /** Warnings of assets, layout and encoder. Those of the data are in the record already. */
  warnings: Warning[];
  timings: Pick<Timings, 'assets' | 'compile' | 'render' | 'encode'>;
}

export interface DrawDeps {
  registry: TemplateRegistry;
  gather: Gather;
  renderer: Renderer;
  encoder: Encoder;
  pixelReader: PixelReader;
  /**
   * Bounds the device pixels of all images that are drawn at once, because they determine the
   * memory: a square of 6144 px takes as much as fifty images of 1200 x 630 px.
   */
  gate: Semaphore;
  onStage?: (stage: keyof Drawn['timings'], seconds: number) => void;
}

/** Keeps the first of several warnings with one code for one field: two checks may find the same. */
function withoutDuplicates(warnings: Warning[]): Warning[] {
  const seen = new Set<string>();
  return warnings.filter(({ code, field }) => {
    const key = `${code} ${field ?? ''}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Names the scene of an image: equal for two images only if all that they show except text is. */
function sceneKeyOf(
  template: Template,
  { size, output, fields }: ImageSpec,
  assets: ReadonlyMap<string, Asset>,
  backgroundHash: string,
): string {
  const { manifest, version, id } = template;
  const sceneFields = Object.entries(fields).filter(([name]) => {
    const spec = manifest.fields[name];
    return !spec || fieldTypeOf(spec).paintsScene;
  });
  const shown = [...assets].map(([field, { hash }]) => [field, hash]);
  const { scale, format } = output;
  return JSON.stringify([id, version, size, scale, format, sceneFields, shown, backgroundHash]);
}

/** Scenes whose asset warnings are kept: a batch has one or a few. */
const MAX_SCENES = 300;

/**
 * Steps 5 to 7 of docs/design.md without storing: from complete fields to the bytes of an image.
 */
export function createDraw(deps: DrawDeps) {
  const memory = createContrastMemory();
  const assetWarnings = new LRUCache<string, Warning[]>({ max: MAX_SCENES });

  async function checkTextContrast(
    sceneKey: string,
    output: RenderOutput,
    scale: number,
  ): Promise<Warning[]> {
    const recalled = memory.recall(sceneKey, output.texts);
    if (recalled) return contrastWarnings(recalled);
    const judged = judgeContrast(await deps.pixelReader.read(output.pixels), output.texts, scale);
    memory.addJudged(sceneKey, judged, output.texts);
    return contrastWarnings(judged);
  }

  /** Checked once for each scene, because its images have the same assets in the same places. */
  async function checkAssetContrast(
    sceneKey: string,
    output: RenderOutput,
    assets: ReadonlyMap<string, Asset>,
    scale: number,
  ): Promise<Warning[]> {
    const boxes = oneColorBoxes(output.assetBoxes, assets);
    if (boxes.length === 0) return [];
    const known = assetWarnings.get(sceneKey);
    if (known) return known;
    const pixels = await deps.pixelReader.read(output.pixels);
    const warnings = assetContrastWarnings(pixels, boxes, assets, scale);
    assetWarnings.set(sceneKey, warnings);
    return warnings;
  }

  async function draw(
    template: Template,
    spec: ImageSpec,
    gathered: Gathered,
    assetsMs: number,
    { canWait = false, isolated = false }: DrawOptions,
    signal: AbortSignal | undefined,
  ): Promise<Drawn> {
    const lang = documentLanguage(spec.fields);
    const output = await deps.renderer.render({
      // Unique to this attempt: no other job and no earlier attempt can have left it in the browser
      // page.
      nonce: randomBytes(12).toString('hex'),
      template,
      size: spec.size,
      scale: spec.output.scale,
      ...(lang === undefined ? {} : { lang }),
      assets: gathered.assets,
      body: (addresses) => template.body(spec.fields, addresses),
      capture: deps.encoder.captureForm(spec.output),
      canWait,
      isolated,
      ...(signal ? { signal } : {}),
    });
    const renderedAt = performance.now();

    const sceneKey = sceneKeyOf(template, spec, gathered.assets, output.backgroundHash);
    const [encoded, ofTexts, ofAssets] = await Promise.all([
      deps.encoder.encode(output.pixels, output.form, spec.output, sceneKey),
      checkTextContrast(sceneKey, output, spec.output.scale),
      checkAssetContrast(sceneKey, output, gathered.assets, spec.output.scale),
    ]);
    const timings = {
      assets: roundMs(assetsMs),
      compile: roundMs(output.compileMs),
      render: roundMs(output.renderMs),
      encode: roundMs(performance.now() - renderedAt),
    };
    for (const [stage, ms] of Object.entries(timings)) {
      deps.onStage?.(stage as keyof Drawn['timings'], ms / 1000);
    }
    return {
      encoded,
      warnings: withoutDuplicates([
        ...gathered.warnings,
        ...output.warnings,
        ...ofTexts,
        ...ofAssets,
        ...encoded.warnings,
      ]),
      timings,
    };
  }

  return async (
    spec: ImageSpec,
    signal?: AbortSignal,
    options: DrawOptions = {},
  ): Promise<Drawn> => {
    const template = await templateOf(deps.registry, spec);
    const startedAt = performance.now();
    const { caller, canWait = false, yieldSlot } = options;
    const gather = () => deps.gather(template, spec, { signal, caller });
    const gathered = await (yieldSlot ? yieldSlot(gather) : gather());
    const assetsMs = performance.now() - startedAt;
    const { size, output } = spec;
    const pixels = size.widthPx * size.heightPx * output.scale ** 2;
    return deps.gate.within(() => draw(template, spec, gathered, assetsMs, options, signal), {
      weight: pixels,
      isLast: canWait,
    });
  };
}

export type Draw = ReturnType<typeof createDraw>;
