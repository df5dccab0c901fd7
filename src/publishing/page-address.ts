import { extensionOf, formatOfExtension } from '../formats/image-formats.js';
import type { ImageFormat } from '../images/image.js';
import { isPageKey } from './page-key.js';
import type { ImageReference } from './page-record.js';

/** The parsed address below `/p/`. */
export interface PageAddress {
  key: string;
  format: ImageFormat;
  /** Default: the page's first size. */
  size?: string;
  /** The id of an image, for exactly this version. */
  version?: string;
}

/**
 * Path of the current image: `{key}.{ext}`, and `{key}@{size}.{ext}` for other sizes than the
 * first.
 */
export function currentPath(key: string, reference: ImageReference, isFirst: boolean): string {
  const size = isFirst ? '' : `@${reference.size}`;
  return `/p/${key}${size}.${extensionOf(reference.format)}`;
}

/**
 * Path of one version, not in the query because some crawlers ignore queries: `{key}/v{id}.{ext}`.
 */
export function versionPath(key: string, reference: ImageReference): string {
  return `/p/${key}/v${reference.imageId}.${extensionOf(reference.format)}`;
}

/** Undefined if it cannot be the address of a page's image. */
export function parsePageAddress(path: string): PageAddress | undefined {
  const [, name = '', extension = ''] = /^(.*)\.([a-z]+)$/s.exec(path) ?? [];
  const format = formatOfExtension(extension);
  if (!format) return undefined;
  const [, versioned, version] = /^(.*)\/v([a-z2-7]{32})$/s.exec(name) ?? [];
  if (versioned !== undefined && version !== undefined) {
    return isPageKey(versioned) ? { key: versioned, format, version } : undefined;
  }
  const [, key = '', size] = /^([^@]*)(?:@([a-z][a-z0-9_]*))?$/s.exec(name) ?? [];
  if (!isPageKey(key)) return undefined;
  return { key, format, ...(size ? { size } : {}) };
}
