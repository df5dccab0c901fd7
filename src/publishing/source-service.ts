import { AppError, type FieldError, toAppError } from '../errors/app-error.js';
import { invalidField } from '../errors/invalid-field.js';
import type { Warning } from '../errors/warning.js';
import type { ImageRequest, PreparedImage } from '../images/prepare.js';
import { didYouMean } from '../lib/nearest-name.js';
import type { TemplateRegistry } from '../templates/template.js';
import { type HookAction, type HookEvent, readHookEvent } from './hook-event.js';
import { assertMapSize, createBodyMap } from './map-body.js';
import { assertPageKey } from './page-key.js';
import type { Source, SourceRecords } from './source-ports.js';

/** An operator's request for a source; without a secret the stored one is kept. */
export type SourceRequest = Omit<Source, 'secret' | 'createdAt' | 'updatedAt'> & {
  secret?: string | undefined;
};

/** The result of a dry run on a body. */
export interface DryRun {
  action: HookAction;
  event: string;
  reason?: string;
  page?: string;
  pageUrl?: string;
  template: string;
  data: Record<string, unknown>;
  warnings: Warning[];
  /** Errors for which the page would be refused. */
  errors: FieldError[];
}

export interface SourceServiceDeps {
  records: SourceRecords;
  registry: Pick<TemplateRegistry, 'get' | 'load'>;
  /** Resolves a request as a render would, and draws nothing. */
  prepare(request: ImageRequest): PreparedImage;
  now?: () => Date;
}

function faultsOf(thrown: unknown): FieldError[] {
  const error = toAppError(thrown);
  if (error.status >= 500) throw thrown;
  return error.errors ?? [{ path: '', message: error.detail }];
}

/** Reads the event; the source's own `event` expression overrides the reading of its kind. */
export function readEvent(
  source: Source,
  request: Parameters<typeof readHookEvent>[1],
  body: unknown,
): HookEvent {
  const { kind } = source;
  const read = readHookEvent(kind, request, body);
  const said = createBodyMap(source).event(read.context);
  return said === undefined ? read : readHookEvent(kind, request, body, said);
}

/** Sources: which CMS may send events about its posts, and what is drawn for them. */
export function createSourceService(deps: SourceServiceDeps) {
  const now = () => (deps.now?.() ?? new Date()).toISOString();

  /** @throws AppError `source_not_found` */
  async function get(name: string): Promise<Source> {
    const source = await deps.records.get(name);
    if (source) return source;
    throw new AppError('source_not_found', {
      detail: 'There is no source with this name. Sources are made with PUT /v1/sources/{name}.',
    });
  }

  function assertMap({ template: id, map, sizes = [] }: SourceRequest): void {
    const { fields, sizes: known } = deps.registry.get(id).manifest;
    const errors = Object.keys(map)
      .filter((field) => !Object.hasOwn(fields, field))
      .map((field) => ({
        path: `map.${field}`,
        message: `Template "${id}" has no field of this name.${didYouMean(field, Object.keys(fields))} Its fields are: ${Object.keys(fields).join(', ')}.`,
      }));
    for (const [index, size] of sizes.entries()) {
      if (Object.hasOwn(known, size)) continue;
      const message = `Template "${id}" has no size of this name. Its sizes are: ${Object.keys(known).join(', ')}.`;
      errors.push({ path: `sizes.${index}`, message });
    }
    const [first] = errors;
    if (!first) return;
    throw new AppError('invalid_request', { detail: `${first.path}: ${first.message}`, errors });
  }

  /**
   * Creates a source, or replaces it; a secret that is not given is kept.
   * @throws AppError `template_not_found`, `invalid_request`
   */
  async function put(request: SourceRequest): Promise<{ source: Source; isNew: boolean }> {
    const existing = await deps.records.get(request.name);
    const secret = request.secret ?? existing?.secret;
    if (!secret) throw invalidField('secret', 'is required: give what the sender signs with');
    if (request.kind === 'generic' && !request.signature) {
      throw invalidField(
        'signature',
        'is required for kind "generic": {"scheme": "hmac" or "token", "header": "X-Signature"}',
      );
    }
    if (request.signature && request.kind !== 'generic' && request.kind !== 'strapi') {
      throw invalidField(
        'signature',
        `must be left out: kind "${request.kind}" has a way of its own`,
      );
    }
    await deps.registry.load(request.template);
    assertMap(request);
    assertMapSize(request);
    createBodyMap(request);
    const at = now();
    const source = { ...request, secret, createdAt: existing?.createdAt ?? at, updatedAt: at };
    await deps.records.put(source);
    return { source, isNew: existing === undefined };
  }

  /** @throws AppError `source_not_found` */
  async function remove(name: string): Promise<void> {
    await get(name);
    await deps.records.remove(name);
  }

  /** Resolves the mapped data as the page would. @throws AppError as `prepare` */
  function resolveData(source: Source, data: Record<string, unknown>): Pick<DryRun, 'warnings'> {
    const { template, onMissing, sizes } = source;
    const prepared = deps.prepare({ template, data, size: sizes?.[0], onMissing });
    return { warnings: prepared.warnings };
  }

  /**
   * Dry run on a body; nothing is verified, drawn or stored.
   * @throws AppError `source_not_found`
   */
  async function test(
    name: string,
    sample: { body: Record<string, unknown>; headers: Record<string, string> },
  ): Promise<DryRun> {
    const source = await get(name);
    const headers = Object.fromEntries(
      Object.entries(sample.headers).map(([header, value]) => [header.toLowerCase(), value]),
    );
    const request = { path: `/v1/hooks/${name}`, headers, body: Buffer.alloc(0) };
    const { action, event, reason, context } = readEvent(source, request, sample.body);
    const empty = { template: source.template, data: {}, warnings: [], errors: [] };
    const said = { action, event, ...(reason ? { reason } : {}) };
    try {
      const { page, pageUrl, data } = createBodyMap(source).map(context);
      const mapped = { ...empty, ...said, page, ...(pageUrl ? { pageUrl } : {}), data };
      const errors: FieldError[] = [];
      let warnings: Warning[] = [];
      try {
        assertPageKey(page);
      } catch (thrown) {
        errors.push(...faultsOf(thrown).map((fault) => ({ ...fault, path: 'page' })));
      }
      try {
        if (action === 'publish' || action === 'update') ({ warnings } = resolveData(source, data));
      } catch (thrown) {
        errors.push(...faultsOf(thrown));
      }
      return { ...mapped, warnings, errors };
    } catch (thrown) {
      return { ...empty, ...said, errors: faultsOf(thrown) };
    }
  }

  return { put, get, list: () => deps.records.list(), remove, test };
}

export type SourceService = ReturnType<typeof createSourceService>;
