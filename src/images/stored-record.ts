import { type Warning, warningOf } from '../errors/warning.js';
import { imageFormatNames, imageFormats } from '../formats/image-formats.js';
import type { ImageFormat, ImageRecord, ObjectInfo } from './image.js';
import { IMAGE_ID_PATTERN } from './image-id.js';
import type { StoredObject } from './ports.js';

const OUTPUT = new RegExp(`^(${imageFormatNames.join('|')}) (\\d) (\\d+) (\\d+)$`);

/** Set if a placeholder replaces an asset that could not be fetched: a later render may succeed. */
const PICTURES = 'cardpress-pictures';
const FAILED = 'failed';

const LACKS = warningOf(
  'picture_failed',
  'A picture could not be fetched or read when this was drawn.',
);

/**
 * Metadata stored with the object. No field values: buckets are often public, and their metadata is
 * public then too. `warnings` are those of the drawing.
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
      ...(isIncomplete ? { [PICTURES]: FAILED } : {}),
    },
  };
}

/** Whether an image was drawn without an asset that it was to show. */
export function lacksImage({ attributes }: ObjectInfo): boolean {
  return attributes[PICTURES] === FAILED;
}

/**
 * The record from an object's metadata, complete except for field values, which are empty, and
 * warnings, of which one alone is kept: that an asset failed.
 * Undefined for an object that is not ours.
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
    warnings: lacksImage(object.info) ? [LACKS] : [],
    timings: { queue: 0, assets: 0, compile: 0, render: 0, encode: 0, store: 0, total: 0 },
    metadata: {},
    createdAt,
    completedAt: object.modifiedAt.toISOString(),
  };
}
