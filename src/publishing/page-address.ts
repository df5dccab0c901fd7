import type { ImageFormat } from '../images/image.js';
import { isPageKey } from './page-key.js';
import type { ImageReference } from './page-record.js';

const EXTENSIONS: Record<ImageFormat, string> = { png: 'png', jpeg: 'jpg', webp: 'webp' };
const FORMATS: Record<string, ImageFormat> = {
  png: 'png',
  jpg: 'jpeg',
  jpeg: 'jpeg',
  webp: 'webp',
};

/** What an address below `/p/` asks for. */
export interface PageAddress {
  key: string;
  format: ImageFormat;
  /** Not given: the page's first. */
  size?: string;
  /** The id of an image: this version and no other. */
  version?: string;
}

/** Whatever the page shows: `{key}.{ext}`, and `{key}@{size}.{ext}` for a size beside the first. */
export function currentPath(key: string, picture: ImageReference, isFirst: boolean): string {
  const size = isFirst ? '' : `@${picture.size}`;
  return `/p/${key}${size}.${EXTENSIONS[picture.format]}`;
}

/** One version, in the path because some crawlers ignore queries: `{key}/v{id}.{ext}`. */
export function versionPath(key: string, picture: ImageReference): string {
  return `/p/${key}/v${picture.imageId}.${EXTENSIONS[picture.format]}`;
}

/** Undefined for what cannot be the address of a page's picture. */
export function parsePageAddress(path: string): PageAddress | undefined {
  const [, name = '', extension = ''] = /^(.*)\.([a-z]+)$/s.exec(path) ?? [];
  const format = Object.hasOwn(FORMATS, extension) ? FORMATS[extension] : undefined;
  if (!format) return undefined;
  const [, versioned, version] = /^(.*)\/v([a-z2-7]{32})$/s.exec(name) ?? [];
  if (versioned !== undefined && version !== undefined) {
    return isPageKey(versioned) ? { key: versioned, format, version } : undefined;
  }
  const [, key = '', size] = /^([^@]*)(?:@([a-z][a-z0-9_]*))?$/s.exec(name) ?? [];
  if (!isPageKey(key)) return undefined;
  return { key, format, ...(size ? { size } : {}) };
}
