import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AppError } from '../../../src/errors/app-error.js';
import { type AppDeps, createApp } from '../../../src/http/app.js';
import { createHttpServer } from '../../../src/http/server.js';
import type { ImageRecord } from '../../../src/images/image.js';
import { deriveIdKey } from '../../../src/images/image-id.js';
import type { ImageService, SubmitOptions } from '../../../src/images/image-service.js';
import type { Preview } from '../../../src/images/ports.js';
import { createPrepare, type ImageRequest } from '../../../src/images/prepare.js';
import { createKeyService } from '../../../src/keys/key-service.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createMetrics } from '../../../src/observability/metrics.js';
import { createReadiness } from '../../../src/observability/readiness.js';
import type { Template, TemplateRegistry } from '../../../src/templates/template.js';

export const KEY = 'the-key-of-the-tests';
export const PUBLIC_URL = 'https://cards.example.com';

export const template: Template = {
  id: 'article',
  version: '0123456789abcdef',
  manifest: {
    name: 'Article',
    description: 'A card for an article',
    sizes: { og: [1200, 630], square: [1080, 1080] },
    default_size: 'og',
    fields: {
      title: { type: 'text', label: 'Title', required: true, max_length: 80 },
      accent: { type: 'color', label: 'Accent', default: '#123456' },
    },
  },
  css: '',
  assets: new Map(),
  sample: { title: 'A sample' },
  edgeCases: new Map(),
  body: () => '',
};

const registry: TemplateRegistry = {
  get(id) {
    if (id === template.id) return template;
    throw new AppError('template_not_found', {
      detail: `There is no template "${id}". Did you mean "article"?`,
    });
  },
  load: async () => undefined,
  getVersion: async () => template,
  list: () => [template],
};

/** Plays the use cases: prepares for real, and then has the outcome that a test sets. */
function fakeImages() {
  const prepare = createPrepare({ registry, idKey: deriveIdKey('secret') });
  const state = {
    outcome: { status: 'completed' } as Partial<ImageRecord>,
    reused: false,
    throws: undefined as unknown,
    records: new Map<string, ImageRecord>(),
    submitted: [] as { request: ImageRequest; options: SubmitOptions }[],
    listed: [] as unknown[],
    nextCursor: undefined as string | undefined,
    preview: undefined as Preview | undefined,
  };

  function recordOf(request: ImageRequest, metadata: Record<string, string>): ImageRecord {
    const prepared = prepare(request);
    const { size, output } = prepared.spec;
    return {
      id: prepared.id,
      status: 'completed',
      generation: 2,
      spec: prepared.spec,
      key: prepared.key,
      widthPx: size.widthPx * output.scale,
      heightPx: size.heightPx * output.scale,
      bytes: 4321,
      warnings: prepared.warnings,
      timings: { queue: 1, assets: 2, compile: 3, render: 4, encode: 5, store: 6, total: 21 },
      metadata,
      createdAt: '2026-11-21T10:00:00.000Z',
      completedAt: '2026-11-21T10:00:01.000Z',
      ...state.outcome,
    };
  }
  function get(id: string): ImageRecord {
    if (state.throws) throw state.throws;
    const record = state.records.get(id);
    if (!record) throw new AppError('image_not_found', { detail: 'There is no such image.' });
    return record;
  }

  const service: ImageService = {
    async submit(request, options) {
      if (state.throws) throw state.throws;
      state.submitted.push({ request, options });
      const record = recordOf(request, { first: 'asker' });
      state.records.set(record.id, record);
      return { record, reused: state.reused };
    },
    prepare,
    loadTemplate: async () => undefined,
    ensure: async (prepared) => ({ record: get(prepared.id), kind: 'stored' }),
    get: async (id) => get(id),
    redraw: async () => true,
    approve: async (id) => ({ ...get(id), status: 'queued' }),
    reject: async (id) => ({ ...get(id), status: 'failed' }),
    previewOf: async (id) => {
      get(id);
      return {
        body: Buffer.from('pixels'),
        contentType: 'image/png',
        widthPx: 1,
        heightPx: 1,
        warnings: [],
      };
    },
    async list(query) {
      state.listed.push(query);
      return { records: [...state.records.values()], nextCursor: state.nextCursor };
    },
    async remove(id) {
      get(id);
      state.records.delete(id);
    },
    async trace(id) {
      return {
        record: get(id),
        events: [{ at: '2026-11-21T10:00:00.500Z', event: 'started', attempt: 1 }],
      };
    },
    async preview(request) {
      const prepared = prepare(request);
      state.submitted.push({ request, options: { priority: 'waiting', waitMs: 0 } });
      return (
        state.preview ?? {
          body: Buffer.from('pixels'),
          contentType: 'image/png',
          widthPx: 1200,
          heightPx: 630,
          warnings: prepared.warnings,
        }
      );
    },
    publicUrl: (record) => `${PUBLIC_URL}/images/${record.key}`,
  };
  return { service, state };
}

export interface TestApp {
  url: string;
  images: ReturnType<typeof fakeImages>['state'];
  /** Lines of the log so far. */
  log: Record<string, unknown>[];
  /** A request with the key and, where `body` is given, JSON. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>;
  close(): Promise<void>;
}

/** What the app is made of here; `more` replaces parts. */
export function appDeps(more: Partial<AppDeps> = {}) {
  const images = fakeImages();
  const log: Record<string, unknown>[] = [];
  const logger = createLogger('debug', { write: (line) => void log.push(JSON.parse(line)) });
  const deps: AppDeps = {
    images: images.service,
    notices: { watcher: () => '', tell: async () => undefined, onSettled: async () => undefined },
    assertWebhook: async () => undefined,
    registry,
    keys: createKeyService({
      records: {
        add: async () => undefined,
        list: async () => [],
        find: async () => undefined,
        use: async () => undefined,
        touch: async () => undefined,
        remove: async () => false,
      },
      quotas: {
        take: async () => ({ isTaken: true, spentToday: 0, nowMs: 0 }),
        giveBack: async () => undefined,
      },
      bootstrapKey: KEY,
    }),
    readiness: createReadiness({ checks: { redis: async () => undefined }, logger }),
    metrics: createMetrics(),
    logger,
    publicUrl: `${PUBLIC_URL}/`,
    ...more,
  };
  return { deps, images: images.state, log };
}

/** The real app behind a real server on a free port; only the image use cases are played. */
export async function startTestApp(more: Partial<AppDeps> = {}): Promise<TestApp> {
  const { deps, images, log } = appDeps(more);
  const app = createApp(deps);
  const server = createHttpServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    images,
    log,
    ask(method, path, body, headers = {}) {
      return fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${KEY}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
