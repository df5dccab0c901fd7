import { describe, expect, it } from '@jest/globals';
import { readHookEvent } from '../../../src/publishing/hook-event.js';
import type { SourceKind } from '../../../src/publishing/source-ports.js';
import { strapiRequest } from '../../support/strapi/strapi-request.js';
import { hookRequest } from './source-example.js';

const read = (kind: SourceKind, body: unknown, headers: Record<string, string> = {}) =>
  readHookEvent(kind, hookRequest(headers), body);

describe('Ghost', () => {
  const current = { id: 'p1', slug: 'hello', title: 'Hello', status: 'published' };

  it.each([
    ['publish', 'post.published', { current, previous: { status: 'draft' } }],
    ['update', 'post.published.edited', { current, previous: { title: 'Helo' } }],
    [
      'unpublish',
      'post.unpublished',
      { current: { ...current, status: 'draft' }, previous: { status: 'published' } },
    ],
    ['unpublish', 'post.deleted', { current: {}, previous: current }],
    [
      'ignore',
      'post.draft',
      { current: { ...current, status: 'draft' }, previous: { title: 'H' } },
    ],
    ['ignore', 'post.scheduled', { current: { ...current, status: 'scheduled' }, previous: {} }],
  ])('means %s with %s', (action, event, post) => {
    expect(read('ghost', { post })).toMatchObject({ action, event, entry: 'post:p1' });
  });

  it('leaves what was deleted where expressions look for it, and knows pages from posts', () => {
    const deleted = read('ghost', { page: { current: {}, previous: current } });
    expect(deleted).toMatchObject({
      event: 'page.deleted',
      entry: 'page:p1',
      context: { page: { current: { slug: 'hello' } } },
    });
  });
});

describe('Strapi, as recorded', () => {
  it.each([
    ['create', 'ignore'],
    ['update', 'ignore'],
    ['publish', 'publish'],
    ['unpublish', 'unpublish'],
  ] as const)('means by %s: %s', (which, action) => {
    const { body, headers } = strapiRequest(which);
    const event = read('strapi', JSON.parse(body.toString()), headers);
    expect(event).toMatchObject({
      action,
      event: `entry.${which}`,
      entry: 'api::article.article:g1wt31oavjznol810lk2azlq:',
    });
    expect(event.atMs).toBe(Date.parse(JSON.parse(body.toString()).createdAt));
  });

  it('publishes at once where a content type has no drafts, and ignores media and its test', () => {
    const entry = { id: 7, title: 'Hello' };
    expect(read('strapi', { event: 'entry.update', entry })).toMatchObject({ action: 'update' });
    expect(read('strapi', { event: 'entry.delete', entry }).action).toBe('unpublish');
    expect(read('strapi', { event: 'media.create', media: {} }).action).toBe('ignore');
    expect(read('strapi', {}, { 'x-strapi-event': 'trigger-test' }).action).toBe('ignore');
  });
});

describe('Contentful', () => {
  const topic = (action: string) => ({ 'x-contentful-topic': `ContentManagement.Entry.${action}` });
  const entry = { sys: { type: 'Entry', id: 'e1' }, fields: {} };

  it('publishes on publish alone, and takes back what has no fields any more', () => {
    expect(read('contentful', entry, topic('publish'))).toMatchObject({
      action: 'publish',
      entry: 'e1',
    });
    for (const draft of ['save', 'auto_save', 'create', 'unarchive']) {
      expect(read('contentful', entry, topic(draft)).action).toBe('ignore');
    }
    const deleted = { sys: { type: 'DeletedEntry', id: 'e1' } };
    for (const last of ['unpublish', 'delete', 'publish']) {
      // A topic need not be signed: what the body says goes before it.
      expect(read('contentful', deleted, topic(last)).action).toBe('unpublish');
    }
    expect(read('contentful', { sys: { type: 'Asset' } }, topic('publish')).action).toBe('ignore');
  });
});

describe('the others', () => {
  it('read their operation, and drafts of Sanity are none', () => {
    const operation = (name: string) => ({ 'sanity-operation': name });
    expect(read('sanity', { _id: 'a' }, operation('create'))).toMatchObject({
      action: 'publish',
      entry: 'a',
    });
    expect(read('sanity', { _id: 'a' }, operation('delete')).action).toBe('unpublish');
    expect(read('sanity', { _id: 'drafts.a' }, operation('update')).action).toBe('ignore');
    expect(read('wordpress', { event: 'unpublish', post: { id: 4 } })).toMatchObject({
      action: 'unpublish',
      entry: '4',
    });
    expect(read('wordpress', { event: 'ping' }).action).toBe('ignore');
    expect(read('generic', { anything: 1 }).action).toBe('update');
  });

  it('give way to what the expression of the source says', () => {
    const said = (text: string) => readHookEvent('generic', hookRequest({}), { a: 1 }, text);
    expect(said('Post_Deleted')).toMatchObject({ action: 'unpublish', event: 'Post_Deleted' });
    expect(said('published').action).toBe('publish');
    expect(said('comment.added')).toMatchObject({ action: 'ignore', context: { a: 1 } });
    expect(said('')).toMatchObject({ action: 'ignore', event: 'unknown' });
  });
});
