import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SERVICE_KEY, startService, type TestService } from '../../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service?.stop());

const logo = (fill: string) =>
  `data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 60"><path fill="${fill}" d="M5 5h20v50H5zM35 5h20v50H35z"/></svg>`;

async function codesOf(fill: string): Promise<string[]> {
  const answer = await fetch(`${service.url}/v1/images`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${SERVICE_KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      template: 'note',
      data: { title: `On it: ${fill}`, logo: logo(fill) },
      wait: 30,
    }),
  });
  const { warnings } = (await answer.json()) as { warnings: { code: string; field?: string }[] };
  return warnings.map(({ code, field }) => `${code} ${field}`);
}

it('a logo that cannot be told from the card is told of, also when another card has it', async () => {
  expect(await codesOf('white')).toContain('picture_low_contrast logo');
  expect(await codesOf('#fefefe')).toContain('picture_low_contrast logo');
  expect(await codesOf('black')).not.toContain('picture_low_contrast logo');
  expect(await codesOf('oklch(0.7 0.2 30)')).not.toContain('picture_low_contrast logo');
});
