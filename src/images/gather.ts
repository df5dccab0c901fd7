import { toAppError } from '../errors/app-error.js';
import type { Warning } from '../errors/warning.js';
import type { FieldSpec } from '../templates/manifest.js';
import type { Template } from '../templates/template.js';
import { assetFields } from './asset-fields.js';
import { assetFromValue } from './asset-from-value.js';
import type { Caller } from './caller.js';
import { cropFocus } from './crop-focus.js';
import type { ImageSpec } from './image.js';
import {
  assetFailedWarning,
  fallbackAddress,
  placeholderForMissing,
  placeholderOf,
} from './placeholders.js';
import type { Asset, AssetSource, PlaceholderSource } from './ports.js';
import { templateAsset, templateFile } from './template-asset.js';

export interface Gathered {
  /** By the name of the field; a field that shows nothing is absent. */
  assets: Map<string, Asset>;
  warnings: Warning[];
}

export interface GatherDeps {
  source: AssetSource;
  placeholders: PlaceholderSource;
}

export interface GatherOptions {
  signal?: AbortSignal | undefined;
  /** For sharing the asset source fairly among callers. */
  caller?: Caller | undefined;
}

/**
 * Step 5 of docs/design.md: every asset that the fields name is fetched and prepared. One that
 * fails is replaced as the field says (`fallback`, then `on_error`), so that a bad address affects
 * only its own field.
 */
export function createGather(deps: GatherDeps) {
  async function load(
    template: Template,
    field: FieldSpec,
    url: string,
    scale: number,
    { signal, caller }: GatherOptions,
  ): Promise<{ asset: Asset; warnings: Warning[] }> {
    const file = templateFile(template, url);
    const { box } = field;
    const focus = cropFocus(field);
    // The template's own files are used as they are, unless they have to be cropped around a focus.
    if (file && !focus) return { asset: templateAsset(file), warnings: [] };
    return deps.source.fetch(
      {
        // Without a media type: the decoder recognises the content.
        url: file ? `data:;base64,${file.body.toString('base64')}` : url,
        fit: field.fit ?? 'cover',
        ...(focus ? { focus } : {}),
        ...(box ? { boxPx: { width: box[0] * scale, height: box[1] * scale } } : {}),
      },
      signal,
      caller,
    );
  }

  async function gatherField(
    template: Template,
    spec: ImageSpec,
    name: string,
    field: FieldSpec,
    options: GatherOptions,
  ): Promise<{ asset: Asset | undefined; warnings: Warning[] }> {
    const url = spec.fields[name];
    if (typeof url !== 'string' || url === '') {
      return {
        asset: placeholderForMissing(deps.placeholders, template, field, spec),
        warnings: [],
      };
    }
    const drawn = assetFromValue(field, url);
    if (drawn) return { asset: drawn, warnings: [] };
    try {
      const { asset, warnings } = await load(template, field, url, spec.output.scale, options);
      return { asset, warnings: warnings.map((w) => ({ ...w, field: name })) };
    } catch (thrown) {
      const error = toAppError(thrown, 'asset_unreachable');
      if (error.code === 'internal' || error.code === 'cancelled') throw error;
      const fallback = fallbackAddress(template, field);
      const loaded =
        fallback === undefined || fallback === url
          ? undefined
          : await load(template, field, fallback, spec.output.scale, options).catch(
              () => undefined,
            );
      return {
        asset: loaded?.asset ?? placeholderOf(deps.placeholders, template, field, spec),
        warnings: [assetFailedWarning(name, field, error, loaded !== undefined)],
      };
    }
  }

  return async function gather(
    template: Template,
    spec: ImageSpec,
    options: GatherOptions = {},
  ): Promise<Gathered> {
    const results = await Promise.all(
      assetFields(template).map(async ([name, field]) => ({
        name,
        ...(await gatherField(template, spec, name, field, options)),
      })),
    );
    const assets = new Map<string, Asset>();
    for (const { name, asset } of results) if (asset) assets.set(name, asset);
    return { assets, warnings: results.flatMap((r) => r.warnings) };
  };
}

export type Gather = ReturnType<typeof createGather>;
