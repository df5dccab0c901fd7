import { toAppError } from '../errors/app-error.js';
import type { Warning } from '../errors/warning.js';
import type { FieldSpec } from '../templates/manifest.js';
import { assetPathOf } from '../templates/parse-address.js';
import type { Template } from '../templates/template.js';
import type { Caller } from './caller.js';
import type { ImageSpec } from './image.js';
import {
  assetFailed,
  cropFocus,
  fallbackAddress,
  placeholderForNone,
  placeholderOf,
  templateAsset,
} from './placeholders.js';
import type { Asset, AssetSource, PlaceholderSource } from './ports.js';

export interface Gathered {
  /** By image field; a field that shows nothing is absent. */
  pictures: Map<string, Asset>;
  warnings: Warning[];
}

export interface GatherDeps {
  source: AssetSource;
  placeholders: PlaceholderSource;
}

export interface GatherOptions {
  signal?: AbortSignal | undefined;
  /** Whose turn it is where many pictures are wanted. */
  caller?: Caller | undefined;
}

/**
 * Step 5 of an image's way: every picture that the fields name is fetched and prepared; one that
 * fails is replaced as the field says (`fallback`, then `on_error`), so that a bad address spoils
 * nothing but itself.
 */
export function createGather(deps: GatherDeps) {
  async function load(
    template: Template,
    field: FieldSpec,
    url: string,
    scale: number,
    { signal, caller }: GatherOptions,
  ): Promise<{ picture: Asset; warnings: Warning[] }> {
    const path = assetPathOf(url);
    const asset = path === undefined ? undefined : template.assets.get(path);
    const { box } = field;
    const focus = cropFocus(field);
    // The template's own pictures are shown as they are, unless a crop has to be found in them.
    if (asset && !focus) return { picture: templateAsset(asset), warnings: [] };
    return deps.source.fetch(
      {
        url: asset ? `data:;base64,${asset.body.toString('base64')}` : url,
        fit: field.fit ?? 'cover',
        ...(focus ? { focus } : {}),
        ...(box ? { boxPx: { width: box[0] * scale, height: box[1] * scale } } : {}),
      },
      signal,
      caller,
    );
  }

  async function gatherOne(
    template: Template,
    spec: ImageSpec,
    name: string,
    field: FieldSpec,
    options: GatherOptions,
  ): Promise<{ picture: Asset | undefined; warnings: Warning[] }> {
    const url = spec.fields[name];
    if (typeof url !== 'string' || url === '') {
      return {
        picture: placeholderForNone(deps.placeholders, template, field, spec),
        warnings: [],
      };
    }
    try {
      const { picture, warnings } = await load(template, field, url, spec.output.scale, options);
      return { picture, warnings: warnings.map((w) => ({ ...w, field: name })) };
    } catch (thrown) {
      const error = toAppError(thrown, 'asset_unreachable');
      if (error.code === 'internal' || error.code === 'cancelled') throw error;
      const spare = fallbackAddress(template, field);
      const second =
        spare === undefined || spare === url
          ? undefined
          : await load(template, field, spare, spec.output.scale, options).catch(() => undefined);
      return {
        picture: second?.picture ?? placeholderOf(deps.placeholders, template, field, spec),
        warnings: [assetFailed(name, field, error.detail, second !== undefined)],
      };
    }
  }

  return async function gather(
    template: Template,
    spec: ImageSpec,
    options: GatherOptions = {},
  ): Promise<Gathered> {
    const fields = Object.entries(template.manifest.fields).filter(([, f]) => f.type === 'image');
    const results = await Promise.all(
      fields.map(async ([name, field]) => ({
        name,
        ...(await gatherOne(template, spec, name, field, options)),
      })),
    );
    const pictures = new Map<string, Asset>();
    for (const { name, picture } of results) if (picture) pictures.set(name, picture);
    return { pictures, warnings: results.flatMap((r) => r.warnings) };
  };
}

export type Gather = ReturnType<typeof createGather>;
