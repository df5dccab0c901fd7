import type { ApiCall } from './api-client.js';
import type { KnownParameters } from './fuzz-requests.js';
import { ALLOWED_HOST, HOOK_SECRET } from './fuzz-values.js';
import type { TestService } from './service.js';
import { until } from './until.js';

/** Enough that some are left when requests have deleted and decided others. */
const EACH = 12;

/** Makes some of each kind of thing, so that requests about them can succeed. */
export async function knownParameters(service: TestService): Promise<KnownParameters> {
  const titled = (title: string) => ({ template: 'note', data: { title } });
  const webhook = `http://${ALLOWED_HOST}/hook`;

  // biome-ignore lint/suspicious/noExplicitAny: each answer is of another shape
  async function made(path: string, body: unknown, method = 'POST'): Promise<any> {
    const call: ApiCall = { method, body };
    const { status, json } = await service.api(path, call);
    if (status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(json)}`);
    return json;
  }
  // biome-ignore lint/suspicious/noExplicitAny: each answer is of another shape
  const several = (path: string, body: (n: number) => unknown): Promise<any[]> =>
    Promise.all(Array.from({ length: EACH }, (_, n) => made(path, body(n))));

  const images = await several('/v1/images', (n) => titled(`image ${n}`));
  const reviews = await several('/v1/images', (n) => ({
    template: 'note',
    data: { title: `review ${n}`, accent: 'no colour', count: n },
    on_missing: 'review',
  }));
  const batches = await several('/v1/batches', (n) => ({
    template: 'note',
    items: [{ data: { title: `row ${n}` }, ref: 'a' }, { data: { title: '' } }],
    webhook_url: webhook,
  }));
  const links = await several('/v1/links', () => ({
    template: 'note',
    fixed: { title: 'Hello' },
    fields: { title: { max_length: 20 } },
  }));
  const signed = await several('/v1/urls', (n) => titled(`signed ${n}`));
  await made('/v1/pages/posts/one', titled('page'), 'PUT');
  const sources = Array.from({ length: EACH }, (_, n) => `blog-${n}`);
  for (const name of sources) {
    const source = {
      kind: 'generic',
      secret: HOOK_SECRET,
      signature: { scheme: 'token', header: 'X-Token' },
      template: 'note',
      page: 'posts/one',
      event: 'publish',
      map: { title: '{{title}}' },
    };
    await made(`/v1/sources/${name}`, source, 'PUT');
  }
  const drafts = Array.from({ length: EACH }, (_, n) => `draft-${n}`);
  for (const id of drafts) await made('/v1/templates', { id, from: 'note' });
  const keys = await several('/v1/keys', (n) => ({ name: `key ${n}`, scopes: ['images'] }));
  const deliveries = await until(async () => {
    const { json } = await service.api('/v1/deliveries');
    return json.items.length >= EACH && (json.items as { id: string }[]);
  }, 30_000);

  const below = (url: string, start: string) => {
    const { pathname, search } = new URL(url);
    return pathname.slice(start.length) + search;
  };
  const ids = (made: { id: string }[]) => made.map(({ id }) => id);
  return [
    ['/v1/images/{id}/', [...ids(reviews), ...ids(images)]],
    ['/v1/images/', [...ids(images), 'a'.repeat(32)]],
    ['/images/', images.map(({ url }) => below(url, '/images/'))],
    // Publishing draws a check of dozens of pictures.
    ['/v1/templates/{id}/publish', ['note', 'nothing']],
    ['/v1/templates/{id}/draft', drafts],
    ['/v1/templates/{id}/versions', drafts],
    ['/v1/templates/', ['note', 'colour-code']],
    ['/v1/batches/', ids(batches)],
    ['/v1/links/', ids(links)],
    ['/l/', ids(links).map((id) => `${id}.png?title=${id}`)],
    ['/i/', [...signed.map(({ url }) => below(url, '/i/')), 'note.png?title=x&sig=none']],
    ['/v1/pages/', ['posts/one', 'posts/two']],
    ['/p/', ['posts/one.png', 'posts/one@og.png']],
    ['/v1/sources/', sources],
    ['/v1/hooks/', sources],
    ['/v1/keys/', ids(keys)],
    ['/v1/deliveries/', ids(deliveries)],
    ['/docs/', ['errors', 'start.js', 'swagger-ui.css']],
  ];
}
