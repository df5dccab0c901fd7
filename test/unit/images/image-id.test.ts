import { describe, expect, it } from '@jest/globals';
import { imageFormatNames, imageFormats } from '../../../src/formats/image-formats.js';
import type { ImageSpec } from '../../../src/images/image.js';
import {
  canonicalJson,
  deriveIdKey,
  IMAGE_ID_PATTERN,
  imageId,
} from '../../../src/images/image-id.js';
import { objectInfo, recordFromObject } from '../../../src/images/stored-record.js';
import { draftOf } from '../../support/image-record.js';

const { spec } = draftOf(1);
const key = deriveIdKey('a secret of the operator');

describe('imageId', () => {
  it('is what it always was: addresses in the world depend on it', () => {
    // By another program: HKDF and HMAC with SHA-256, base32 of the first 20 bytes (RFC 5869, 4648).
    expect(imageId(key, spec)).toBe('quw3ziim6grbdvpklao66w4ntu72dotr');
  });

  it('is the same however the same is written', () => {
    const fields = Object.fromEntries(Object.entries(spec.fields).reverse());
    const turned = Object.fromEntries(Object.entries({ ...spec, fields }).reverse());
    expect(imageId(key, turned as unknown as ImageSpec)).toBe(imageId(key, spec));
  });

  it('changes with everything that can change a pixel', () => {
    const others: ImageSpec[] = [
      { ...spec, templateId: 'other' },
      { ...spec, templateVersion: 'fedcba9876543210' },
      { ...spec, fields: { ...spec.fields, title: 'title 1' } },
      { ...spec, fields: { ...spec.fields, empty: '' } },
      { ...spec, fields: { ...spec.fields, list: ['b', 'a'] } },
      { ...spec, size: { ...spec.size, name: 'wide' } },
      { ...spec, size: { ...spec.size, heightPx: 631 } },
      { ...spec, output: { ...spec.output, format: 'webp' } },
      { ...spec, output: { ...spec.output, scale: 2 } },
      { ...spec, output: { ...spec.output, quality: 1 } },
      { ...spec, output: { ...spec.output, maxBytes: 1 } },
    ];
    const ids = [spec, ...others].map((one) => imageId(key, one));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(IMAGE_ID_PATTERN);
  });

  it('cannot be known without the secret', () => {
    expect(imageId(deriveIdKey('another secret'), spec)).not.toBe(imageId(key, spec));
  });
});

describe('canonicalJson', () => {
  it('sorts keys, keeps lists in order, drops what is undefined', () => {
    expect(canonicalJson({ b: [2, { d: null, c: 'é"\n' }], a: undefined, 10: 1, 9: 2 })).toBe(
      '{"10":1,"9":2,"b":[2,{"c":"é\\"\\n","d":null}]}',
    );
  });

  it('sorts by code units, as every machine does', () => {
    expect(canonicalJson({ ä: 1, a: 2, B: 3 })).toBe('{"B":3,"a":2,"ä":1}');
  });
});

describe('what is kept with the object', () => {
  const record = draftOf(7, { bytes: 99, widthPx: 2400, heightPx: 1260 });
  const { contentType, attributes } = objectInfo(record);
  const object = {
    key: record.key,
    bytes: 99,
    etag: 'x',
    modifiedAt: new Date('2026-11-21T12:00:00Z'),
    info: { contentType, attributes },
  };

  it('is enough to make the record again, but for the data', () => {
    expect(recordFromObject(object)).toEqual({
      ...record,
      status: 'completed',
      spec: { ...record.spec, fields: {} },
      completedAt: '2026-11-21T12:00:00.000Z',
    });
  });

  it.each(imageFormatNames)('says that it is a %s', (format) => {
    const output = { ...record.spec.output, format };
    const info = objectInfo({ ...record, spec: { ...record.spec, output } });
    expect(info.contentType).toBe(imageFormats[format].mediaType);
    expect(recordFromObject({ ...object, info })?.spec.output).toEqual(output);
  });

  it('holds no data, and fits every storage', () => {
    const text = JSON.stringify(attributes);
    expect(text).not.toContain('Title');
    expect(text.length).toBeLessThan(1_000);
    expect(text).toMatch(/^[\x20-\x7e]*$/);
  });

  it.each([
    'cardpress-id',
    'cardpress-template',
    'cardpress-version',
    'cardpress-size',
    'cardpress-output',
    'cardpress-pixels',
  ])('makes no record without %s: then the object is not ours', (name) => {
    const { [name]: _, ...rest } = attributes;
    expect(
      recordFromObject({ ...object, info: { contentType, attributes: rest } }),
    ).toBeUndefined();
  });
});
