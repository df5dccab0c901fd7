import { createHash } from 'node:crypto';
import { toAppError } from '../errors/app-error.js';
import type { FieldSpec } from '../templates/manifest.js';
import { assetPathOf, parsePictureAddress } from '../templates/parse-address.js';
import { ownPictures as ownPicturePaths } from '../templates/resolve-fields.js';
import type { Template, TemplateAsset, Warning } from '../templates/template.js';
import type { ImageSpec } from './image.js';
import type { Picture, PictureSource, PlaceholderSource } from './ports.js';

export interface Gathered {
  /** By image field; a field that shows nothing is absent. */
  pictures: Map<string, Picture>;
  warnings: Warning[];
}

export interface GatherDeps {
  source: PictureSource;
  placeholders: PlaceholderSource;
}

const ownPictures = new WeakMap<TemplateAsset, Picture>();

function ownPicture(asset: TemplateAsset): Picture {
  const known = ownPictures.get(asset);
  if (known) return known;
  const picture: Picture = {
    hash: createHash('sha256').update(asset.body).digest('hex'),
    contentType: asset.contentType as Picture['contentType'],
    body: asset.body,
    widthPx: 0,
    heightPx: 0,
  };
  ownPictures.set(asset, picture);
  return picture;
}

const shown: Record<string, string> = {
  placeholder: 'A placeholder is shown instead.',
  initials: 'The initials are shown instead.',
  hide: 'It is left out.',
};

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
    signal: AbortSignal | undefined,
  ): Promise<{ picture: Picture; warnings: Warning[] }> {
    const path = assetPathOf(url);
    const asset = path === undefined ? undefined : template.assets.get(path);
    const { box, focus = 'center' } = field;
    const isCropped = box !== undefined && focus !== 'center';
    // The template's own pictures are shown as they are, unless a crop has to be found in them.
    if (asset && !isCropped) return { picture: ownPicture(asset), warnings: [] };
    return deps.source.fetch(
      {
        url: asset ? `data:;base64,${asset.body.toString('base64')}` : url,
        fit: field.fit ?? 'cover',
        ...(isCropped ? { focus } : {}),
        ...(box ? { boxPx: { width: box[0] * scale, height: box[1] * scale } } : {}),
      },
      signal,
    );
  }

  function standIn(template: Template, field: FieldSpec, spec: ImageSpec): Picture | undefined {
    const how = field.on_error ?? 'placeholder';
    if (how === 'hide') return undefined;
    const from = field.initials_from ?? nameField(template);
    const name = from === undefined ? undefined : spec.fields[from];
    return deps.placeholders.placeholder(
      field,
      how === 'initials' && typeof name === 'string' && name !== '' ? name : undefined,
    );
  }

  async function gatherOne(
    template: Template,
    spec: ImageSpec,
    name: string,
    field: FieldSpec,
    signal: AbortSignal | undefined,
  ): Promise<{ picture: Picture | undefined; warnings: Warning[] }> {
    const url = spec.fields[name];
    if (typeof url !== 'string' || url === '') {
      // Not given: a stand-in only where the field asks for one by name.
      const wanted = field.on_error === 'placeholder' || field.on_error === 'initials';
      return { picture: wanted ? standIn(template, field, spec) : undefined, warnings: [] };
    }
    try {
      const { picture, warnings } = await load(template, field, url, spec.output.scale, signal);
      return { picture, warnings: warnings.map((w) => ({ ...w, field: name })) };
    } catch (thrown) {
      const error = toAppError(thrown, 'asset_unreachable');
      if (error.code === 'internal' || error.code === 'cancelled') throw error;
      const spare = fallbackAddress(template, field);
      const second =
        spare === undefined || spare === url
          ? undefined
          : await load(template, field, spare, spec.output.scale, signal).catch(() => undefined);
      const how = second
        ? "The template's own picture is shown instead."
        : shown[field.on_error ?? 'placeholder'];
      const warning: Warning = {
        code: 'picture_failed',
        field: name,
        severity: 'error',
        message: `${error.detail} ${how}`,
      };
      return { picture: second?.picture ?? standIn(template, field, spec), warnings: [warning] };
    }
  }

  return async function gather(
    template: Template,
    spec: ImageSpec,
    signal?: AbortSignal,
  ): Promise<Gathered> {
    const fields = Object.entries(template.manifest.fields).filter(([, f]) => f.type === 'image');
    const results = await Promise.all(
      fields.map(async ([name, field]) => ({
        name,
        ...(await gatherOne(template, spec, name, field, signal)),
      })),
    );
    const pictures = new Map<string, Picture>();
    for (const { name, picture } of results) if (picture) pictures.set(name, picture);
    return { pictures, warnings: results.flatMap((r) => r.warnings) };
  };
}

/** The field's own fallback as a value of the field would stand: `asset:` paths are whole there. */
function fallbackAddress(template: Template, field: FieldSpec): string | undefined {
  if (typeof field.fallback !== 'string') return undefined;
  const parsed = parsePictureAddress(field.fallback, ownPicturePaths(template));
  return 'problem' in parsed ? undefined : parsed.value;
}

/** Where the manifest does not say whose initials: the first text field that sounds like a name. */
function nameField(template: Template): string | undefined {
  return Object.entries(template.manifest.fields)
    .filter(([, field]) => field.type === 'text')
    .map(([name]) => name)
    .find((name) => /name|author|host|speaker|recipient/.test(name));
}

export type Gather = ReturnType<typeof createGather>;
