import { colour, expect, type GoodKind, itself, lookAt } from './good-kind.js';
import { settled } from './http-client.js';

const signed: GoodKind = {
  name: '/i',
  weight: 7,
  async run({ ask }, text) {
    const answer = await ask('/v1/urls', { body: colour(text) });
    expect(answer.status === 200, 'an address', answer);
    const { pathname, search } = new URL(answer.json.url ?? '');
    await lookAt(await itself(ask, pathname + search), text);
  },
};

const linked: GoodKind = {
  name: '/l',
  weight: 5,
  async run({ ask, linkPath, linkText }, text) {
    await lookAt(await itself(ask, `${linkPath}?note=${encodeURIComponent(text)}`), linkText);
  },
};

const paged: GoodKind = {
  name: '/p',
  weight: 5,
  async run({ ask }, text) {
    const key = `soak/${text.replaceAll(/\W/g, '-')}`;
    const put = await ask(`/v1/pages/${key}`, {
      method: 'PUT',
      body: { ...colour(text), wait: 30 },
    });
    expect(put.status === 201 || put.status === 202, 'a page', put);
    await settled(ask, `/v1/pages/${key}`, ({ json }) => json.status !== 'rendering');
    await lookAt(await itself(ask, `/p/${key}.png`), text);
    const removed = await ask(`/v1/pages/${key}`, { method: 'DELETE' });
    expect(removed.status === 204, 'removing a page', removed);
  },
};

/** Public addresses, asked for the first time. */
export const goodAddresses: GoodKind[] = [signed, linked, paged];
