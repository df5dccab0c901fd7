import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formOf, untilOver } from '../../support/batch-client.js';
import { readCode } from '../../support/read-code.js';
import { startService, type TestService } from '../../support/service.js';

/* Codes in pictures of the real service, read as a scanner reads them. */

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service?.stop());

const picture = async (url: string) => (await service.api(new URL(url).pathname)).bytes;

/** What a scanner reads in the three places of the template `ticket`. */
async function codesIn(bytes: Buffer, scale = 1) {
  const at = (left: number, top: number, width: number, height: number) =>
    readCode(bytes, {
      left: left * scale,
      top: top * scale,
      width: width * scale,
      height: height * scale,
    });
  return {
    checkIn: await at(20, 90, 200, 200),
    seat: await at(250, 60, 320, 80),
    product: await at(260, 190, 300, 80),
  };
}

async function draw(data: object, output: object = {}) {
  const answer = await service.api('/v1/images', { body: { template: 'ticket', data, output } });
  expect(answer.status).toBe(201);
  return answer.json;
}

const DATA = { number: '8F3K2', seat: 'R7-S12', product: '978-3-16-148410-0' };
const CODES = {
  checkIn: 'QR_CODE https://example.com/t/8F3K2',
  seat: 'CODE_128 R7-S12',
  product: 'EAN_13 9783161484100',
};

describe('codes in a picture', () => {
  it.each([
    ['png', 1],
    ['png', 2],
    ['jpeg', 1],
    ['webp', 3],
  ])('are read as they were given, as %s at scale %i', async (format, scale) => {
    const image = await draw(DATA, { format, scale });
    expect(await codesIn(await picture(image.url), scale)).toEqual(CODES);
    expect(image.warnings).toEqual([]);
  });

  it('have their fallback and their on_error, and say why', async () => {
    const image = await draw({ number: 'A 1', seat: 'Reihe 7 – Ö', product: '4006381333932' });
    expect(await codesIn(await picture(image.url))).toEqual({
      checkIn: 'QR_CODE https://example.com/t/A 1',
      seat: undefined,
      product: 'EAN_13 4006381333931',
    });
    const told = image.warnings.map((w: { code: string; field: string }) => `${w.code} ${w.field}`);
    expect(told.sort()).toEqual(['invalid_used_fallback product', 'invalid_used_placeholder seat']);
  });

  it('are refused by name where nothing may be mended', async () => {
    const body = {
      template: 'ticket',
      data: { number: '1', product: '4006381333932' },
      on_missing: 'reject',
    };
    const answer = await service.api('/v1/images', { body });
    expect(answer.status).toBe(422);
    expect(answer.json.errors).toEqual([
      { path: 'data.product', message: expect.stringContaining('has a wrong check digit') },
    ]);
  });

  it('come of the rows of a CSV', async () => {
    const csv = 'Nr;EAN\nT-1;4006381333931\nT-2;9783161484100\n';
    const mapping = JSON.stringify({ number: 'Nr', product: 'EAN' });
    const { body, headers } = formOf(csv, { template: 'ticket', mapping });
    const begun = await service.api('/v1/batches', { body, headers });
    expect(begun.status).toBe(202);
    expect((await untilOver(service.api, begun.json.id)).status).toBe('completed');
    const { items } = (await service.api(`/v1/batches/${begun.json.id}/items`)).json;
    const read = await Promise.all(
      items.map(async (item: { image_url: string }) => codesIn(await picture(item.image_url))),
    );
    expect(read.map(({ checkIn, product }) => [checkIn, product])).toEqual([
      ['QR_CODE https://example.com/t/T-1', 'EAN_13 4006381333931'],
      ['QR_CODE https://example.com/t/T-2', 'EAN_13 9783161484100'],
    ]);
  });

  it('vary in a link, but lead nobody elsewhere', async () => {
    const made = await service.api('/v1/links', {
      body: {
        template: 'ticket',
        fixed: { number: 'FIXED', seat: 'STANDING' },
        fields: { number: { max_length: 12 }, seat: { max_length: 40 } },
      },
    });
    expect(made.status).toBe(201);
    const path = new URL(made.json.url).pathname;
    const shown = async (query: string) => codesIn((await service.api(`${path}?${query}`)).bytes);
    expect(await shown('number=X1&seat=ROW-9')).toMatchObject({
      checkIn: 'QR_CODE https://example.com/t/X1',
      seat: 'CODE_128 ROW-9',
    });
    expect(await shown('number=X2&seat=https%3A%2F%2Fevil.example')).toMatchObject({
      checkIn: 'QR_CODE https://example.com/t/X2',
      seat: 'CODE_128 STANDING',
    });
  });
});
