import { LRUCache } from 'lru-cache';
import { createSharedRun } from '../lib/shared-run.js';
import { buildTemplate, formatProblem } from '../templates/load-template.js';
import type { Template } from '../templates/template.js';
import type { TemplateFiles } from '../templates/template-files.js';
import type { VersionFiles, VersionRecords } from './ports.js';
import { unpackArchive } from './template-archive.js';
import type { VersionStore } from './version-store.js';

/** The part of a logger that is needed. */
interface LibraryLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface StoredTemplatesDeps {
  records: VersionRecords;
  versions: VersionStore;
  logger: LibraryLogger;
  /** How often the generation is looked at, in case a message was lost. Default 800. */
  intervalMs?: number;
  /** Memory for versions that are not current. Default 64 MiB. */
  cacheBytes?: number;
}

export interface StoredTemplates {
  /** What is current in this process. */
  get(id: string): Template | undefined;
  list(): Template[];
  /** The files of what is current here. Undefined if nothing is. */
  files(id: string): Promise<TemplateFiles | undefined>;
  /** A published version that `pin` has loaded, of a template that is there. */
  pinned(id: string, version: string): Template | undefined;
  /** Loads a published version, so that `pinned` finds it. */
  pin(id: string, version: string): Promise<void>;
  /** One that was published, by what any engine called it, or that is being tried out. */
  getVersion(id: string, version: string): Promise<Template | undefined>;
  /** Resolves once what was current at the call is in force here. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

const INTERVAL_MS = 800;
const MAX_TOLD = 1_000;
const CACHE_BYTES = 64 * 1024 * 1024;
/** What a compiled template takes besides its files, roughly. */
const COMPILED_BYTES = 200_000;

function bytesOf({ assets, css }: Template): number {
  const bodies = [...assets.values()].reduce((sum, { body }) => sum + body.length, 0);
  return COMPILED_BYTES + css.length + bodies;
}

interface Current extends VersionFiles {
  template: Template;
}

class Stored implements StoredTemplates {
  readonly #deps: StoredTemplatesDeps;
  #current = new Map<string, Current>();
  #generation = -1;
  readonly #others: LRUCache<string, Template>;
  /** Beside the others, of which some were never published. */
  readonly #pinned: LRUCache<string, Template>;
  readonly #loading = new Map<string, Promise<Template | undefined>>();
  /** Of versions whose problem was logged. */
  readonly #told = new LRUCache<string, true>({ max: MAX_TOLD });
  readonly #looks = createSharedRun(() => this.#look());
  readonly #timer: NodeJS.Timeout;
  #isClosed = false;

