import { extensionOf } from '../formats/image-formats.js';
import type { ImageFormat } from './image.js';

/*
 * The keys of all objects in the store are made here alone, so that the layout of a bucket can be
 * read, and changed, in one place. This is layout 1. Keys are parts of public addresses, so what was
 * stored keeps its key. What a key may be made of: storage/object-key.ts.
 */

/** A folder without images. The route `/images` does not serve the extension of its files. */
const TOMBSTONES = 'cardpress-deleted/';

/**
 * What nobody may read without a key: published versions and drafts of templates. The route
 * `/images` serves nothing of it. docs/templates-in-the-service.md has the policy that keeps it from
 * readers of a bucket.
 */
const PRIVATE = 'cardpress-private/';

/** Prefix of the folder of a space. No template's folder begins with it. */
const SPACES = 'cardpress-space-';

/**
 * The keys of one space. Spaces keep the objects of several tenants apart in one bucket. The unnamed
 * space has no folder of its own.
 */
export function createObjectKeys({ space = '' }: { space?: string } = {}) {
  const root = space === '' ? '' : `${SPACES}${space}/`;
  const tombstones = `${root}${TOMBSTONES}`;
  const privates = `${root}${PRIVATE}`;
  const draftAssets = (templateId: string, nonce: string) =>
    `${privates}drafts/${templateId}/${nonce}/`;
  return {
    /** `<template>/<first 2 of id>/<id>.<ext>`: folders stay small with millions of images. */
    image: (templateId: string, id: string, format: ImageFormat): string =>
      `${root}${templateId}/${id.slice(0, 2)}/${id}.${extensionOf(format)}`,
    /** The object that marks an image as deleted. */
    tombstone: (id: string): string => `${tombstones}${id.slice(0, 2)}/${id}.tombstone`,
    /** All tombstones begin with it, and nothing else. */
    tombstones,
    /** All that is not public begins with it. */
    privates,
    /** A published version, by the hash of what is drawn and the hash of all its files. */
    templateVersion: (templateId: string, { content, files }: { content: string; files: string }) =>
      `${privates}templates/${templateId}/${content}/${files}.zip`,
    /** A picture or font of a draft, by the draft's nonce. `name`: of this upload alone. */
    draftAsset: (templateId: string, nonce: string, name: string) =>
      `${draftAssets(templateId, nonce)}${name}.bin`,
    draftAssets,
  };
}

/** The keys of the unnamed space, which is the only one in use. */
export const objectKeys = createObjectKeys();

/** The id in the key of an image. */
export const idOfKey = (key: string) => key.slice(key.lastIndexOf('/') + 1, key.lastIndexOf('.'));
