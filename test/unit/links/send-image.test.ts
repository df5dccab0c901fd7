import { expect, it } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { sendImage } from '../../../src/http/send-image.js';
import type { ImageAnswer } from '../../../src/links/image-answer.js';

const picture = { body: Buffer.from('pixels'), contentType: 'image/png', etag: 'abc' };
const ask = (answer: ImageAnswer) =>
  request(express().get('/', (req, res) => sendImage(req, res, answer)));
const caching = async (answer: ImageAnswer) =>
  (await ask(answer).get('/')).headers['cache-control'];

it('says how long each kind of picture may be kept', async () => {
  const immutable = { ...picture, source: 'stored', caching: 'immutable' } as const;
  const page = { ...picture, source: 'stored', caching: 'page' } as const;
  const fallback = { ...picture, source: 'fallback' } as const;
  expect(await caching(immutable)).toBe('public, max-age=31536000, immutable');
  expect(await caching({ ...immutable, maxAgeSeconds: 90 })).toBe('public, max-age=90');
  expect(await caching(page)).toBe(
    'public, max-age=60, stale-while-revalidate=86400, stale-if-error=86400',
  );
  expect(await caching({ ...page, maxAgeSeconds: 9 })).toBe(
    'public, max-age=9, stale-while-revalidate=9, stale-if-error=9',
  );
  expect(await caching(fallback)).toBe('public, max-age=60');
  expect(await caching({ ...fallback, maxAgeSeconds: 0 })).toBe('public, max-age=0');
});

it('sends a stand-in with a validator of its own bytes', async () => {
  const one = { source: 'fallback', body: Buffer.from('one'), contentType: 'image/png' } as const;
  const { etag = '' } = (await ask(one).get('/')).headers;
  const other = (await ask({ ...one, body: Buffer.from('two') }).get('/')).headers;
  expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
  expect(other.etag).not.toBe(etag);
  const held = await ask(one).get('/').set('If-None-Match', etag);
  expect([held.status, held.headers['x-cardpress-source']]).toEqual([304, 'fallback']);
});

it('sends HEAD without bytes and 304 to who holds it, with all that caches need', async () => {
  const answer = { ...picture, source: 'rendered', caching: 'immutable' } as const;
  const head = await ask(answer).head('/');
  expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '6', undefined]);
  const held = await ask(answer).get('/').set('If-None-Match', '"x", "abc"');
  expect(held.status).toBe(304);
  expect(held.headers).toMatchObject({
    etag: '"abc"',
    'cache-control': 'public, max-age=31536000, immutable',
    'access-control-allow-origin': '*',
  });
  expect((await ask(answer).get('/').set('If-None-Match', '"x"')).status).toBe(200);
});
