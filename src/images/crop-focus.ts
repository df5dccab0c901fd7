import type { FieldSpec } from '../templates/manifest.js';
import type { AssetRequest } from './ports.js';

/**
 * The part of an asset that a crop has to keep. Undefined if the asset need not be cropped, because
 * the layout shows the middle by itself.
 */
export function cropFocus({ box, focus = 'center' }: FieldSpec): AssetRequest['focus'] {
  return box === undefined || focus === 'center' ? undefined : focus;
}
