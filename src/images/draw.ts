import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Warning } from '../errors/warning.js';
import type { Semaphore } from '../lib/semaphore.js';
import { documentLanguage } from '../templates/document-language.js';
import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { Template, TemplateRegistry } from '../templates/template.js';
import type { Caller, YieldSlot } from './caller.js';
import { createContrastMemory } from './contrast-memory.js';
import type { Gather, Gathered } from './gather.js';
import type { ImageSpec, Timings } from './image.js';
import { inkedBoxes, pictureWarnings } from './picture-contrast.js';
import type { Asset, Encoded, Encoder, PixelReader, Renderer, RenderOutput } from './ports.js';
import { templateOf } from './template-of.js';
import { contrastWarnings, judgeContrast } from './text-contrast.js';

export interface Drawn {
  encoded: Encoded;
  /** Warnings of assets, page and encoder. Warnings of the data are known before. */
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
   * Bounds the pixels that are drawn at once, which decide the memory: a 6144 px square takes as
   * much as fifty social cards.
   */
  gate: Semaphore;
  onStage?: (stage: keyof Drawn['timings'], seconds: number) => void;
}

/** Two parts may find the same problem of a field; only the first warning is kept. */
function withoutRepeats(warnings: Warning[]): Warning[] {
  const seen = new Set<string>();
  return warnings.filter(({ code, field }) => {
    const key = `${code} ${field ?? ''}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** A text that is equal for two images only if everything painted behind their text is equal. */
function sceneOf(
  template: Template,
  { size, output, fields }: ImageSpec,
  assets: ReadonlyMap<string, Asset>,
  background: string,
): string {
  const { manifest, version, id } = template;
  const looks = Object.entries(fields).filter(([name]) => {
    const spec = manifest.fields[name];
    return !spec || fieldTypeOf(spec).paintsScene;
  });
  const shown = [...assets].map(([field, { hash }]) => [field, hash]);
  return JSON.stringify([id, version, size, output.scale, output.format, looks, shown, background]);
}

interface DrawOptions {
  signal?: AbortSignal;
  canWait?: boolean;
  isolated?: boolean;
  caller?: Caller | undefined;
  /** Wraps waiting for assets from outside. */
  yieldSlot?: YieldSlot | undefined;
}

/** Scenes whose pictures were judged: a batch has one or a few. */
const MAX_SCENES = 300;

const round = (ms: number) => Math.round(ms * 10) / 10;

/**
 * Steps 5 to 7 of docs/design.md without storing: from complete fields to the bytes of an image.
 */
export function createDraw(deps: DrawDeps) {
  const memory = createContrastMemory();
  const judgedPictures = new LRUCache<string, Warning[]>({ max: MAX_SCENES });

  async function checkContrast(
    scene: string,
    output: RenderOutput,
    scale: number,
  ): Promise<Warning[]> {
    const recalled = memory.recall(scene, output.texts);
    if (recalled) return contrastWarnings(recalled);
    const judged = judgeContrast(await deps.pixelReader.read(output.pixels), output.texts, scale);
    memory.addJudged(scene, judged, output.texts);
    return contrastWarnings(judged);
  }

  /** Asked once for each scene, which has the same pictures in the same places. */
  async function checkPictures(
    scene: string,
    output: RenderOutput,
    assets: ReadonlyMap<string, Asset>,
    scale: number,
  ): Promise<Warning[]> {
    const boxes = inkedBoxes(output.pictures, assets);
    if (boxes.length === 0) return [];
    const known = judgedPictures.get(scene);
    if (known) return known;
    const pixels = await deps.pixelReader.read(output.pixels);
    const warnings = pictureWarnings(pixels, boxes, assets, scale);
    judgedPictures.set(scene, warnings);
    return warnings;
  }

  async function draw(
    template: Template,
    spec: ImageSpec,
    gathered: Gathered,
    assetsMs: number,
    options: DrawOptions,
  ): Promise<Drawn> {
    const lang = documentLanguage(spec.fields);
    const output = await deps.renderer.render({
      // Unique to this attempt: neither another job nor an earlier attempt can have left it in the
      // page.
      nonce: randomBytes(12).toString('hex'),
      template,
      size: spec.size,
      scale: spec.output.scale,
      ...(lang === undefined ? {} : { lang }),
      assets: gathered.assets,
      body: (addresses) => template.body(spec.fields, addresses),
      capture: deps.encoder.captureForm(spec.output),
      canWait: options.canWait ?? false,
      isolated: options.isolated ?? false,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const renderedAt = performance.now();

    const scene = sceneOf(template, spec, gathered.assets, output.background);
    const [encoded, contrast, unseen] = await Promise.all([
      deps.encoder.encode(output.pixels, output.form, spec.output, scene),
      checkContrast(scene, output, spec.output.scale),
      checkPictures(scene, output, gathered.assets, spec.output.scale),
    ]);
    const timings = {
      assets: round(assetsMs),
      compile: round(output.compileMs),
      render: round(output.renderMs),
      encode: round(performance.now() - renderedAt),
    };
    for (const [stage, ms] of Object.entries(timings)) {
      deps.onStage?.(stage as keyof Drawn['timings'], ms / 1000);
    }
    return {
      encoded,
      warnings: withoutRepeats([
        ...gathered.warnings,
        ...output.warnings,
        ...contrast,
        ...unseen,
        ...encoded.warnings,
      ]),
      timings,
    };
  }

  return async (
    spec: ImageSpec,
    signal?: AbortSignal,
    how: Omit<DrawOptions, 'signal'> = {},
  ): Promise<Drawn> => {
    const template = await templateOf(deps.registry, spec);
    const startedAt = performance.now();
    const gathering = () => deps.gather(template, spec, { signal, caller: how.caller });
    const gathered = await (how.yieldSlot ? how.yieldSlot(gathering) : gathering());
    const assetsMs = performance.now() - startedAt;
    const { size, output } = spec;
    const pixels = size.widthPx * size.heightPx * output.scale ** 2;
    return deps.gate.within(
      () => draw(template, spec, gathered, assetsMs, { ...how, ...(signal ? { signal } : {}) }),
      { weight: pixels, isLast: how.canWait ?? false },
    );
  };
}

export type Draw = ReturnType<typeof createDraw>;
