import { type Warning, warningOf } from '../errors/warning.js';
import { imageFormatNames, imageFormats } from '../formats/image-formats.js';
import type { ImageFormat, ImageRecord, ObjectInfo } from './image.js';
import { IMAGE_ID_PATTERN } from './image-id.js';
import type { StoredObject } from './ports.js';
import { NO_TIMINGS } from './timings.js';

const OUTPUT = new RegExp(`^(${imageFormatNames.join('|')}) (\\d) (\\d+) (\\d+)$`);

/** Set to `FAILED` if an asset failed: a later render may have it. */
const ASSETS_KEY = 'cardpress-pictures';
const FAILED = 'failed';

const ASSET_FAILED = warningOf(
  'picture_failed',
  'A picture could not be fetched or read when this was drawn.',
);

/**
 * Metadata stored with the object. No field values: buckets are often public, and their metadata is
 * public then too.
 * @param warnings of the drawing
 */
export function objectInfo(record: ImageRecord, warnings: readonly Warning[] = []): ObjectInfo {
  const { spec } = record;
  const isIncomplete = warnings.some(({ code }) => code === 'picture_failed');
  return {
    contentType: imageFormats[spec.output.format].mediaType,
    attributes: {
      'cardpress-id': record.id,
      'cardpress-template': spec.templateId,
      'cardpress-version': spec.templateVersion,
      'cardpress-size': `${spec.size.name} ${spec.size.widthPx}x${spec.size.heightPx}`,
      'cardpress-output': `${spec.output.format} ${spec.output.scale} ${spec.output.quality} ${spec.output.maxBytes}`,
      'cardpress-pixels': `${record.widthPx}x${record.heightPx}`,
      'cardpress-created': record.createdAt,
      ...(isIncomplete ? { [ASSETS_KEY]: FAILED } : {}),
    },
  };
}

/** Whether an image was drawn without an asset that it was to show. */
export function lacksAsset({ attributes }: ObjectInfo): boolean {
  return attributes[ASSETS_KEY] === FAILED;
}

/**
 * The record from an object's metadata, complete except for field values, which are empty, and
 * warnings, of which only one is kept: that an asset failed. Undefined if the object is not an image
 * of Cardpress.
 */
export function recordFromObject(object: StoredObject): ImageRecord | undefined {
  const a = object.info.attributes;
  const id = a['cardpress-id'] ?? '';
  const size = /^([a-z][a-z0-9_]*) (\d+)x(\d+)$/.exec(a['cardpress-size'] ?? '');
  const output = OUTPUT.exec(a['cardpress-output'] ?? '');
  const pixels = /^(\d+)x(\d+)$/.exec(a['cardpress-pixels'] ?? '');
  const templateId = a['cardpress-template'];
  const templateVersion = a['cardpress-version'];
  if (!IMAGE_ID_PATTERN.test(id) || !size || !output || !pixels) return undefined;
  if (!templateId || !templateVersion) return undefined;
  const createdAt = a['cardpress-created'] ?? object.modifiedAt.toISOString();
  return {
    id,
    status: 'completed',
    generation: 1,
    spec: {
      templateId,
      templateVersion,
      fields: {},
      size: { name: String(size[1]), widthPx: Number(size[2]), heightPx: Number(size[3]) },
      output: {
        format: output[1] as ImageFormat,
        scale: Number(output[2]),
        quality: Number(output[3]),
        maxBytes: Number(output[4]),
      },
    },
    key: object.key,
    widthPx: Number(pixels[1]),
    heightPx: Number(pixels[2]),
    bytes: object.bytes,
    warnings: lacksAsset(object.info) ? [ASSET_FAILED] : [],
    timings: NO_TIMINGS,
    metadata: {},
    createdAt,
    completedAt: object.modifiedAt.toISOString(),
  };
}
