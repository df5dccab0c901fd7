import { createHash } from 'node:crypto';
import { assetPathOf } from '../templates/parse-address.js';
import type { Template, TemplateAsset } from '../templates/template.js';
import type { Asset } from './ports.js';

const known = new WeakMap<TemplateAsset, Asset>();

/** The template's own file that an address of the form `asset:<path>` names. */
export function templateFile(template: Template, address: string): TemplateAsset | undefined {
  const path = assetPathOf(address);
  return path === undefined ? undefined : template.assets.get(path);
}

/** A file of the template as an asset, unchanged. Its size is not read: width and height are 0. */
export function templateAsset(file: TemplateAsset): Asset {
  const asset = known.get(file) ?? {
    hash: createHash('sha256').update(file.body).digest('hex'),
    contentType: file.contentType as Asset['contentType'],
    body: file.body,
    widthPx: 0,
    heightPx: 0,
  };
  known.set(file, asset);
  return asset;
}
