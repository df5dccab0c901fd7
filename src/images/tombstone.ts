import type { ImageRecord, ObjectInfo } from './image.js';
import { IMAGE_ID_PATTERN } from './image-id.js';
import { objectKeys } from './object-key.js';
import type { Deletion, StoredObject } from './ports.js';

/** For people who find the object. Not empty, because a few servers do not store empty objects. */
export const TOMBSTONE_BODY = Buffer.from('This image was deleted.\n');

/**
 * Metadata of a tombstone. It contains nothing of the image's fields or metadata: deleted data must
 * not survive in its tombstone.
 */
export function tombstoneInfo(id: string, { key, at }: Deletion): ObjectInfo {
  return {
    contentType: 'text/plain',
    attributes: { 'cardpress-id': id, 'cardpress-picture': key, 'cardpress-deleted': at },
  };
}

/** The content of a tombstone; undefined for other objects. */
export function readTombstone(
  object: StoredObject,
): { id: string; deletion: Deletion } | undefined {
  const a = object.info.attributes;
  const id = a['cardpress-id'] ?? '';
  const key = a['cardpress-picture'];
  const at = a['cardpress-deleted'];
  if (!IMAGE_ID_PATTERN.test(id) || object.key !== objectKeys.tombstone(id)) return undefined;
  return key && at ? { id, deletion: { key, at } } : undefined;
}

/**
 * Whether a stored image was requested after the deletion that a tombstone records. Both times are
 * in the objects' own metadata, because a copied bucket gives all of its objects new dates.
 */
export function wasRequestedAfter(
  stored: Pick<ImageRecord, 'createdAt'> | undefined,
  deletion: Deletion,
): boolean {
  return stored !== undefined && Date.parse(stored.createdAt) > Date.parse(deletion.at);
}
