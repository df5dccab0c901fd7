import type { OutputRequest } from './prepare.js';

/**
 * Limits of the places where images are shown, as of November 2026: Facebook 8 MB, X and LinkedIn 5
 * MB; WhatsApp drops previews above 600 KB and is safe below 300 KB; mail programs load a hero
 * image of up to half a megabyte without a noticeable wait.
 */
const presets = {
  open_graph: { format: 'png', max_bytes: 5_000_000 },
  whatsapp: { format: 'jpeg', max_bytes: 300_000 },
  x: { format: 'png', max_bytes: 5_000_000 },
  linkedin: { format: 'png', max_bytes: 5_000_000 },
  email: { format: 'jpeg', max_bytes: 500_000 },
} as const satisfies Record<string, Pick<OutputRequest, 'format' | 'max_bytes'>>;

export type PresetName = keyof typeof presets;

export const presetNames = Object.keys(presets) as PresetName[];

/** Settings of the caller win, except for the byte limit: the smaller one holds. */
export function applyPreset(output: OutputRequest): OutputRequest {
  if (!output.for) return output;
  const preset = presets[output.for];
  return {
    ...output,
    format: output.format ?? preset.format,
    max_bytes: Math.min(output.max_bytes ?? preset.max_bytes, preset.max_bytes),
  };
}
