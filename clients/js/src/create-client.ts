import type { Image, ImageSet, NewBatch, NewImage, Operations } from './api-types.js';
import { cleanBaseUrl } from './base-url.js';
import { type Call, type CallOptions, type Sender, sendRequest } from './send-request.js';

export interface ClientOptions {
  /** Where the API is, such as https://cards.example.com. */
  baseUrl: string;
  /** A secret: never in a browser. */
  apiKey: string;
  /** Default: the runtime's own. */
  fetch?: typeof fetch | undefined;
  /** For one try. Default: 40,000, since the API may keep its callers for 30 seconds. */
  timeoutMs?: number | undefined;
  /** Further tries after 429 and 503. Default: 2. */
  maxRetries?: number | undefined;
  /** A longer `Retry-After` is not waited for. Default: 10. */
  maxRetryAfterSeconds?: number | undefined;
}

export interface BatchOptions extends CallOptions {
  /** The same key never begins a second batch. Default: a new one for each call. */
  idempotencyKey?: string | undefined;
}

type Body<Id extends keyof Operations> = Operations[Id] extends { body: infer B } ? B : undefined;
type Query<Id extends keyof Operations> = Operations[Id] extends { query: infer Q } ? Q : undefined;
type Answer<Id extends keyof Operations> = Promise<Operations[Id]['answer']>;

/** One part of a path. Dots alone would lead to another route: browsers and fetch resolve them. */
function pathPart(name: string, text: string): string {
  if (text !== '' && text !== '.' && text !== '..') return encodeURIComponent(text);
  throw new TypeError(`${name}: must not be ${JSON.stringify(text)}`);
}

const pagePath = (key: string) =>
  `/v1/pages/${key
    .split('/')
    .map((part) => pathPart('key', part))
    .join('/')}`;

function queryText(query: object | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

/** A picture, or with `sizes` one for each of them. */
interface CreateImage {
  (body: NewImage & { sizes: string[] }, options?: CallOptions): Promise<ImageSet>;
  (body: NewImage & { sizes?: undefined }, options?: CallOptions): Promise<Image>;
}

/**
 * The API of a Cardpress, typed by its OpenAPI document. Every call rejects with a `CardpressError`,
 * and with the reason of its signal where that ends it; nothing is sent before a call.
 * @throws TypeError for a wrong `baseUrl` or `apiKey`
 */
export function createClient(options: ClientOptions) {
  const baseUrl = cleanBaseUrl(options.baseUrl);
  // Anything else is refused by `fetch` with a message that holds the key.
  if (!/^[\x21-\x7e]+$/.test(options.apiKey)) {
    throw new TypeError('apiKey: must be the key of the service, without spaces');
  }
  const sender: Sender = {
    // Detached: some runtimes insist on their own `this`.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    apiKey: options.apiKey,
    timeoutMs: options.timeoutMs ?? 40_000,
    maxRetries: options.maxRetries ?? 2,
    maxRetryAfterSeconds: options.maxRetryAfterSeconds ?? 10,
  };
  const send = <Id extends keyof Operations>(
    method: Call['method'],
    path: string,
    more: Pick<Call, 'body' | 'headers'> & CallOptions = {},
  ) => sendRequest(sender, { ...more, method, url: baseUrl + path }) as Answer<Id>;
  const one = (folder: string, id: string) => `/v1/${folder}/${pathPart('id', id)}`;

  return {
    images: {
      create: ((body: NewImage, more?: CallOptions) =>
        send<'post_images'>('POST', '/v1/images', { ...more, body })) as CreateImage,
      get: (id: string, more?: CallOptions) =>
        send<'get_images_id'>('GET', one('images', id), more),
      list: (query?: Query<'get_images'>, more?: CallOptions) =>
        send<'get_images'>('GET', `/v1/images${queryText(query)}`, more),
      delete: (id: string, more?: CallOptions) =>
        send<'delete_images_id'>('DELETE', one('images', id), more),
    },
    /** The short form: waits for the picture. */
    generate: (body: Body<'post_generate'>, more?: CallOptions) =>
      send<'post_generate'>('POST', '/v1/generate', { ...more, body }),
    pages: {
      /** `key`: yours, such as `blog/hello-world`. */
      put: (key: string, body: Body<'put_pages_key'>, more?: CallOptions) =>
        send<'put_pages_key'>('PUT', pagePath(key), { ...more, body }),
      get: (key: string, more?: CallOptions) => send<'get_pages_key'>('GET', pagePath(key), more),
      delete: (key: string, more?: CallOptions) =>
        send<'delete_pages_key'>('DELETE', pagePath(key), more),
    },
    urls: {
      create: (body: Body<'post_urls'>, more?: CallOptions) =>
        send<'post_urls'>('POST', '/v1/urls', { ...more, body }),
    },
    links: {
      create: (body: Body<'post_links'>, more?: CallOptions) =>
        send<'post_links'>('POST', '/v1/links', { ...more, body }),
      get: (id: string, more?: CallOptions) => send<'get_links_id'>('GET', one('links', id), more),
    },
    batches: {
      /** Rows as JSON, or a form with a CSV `file` as docs/batches.md has it. */
      create: (body: NewBatch | FormData, more: BatchOptions = {}) => {
        const { idempotencyKey = crypto.randomUUID(), ...rest } = more;
        const headers = { 'idempotency-key': idempotencyKey };
        return send<'post_batches'>('POST', '/v1/batches', { ...rest, body, headers });
      },
      get: (id: string, more?: CallOptions) =>
        send<'get_batches_id'>('GET', one('batches', id), more),
      items: (id: string, query?: Query<'get_batches_id_items'>, more?: CallOptions) =>
        send<'get_batches_id_items'>('GET', `${one('batches', id)}/items${queryText(query)}`, more),
    },
    templates: {
      list: (more?: CallOptions) => send<'get_templates'>('GET', '/v1/templates', more),
      get: (id: string, more?: CallOptions) =>
        send<'get_templates_id'>('GET', one('templates', id), more),
    },
  };
}

export type Cardpress = ReturnType<typeof createClient>;
