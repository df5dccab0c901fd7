import { describe, expect, it } from '@jest/globals';
import {
  assetFormats,
  DEFAULT_FORMAT,
  extensionOf,
  formatOfExtension,
  imageFormatNames,
  imageFormats,
} from '../../../src/formats/image-formats.js';
import { applyPreset, presetNames } from '../../../src/images/presets.js';

const all = Object.entries(assetFormats);

describe('the table of formats', () => {
  it('lets nothing stand for two formats', () => {
    const types = all.map(([, { mediaType }]) => mediaType);
    expect(new Set(types).size).toBe(all.length);
    const extensions = all.flatMap(([, one]) => [...one.extensions]);
    expect(new Set(extensions).size).toBe(extensions.length);
  });

  it('has qualities that can be asked for, the floor below the default', () => {
    for (const { output } of Object.values(imageFormats)) {
      const { default: usual, least } = output.quality ?? { default: 100, least: 1 };
      expect([usual, least].every((one) => Number.isInteger(one) && one >= 1 && one <= 100)).toBe(
        true,
      );
      expect(least).toBeLessThan(usual);
    }
  });

  it('finds formats of images by each of their extensions, and no others', () => {
    for (const name of imageFormatNames) {
      expect(formatOfExtension(extensionOf(name))).toBe(name);
      // Whoever writes the name of a format where an extension is meant is understood.
      expect(formatOfExtension(name)).toBe(name);
    }
    for (const other of ['gif', 'tiff', 'svg', 'PNG', '', 'constructor', 'jpg|png']) {
      expect(formatOfExtension(other)).toBeUndefined();
    }
  });

  it('is shown everywhere where nothing is asked for, and where a preset names a place', () => {
    expect(imageFormats[DEFAULT_FORMAT].inPreviews).toBe(true);
    for (const place of presetNames) {
      const { format } = applyPreset({ for: place });
      expect(format && imageFormats[format].inPreviews).toBe(true);
    }
  });
});
