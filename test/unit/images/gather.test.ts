import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import { createGather } from '../../../src/images/gather.js';
import type { Asset, AssetRequest } from '../../../src/images/ports.js';
import type { FieldSpec } from '../../../src/templates/manifest.js';
import type { FieldValue } from '../../../src/templates/template.js';
import { draftOf } from '../../support/image-record.js';
import { PIXEL, templateWith } from '../../support/templates/template-files.js';

const pictureOf = (hash: string): Asset => ({
  hash,
  contentType: 'image/png',
  body: Buffer.from(hash),
  widthPx: 1,
  heightPx: 1,
});
const WEB = 'https://example.com/a.png';

/** Gathers for one image field; addresses with `bad` in them cannot be fetched. */
async function gather(
  field: Partial<FieldSpec>,
  value: FieldValue,
  { scale = 1, error = new AppError('asset_not_found', { detail: 'It is 404.' }) } = {},
) {
  const asked: AssetRequest[] = [];
  const run = createGather({
    source: {
      async fetch(request) {
        asked.push(request);
        if (request.url.includes('bad')) throw error;
        const warnings = [{ code: 'picture_too_small' as const, message: 'Small.' }];
        return { asset: pictureOf(request.url), warnings };
      },
      close: async () => undefined,
    },
    placeholders: {
      placeholder: (_field, initials) => pictureOf(`stand-in ${initials ?? ''}`.trim()),
    },
  });
  const template = templateWith({ photo: { type: 'image', ...field }, author: { type: 'text' } });
  const { spec } = draftOf(1);
  const gathered = await run(template, {
    ...spec,
    fields: { photo: value, author: 'Ada Lovelace' },
    output: { ...spec.output, scale },
  });
  return { asked, picture: gathered.assets.get('photo'), warnings: gathered.warnings };
}

describe('gather', () => {
  it('fetches for the box in device pixels, and names the field of a warning', async () => {
    const { asked, picture, warnings } = await gather({ box: [100, 50], fit: 'contain' }, WEB, {
      scale: 3,
    });
    expect(asked).toEqual([{ url: WEB, fit: 'contain', boxPx: { width: 300, height: 150 } }]);
    expect(picture?.hash).toBe(WEB);
    expect(warnings).toEqual([{ code: 'picture_too_small', message: 'Small.', field: 'photo' }]);
  });

  it("takes the template's own picture without asking anybody", async () => {
    const { asked, picture } = await gather({}, 'asset:assets/portrait.png');
    expect(asked).toEqual([]);
    expect(picture?.body).toEqual(PIXEL);
  });

  it('shows nothing for an empty field, unless the field wants a stand-in', async () => {
    expect((await gather({}, '')).picture).toBeUndefined();
    expect((await gather({ on_error: 'hide' }, '')).picture).toBeUndefined();
    expect((await gather({ on_error: 'placeholder' }, '')).picture?.hash).toBe('stand-in');
    expect((await gather({ on_error: 'initials' }, '')).picture?.hash).toBe(
      'stand-in Ada Lovelace',
    );
  });

  it.each([
    ["the field's own picture", 'asset:portrait.png', PIXEL.toString('hex')],
    [
      'an address',
      'https://example.com/b.png',
      Buffer.from('https://example.com/b.png').toString('hex'),
    ],
  ])(
    'falls back on %s where a picture cannot be had, and says so',
    async (_name, fallback, body) => {
      const { picture, warnings } = await gather({ fallback }, 'https://example.com/bad.png');
      expect(picture?.body.toString('hex')).toBe(body);
      expect(warnings).toEqual([
        {
          code: 'picture_failed',
          field: 'photo',
          severity: 'error',
          message: "It is 404. The template's own picture is shown instead.",
        },
      ]);
    },
  );

  it('does as on_error says where there is no fallback, or it fails too', async () => {
    const bad = 'https://example.com/bad.png';
    const hidden = await gather({ on_error: 'hide' }, bad);
    expect(hidden.picture).toBeUndefined();
    expect(hidden.warnings[0]?.message).toBe('It is 404. It is left out.');
    const initials = await gather(
      { on_error: 'initials', fallback: 'https://example.com/bad2' },
      bad,
    );
    expect(initials.picture?.hash).toBe('stand-in Ada Lovelace');
    expect((await gather({}, bad)).picture?.hash).toBe('stand-in');
  });

  it.each(['cancelled', 'internal'] as const)('hides no %s behind a stand-in', async (code) => {
    const error = new AppError(code, { detail: 'x' });
    await expect(gather({}, 'https://example.com/bad.png', { error })).rejects.toBe(error);
  });
});
