import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors/app-error.js';
import { didYouMean } from '../lib/nearest-name.js';
import { createSharedRun } from '../lib/shared-run.js';
import { formatProblem, type TemplateProblem } from '../templates/load-template.js';
import type { Template, TemplateRegistry } from '../templates/template.js';
import type { TemplateFiles } from '../templates/template-files.js';
import { TEMPLATE_ID_PATTERN } from '../templates/template-id.js';
import { parseTemplateReference } from '../templates/template-reference.js';
import {
  type FolderListing,
  folderSignature,
  listTemplateFolder,
  loadTemplateFolder,
  readTemplateFolder,
  reasonOf,
} from './template-folder.js';
import { pinnedNotFound, templateNotFound } from './template-not-found.js';

/** The part of a pino logger that the registry needs. */
interface RegistryLogger {
  info(details: object, message: string): void;
  warn?(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface RegistryOptions {
  /** Holds one folder per template. */
  directory: string;
  logger?: RegistryLogger | undefined;
  /** How often changes on disk are looked for; 0 never looks. Default 2000. */
  intervalMs?: number | undefined;
  /** No template need be valid yet: what is wrong is in `problems()`. */
  mayBeEmpty?: boolean | undefined;
}

export interface FolderRegistry extends TemplateRegistry {
  /** Whether a folder has this id, be it valid or not. */
  has(id: string): boolean;
  /** The files of a template, as they are on disk. @throws as `get` */
  files(id: string): Promise<TemplateFiles>;
  /** What is wrong with what is installed right now; a template may still serve its last good version. */
  problems(): TemplateProblem[];
  /** What has no effect, or not the one that was meant, in templates as they are on disk. */
  warnings(): TemplateProblem[];
  /** Looks for changes on disk. Resolves once what was there at the call is in force. */
  refresh(): Promise<void>;
  /** Stops looking for changes. Loaded templates stay usable. */
  close(): Promise<void>;
}

/** Versions of one template that jobs in the queue may still name. */
const KEPT_VERSIONS = 4;
const DEFAULT_INTERVAL_MS = 2000;

interface Installed {
  signature: string;
  /** The last good version. */
  template: Template | undefined;
  problems: TemplateProblem[];
  warnings: TemplateProblem[];
}

function folderProblem(template: string, message: string): TemplateProblem {
  return { template, file: '', message };
}

class Registry implements FolderRegistry {
  readonly #directory: string;
  readonly #logger: RegistryLogger | undefined;
  #installed = new Map<string, Installed>();
  /** Newest first. Outlives a template's removal, for the jobs that still need it. */
  readonly #versions = new Map<string, Template[]>();
  #directoryProblems: TemplateProblem[] = [];
  #reported = '';
  #warned = '';
  readonly #looks = createSharedRun(() => this.#look());
  #timer: NodeJS.Timeout | undefined;

  constructor(directory: string, logger: RegistryLogger | undefined) {
    this.#directory = directory;
    this.#logger = logger;
  }

  get(reference: string): Template {
    const { id, version } = parseTemplateReference(reference);
    if (version !== undefined && this.has(id)) {
      const pinned = this.#versions.get(id)?.find((t) => t.version === version);
      if (pinned) return pinned;
      throw pinnedNotFound({ id, version });
    }
    const template = this.#installed.get(id)?.template;
    if (template) return template;
    const known = this.list().map((t) => t.id);
    throw templateNotFound(id, known, this.has(id));
  }

  async load(reference: string): Promise<void> {
    const { id, version } = parseTemplateReference(reference);
    if (version !== undefined && this.has(id)) await this.getVersion(id, version);
  }

  readonly has = (id: string): boolean => this.#installed.has(id);

  async files(id: string): Promise<TemplateFiles> {
    this.get(id);
    return readTemplateFolder(await realpath(this.#directory), id);
  }

  async getVersion(id: string, version: string): Promise<Template | undefined> {
    const find = () => this.#versions.get(id)?.find((t) => t.version === version);
    const found = find();
    if (found || !TEMPLATE_ID_PATTERN.test(id)) return found;
    await this.refresh();
    return find();
  }

  list(): Template[] {
    return [...this.#installed.values()]
      .flatMap(({ template }) => (template ? [template] : []))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  problems(): TemplateProblem[] {
    const own = [...this.#installed.values()].flatMap((i) => i.problems);
    return [...this.#directoryProblems, ...own, ...this.#fallbackProblems()];
  }

  warnings(): TemplateProblem[] {
    return [...this.#installed.values()].flatMap((i) => i.warnings);
  }

  /** A fallback that is missing is its template's problem, but not a reason to take it down. */
  #fallbackProblems(): TemplateProblem[] {
    const ids = this.list().map((t) => t.id);
    return this.list().flatMap(({ id, manifest: { fallback_template: other } }) => {
      if (other === undefined || (other !== id && ids.includes(other))) return [];
      const message =
        other === id
          ? 'fallback_template names the template itself.'
          : `fallback_template "${other}" is not installed or not valid.${didYouMean(other, ids)}`;
      return [{ template: id, file: 'template.json', message }];
    });
  }

  refresh(): Promise<void> {
    return this.#looks.run();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#looks.ended();
  }

  watch(intervalMs: number): void {
    if (intervalMs <= 0) return;
    this.#timer = setInterval(() => {
      if (!this.#looks.isRunning()) void this.refresh();
    }, intervalMs);
    this.#timer.unref();
  }

  /** Never throws: where the directory cannot be read, everything stays as it is. */
  async #look(): Promise<void> {
    try {
      await this.#lookAtAll();
    } catch (thrown) {
      const message = `The directory of templates cannot be read: ${reasonOf(thrown)}`;
      this.#directoryProblems = [folderProblem('.', message)];
    }
    this.#report();
  }

  async #lookAtAll(): Promise<void> {
    const root = await realpath(this.#directory);
    const names = await templateFolders(root);
    const problems: TemplateProblem[] = [];
    const installed = new Map<string, Installed>();
    for (const name of names) {
      if (!TEMPLATE_ID_PATTERN.test(name)) {
        const rule = 'use lower-case letters, digits and -, starting with a letter';
        problems.push(folderProblem(name, `A folder of this name is no template: ${rule}.`));
        continue;
      }
      installed.set(name, await this.#lookAt(root, name));
    }
    this.#installed = installed;
    this.#directoryProblems = problems;
  }

  async #lookAt(root: string, id: string): Promise<Installed> {
    const before = this.#installed.get(id);
    let listing: FolderListing;
    try {
      // The stamps are taken before the files are read: what changes meanwhile shows next time.
      listing = await listTemplateFolder(root, id);
    } catch (thrown) {
      const problems = [folderProblem(id, reasonOf(thrown))];
      return { signature: '', template: before?.template, problems, warnings: [] };
    }
    const signature = folderSignature(listing);
    if (before?.signature === signature) return before;
    const { template, problems, warnings } = await loadTemplateFolder(id, listing);
    if (template) this.#keep(template, before?.template);
    return { signature, template: template ?? before?.template, problems, warnings };
  }

  #keep(template: Template, before: Template | undefined): void {
    const others = (this.#versions.get(template.id) ?? []).filter(
      (t) => t.version !== template.version,
    );
    this.#versions.set(template.id, [template, ...others].slice(0, KEPT_VERSIONS));
    if (before && before.version !== template.version) {
      const details = { template: template.id, version: template.version, before: before.version };
      this.#logger?.info(details, 'template changed');
    }
  }

  /** Each state of affairs is told once, however often it is looked at. */
  #report(): void {
    const warnings = this.warnings().map(formatProblem);
    const warned = warnings.join('\n');
    if (warned !== this.#warned && warned !== '') {
      this.#logger?.warn?.({ warnings }, 'templates with mistakes that have no effect');
    }
    this.#warned = warned;
    const problems = this.problems().map(formatProblem);
    const text = problems.join('\n');
    if (text === this.#reported) return;
    this.#reported = text;
    if (text === '') this.#logger?.info({}, 'all templates are valid');
    else this.#logger?.error({ problems }, 'templates with problems');
  }
}

async function templateFolders(root: string): Promise<string[]> {
  const found = await readdir(root, { withFileTypes: true });
  const names: string[] = [];
  for (const item of found) {
    if (item.name.startsWith('.')) continue;
    const link = item.isSymbolicLink();
    const leads =
      link &&
      (await stat(join(root, item.name)).then(
        (s) => s.isDirectory(),
        () => false,
      ));
    if (item.isDirectory() || leads) names.push(item.name);
  }
  return names.sort();
}

/**
 * Loads every template of the directory and goes on to look for changes. A template with problems
 * does not take the others down: it is left out (or its last good version stays), logged, and
 * listed by `problems()`.
 * @throws AppError `template_invalid` with all problems, where not one template is valid, unless
 * `mayBeEmpty`
 */
export async function loadFolderRegistry(options: RegistryOptions): Promise<FolderRegistry> {
  const registry = new Registry(options.directory, options.logger);
  await registry.refresh();
  if (registry.list().length === 0 && options.mayBeEmpty !== true) {
    const problems = registry.problems();
    const lines = problems.map(formatProblem);
    const reason = lines.length > 0 ? `\n${lines.join('\n')}` : ' It holds no folder with one.';
    throw new AppError('template_invalid', {
      detail: `No template in "${options.directory}" can be used.${reason}`,
      errors: problems.map((p) => {
        const path = formatProblem({ ...p, message: '' }).replace(/: $/, '');
        return { path, message: p.message };
      }),
    });
  }
  registry.watch(options.intervalMs ?? DEFAULT_INTERVAL_MS);
  return registry;
}
