import { randomBytes } from 'node:crypto';
import { documentLanguage } from '../templates/document-language.js';
import type { TemplateRegistry, Warning } from '../templates/template.js';
import type { Gather } from './gather.js';
import type { ImageSpec, Timings } from './image.js';
import type { Encoded, Encoder, PixelReader, Press } from './ports.js';
import { templateOf } from './template-of.js';
import { contrastWarnings } from './text-contrast.js';

export interface Drawn {
  encoded: Encoded;
  /** From pictures, page and encoder; those of the data are known before. */
  warnings: Warning[];
  timings: Pick<Timings, 'assets' | 'compile' | 'render' | 'encode'>;
}

export interface DrawDeps {
  registry: TemplateRegistry;
  gather: Gather;
  press: Press;
  encoder: Encoder;
  pixelReader: PixelReader;
  onStage?: (stage: keyof Drawn['timings'], seconds: number) => void;
}

/** Two parts may see the same fault of a field; it is told once, by the one that saw it first. */
function withoutRepeats(warnings: Warning[]): Warning[] {
  const seen = new Set<string>();
  return warnings.filter(({ code, field }) => {
    const key = `${code} ${field ?? ''}`;
    return !seen.has(key) && seen.add(key);
  });
}

const round = (ms: number) => Math.round(ms * 10) / 10;

/** Steps 5 to 7 without the storing: from complete fields to the bytes of a picture. */
export function createDraw(deps: DrawDeps) {
  return async function draw(
    spec: ImageSpec,
    signal?: AbortSignal,
    options: { canWait?: boolean } = {},
  ): Promise<Drawn> {
    const template = await templateOf(deps.registry, spec);

    const startedAt = performance.now();
    const gathered = await deps.gather(template, spec, signal);
    const gatheredAt = performance.now();

    const lang = documentLanguage(spec.fields);
    const pressed = await deps.press.press({
      // Of this attempt alone: neither another job nor an earlier try can have left it behind.
      stamp: randomBytes(12).toString('hex'),
      template,
      size: spec.size,
      scale: spec.output.scale,
      ...(lang === undefined ? {} : { lang }),
      pictures: gathered.pictures,
      body: (addresses) => template.body(spec.fields, addresses),
      capture: deps.encoder.captureForm(spec.output),
      canWait: options.canWait ?? false,
      ...(signal ? { signal } : {}),
    });
    const pressedAt = performance.now();

    const [encoded, pixels] = await Promise.all([
      deps.encoder.encode(pressed.pixels, pressed.form, spec.output),
      deps.pixelReader.read(pressed.pixels),
    ]);
    const contrast = contrastWarnings(pixels, pressed.texts, spec.output.scale);
    const timings = {
      assets: round(gatheredAt - startedAt),
      compile: round(pressed.compileMs),
      render: round(pressed.renderMs),
      encode: round(performance.now() - pressedAt),
    };
    for (const [stage, ms] of Object.entries(timings)) {
      deps.onStage?.(stage as keyof Drawn['timings'], ms / 1000);
    }
    return {
      encoded,
      warnings: withoutRepeats([
        ...gathered.warnings,
        ...pressed.warnings,
        ...contrast,
        ...encoded.warnings,
      ]),
      timings,
    };
  };
}

export type Draw = ReturnType<typeof createDraw>;