  constructor(deps: StoredTemplatesDeps) {
    this.#deps = deps;
    const bounds = { maxSize: deps.cacheBytes ?? CACHE_BYTES, sizeCalculation: bytesOf };
    this.#others = new LRUCache(bounds);
    this.#pinned = new LRUCache(bounds);
    deps.records.watch(() => this.#refreshQuietly());
    this.#timer = setInterval(() => void this.#poll(), deps.intervalMs ?? INTERVAL_MS);
    this.#timer.unref();
  }

  get(id: string): Template | undefined {
    return this.#current.get(id)?.template;
  }

  list(): Template[] {
    return [...this.#current.values()].map(({ template }) => template);
  }

  async files(id: string): Promise<TemplateFiles | undefined> {
    const current = this.#current.get(id);
    return current && this.#deps.versions.get(id, current);
  }

  async getVersion(id: string, version: string): Promise<Template | undefined> {
    const current = this.get(id);
    if (current?.version === version) return current;
    const name = `${id}@${version}`;
    const known = this.#others.get(name);
    if (known) return known;
    const loading = this.#loading.get(name) ?? this.#loadVersion(id, version);
    this.#loading.set(name, loading);
    try {
      const template = await loading;
      if (template) this.#others.set(name, template);
      return template;
    } finally {
      this.#loading.delete(name);
    }
  }

  pinned(id: string, version: string): Template | undefined {
    const current = this.get(id);
    return current?.version === version ? current : current && this.#pinned.get(`${id}@${version}`);
  }

  async pin(id: string, version: string): Promise<void> {
    if (!this.get(id) || this.pinned(id, version)) return;
    const { records } = this.#deps;
    const published = await records.filesOf(id, version);
    const template = published && (await this.getVersion(id, version));
    if (!template) return;
    // Workers find it by what this engine calls it.
    await records.noteVersion(id, template.version, published);
    this.#pinned.set(`${id}@${version}`, template);
  }

  refresh(): Promise<void> {
    return this.#looks.run();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#looks.ended();
  }

  /** What cannot be looked at now is looked at again soon. */
  #refreshQuietly(): void {
    if (!this.#isClosed) this.refresh().catch(() => undefined);
  }

  async #poll(): Promise<void> {
    if (this.#looks.isRunning()) return;
    const generation = await this.#deps.records.generation().catch(() => this.#generation);
    if (generation !== this.#generation) this.#refreshQuietly();
  }

  async #look(): Promise<void> {
    const { generation, versions } = await this.#deps.records.current();
    const all = await Promise.all(
      [...versions].map(async ([id, version]) => ({ id, ...(await this.#take(id, version)) })),
    );
    const found = all.flatMap(({ id, current }): [string, Current][] =>
      current ? [[id, current]] : [],
    );
    for (const [id, { template }] of found) {
      const before = this.get(id)?.version;
      if (before === template.version) continue;
      const details = { template: id, version: template.version, ...(before ? { before } : {}) };
      this.#deps.logger.info(details, 'a stored template changed');
    }
    this.#current = new Map(found);
    // Otherwise it is looked at again.
    if (all.every(({ isFinal }) => isFinal)) this.#generation = generation;
  }

  /** The last good version stays where another one cannot be had. */
  async #take(
    id: string,
    version: VersionFiles,
  ): Promise<{ current: Current | undefined; isFinal: boolean }> {
    const before = this.#current.get(id);
    if (before?.files === version.files) return { current: before, isFinal: true };
    try {
      const template = this.#build(id, await this.#deps.versions.get(id, version));
      if (!template) return { current: before, isFinal: true };
      // Before it is current here, so that every process finds what is asked for from here.
      await this.#deps.records.noteVersion(id, template.version, version);
      return { current: { ...version, template }, isFinal: true };
    } catch (error) {
      this.#tell(`${id} ${version.files}`, () =>
        this.#deps.logger.warn(
          { err: error, template: id },
          'a stored template could not be read; it is tried again',
        ),
      );
      return { current: before, isFinal: false };
    }
  }

  async #loadVersion(id: string, version: string): Promise<Template | undefined> {
    const { records, versions } = this.#deps;
    const published = await records.filesOf(id, version);
    if (published) return this.#build(id, await versions.get(id, published));
    const archive = await records.trial(id, version);
    return archive && this.#build(id, await unpackArchive(archive));
  }

  #build(id: string, files: TemplateFiles): Template | undefined {
    const { template, problems } = buildTemplate(id, files);
    if (!template) {
      const lines = problems.map(formatProblem);
      this.#tell(lines.join('\n'), () =>
        this.#deps.logger.error({ problems: lines }, 'a stored template cannot be used'),
      );
    }
    return template;
  }

  #tell(what: string, log: () => void): void {
    if (this.#told.has(what)) return;
    this.#told.set(what, true);
    log();
  }
}

/**
 * Templates that the service keeps. Processes agree within a second: each hears of a change by a
 * message, and looks at the generation in case one was lost. While Redis is away, what is current
 * here stays. The caller looks once before it answers requests.
 */
export function createStoredTemplates(deps: StoredTemplatesDeps): StoredTemplates {
  return new Stored(deps);
}
