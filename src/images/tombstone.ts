import type { ImageRecord, ObjectInfo } from './image.js';
import { IMAGE_ID_PATTERN } from './image-id.js';
import type { Deletion, StoredObject } from './ports.js';

/** A folder that no picture is in, and an ending that /images does not serve. */
export const TOMBSTONES = 'cardpress-deleted/';

/** Where the storage notes that an image was deleted. */
export const tombstoneKey = (id: string) => `${TOMBSTONES}${id.slice(0, 2)}/${id}.tombstone`;

/** For whoever comes across one; a few servers do not keep empty objects. */
export const TOMBSTONE_BODY = Buffer.from('This image was deleted.\n');

/** Neither fields nor metadata: what was deleted must not live on in a note of its deletion. */
export function tombstoneInfo(id: string, { key, at }: Deletion): ObjectInfo {
  return {
    contentType: 'text/plain',
    attributes: { 'cardpress-id': id, 'cardpress-picture': key, 'cardpress-deleted': at },
  };
}

/** What a tombstone says; undefined for an object that is none. */
export function readTombstone(
  object: StoredObject,
): { id: string; deletion: Deletion } | undefined {
  const a = object.info.attributes;
  const id = a['cardpress-id'] ?? '';
  const key = a['cardpress-picture'];
  const at = a['cardpress-deleted'];
  if (!IMAGE_ID_PATTERN.test(id) || object.key !== tombstoneKey(id)) return undefined;
  return key && at ? { id, deletion: { key, at } } : undefined;
}

/**
 * Whether a stored picture was asked for after the deletion that a tombstone tells of. By what both
 * say themselves: a copy of a bucket dates all of its objects anew.
 */
export function outlives(
  picture: Pick<ImageRecord, 'createdAt'> | undefined,
  deletion: Deletion,
): boolean {
  return picture !== undefined && Date.parse(picture.createdAt) > Date.parse(deletion.at);
}
