import { createHash } from 'node:crypto';
import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { FieldSpec } from '../templates/manifest.js';
import type { Asset } from './ports.js';

/**
 * The asset of a field whose type draws it from the value, such as a QR code; undefined for others.
 */
export function assetFromValue(field: FieldSpec, value: string): Asset | undefined {
  const { asset } = fieldTypeOf(field);
  if (asset?.from !== 'value') return undefined;
  const { svg, widthPx, heightPx } = asset.draw(field, value);
  const body = Buffer.from(svg, 'utf8');
  const hash = createHash('sha256').update(body).digest('hex');
  return { hash, contentType: 'image/svg+xml', body, widthPx, heightPx };
}
