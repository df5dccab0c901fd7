import { posix } from 'node:path';
import { addressProblem } from './address-check.js';
import { checkManifest } from './check-manifest.js';
import { compileTemplate } from './compile-template.js';
import { cssAddresses } from './css-addresses.js';
import { cssMistakes } from './css-mistakes.js';
import type { TemplateManifest } from './manifest.js';
import { type PositionedJson, parsePositionedJson, positionAt } from './positioned-json.js';
import { MACHINE_WRITTEN } from './reading/row-hints.js';
import { resolveFields, templateAssets } from './resolve-fields.js';
import type { Template, TemplateAsset } from './template.js';
import { contentTypeOf, type TemplateFiles, templateVersion } from './template-files.js';

/** Something wrong with an installed template. `line` and `column` count from 1. */
export interface TemplateProblem {
  template: string;
  /** Below the template's folder; '' for the folder itself. */
  file: string;
  line?: number;
  column?: number;
  message: string;
}

/** `article/template.hbs:12:5: Unknown field "titel". Did you mean "title"?` */
export function formatProblem(problem: TemplateProblem): string {
  const place = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`;
  const file = problem.file === '' ? '' : `/${problem.file}`;
  return `${problem.template}${file}${place}: ${problem.message}`;
}

export interface LoadedTemplate {
  template: Template | undefined;
  problems: TemplateProblem[];
  /** What has no effect, or not the one that was meant; the template can be drawn all the same. */
  warnings: TemplateProblem[];
}

class Loader {
  readonly problems: TemplateProblem[] = [];
  readonly warnings: TemplateProblem[] = [];
  readonly assets: Map<string, TemplateAsset>;

  constructor(
    readonly id: string,
    readonly files: TemplateFiles,
  ) {
    const own = [...files].filter(([path]) => path.startsWith('assets/'));
    this.assets = new Map(
      own.map(([path, body]) => [path, { path, contentType: contentTypeOf(path), body }]),
    );
  }

  add(file: string, message: string, at?: { line: number; column: number }): void {
    this.problems.push({
      template: this.id,
      file,
      ...(at ? { line: at.line, column: at.column } : {}),
      message,
    });
  }

  warn(file: string, message: string, { line, column }: { line: number; column: number }): void {
    this.warnings.push({ template: this.id, file, line, column, message });
  }

  text(file: string): string | undefined {
    const body = this.files.get(file);
    if (!body) {
      this.add(file, 'The file does not exist.');
      return undefined;
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(body);
    } catch {
      this.add(file, 'The file is not UTF-8 text.');
      return undefined;
    }
  }

  json(file: string): Exclude<PositionedJson, { fault: unknown }> | undefined {
    const text = this.text(file);
    if (text === undefined) return undefined;
    const parsed = parsePositionedJson(text);
    if ('value' in parsed) return parsed;
    this.add(file, parsed.fault.message, parsed.fault);
    return undefined;
  }

  object(file: string): Record<string, unknown> | undefined {
    const parsed = this.json(file);
    if (!parsed) return undefined;
    const { value } = parsed;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return Object.fromEntries(Object.entries(value));
    }
    this.add(file, 'The file must hold an object with the fields.', { line: 1, column: 1 });
    return undefined;
  }

  manifest(): TemplateManifest | undefined {
    const parsed = this.json('template.json');
    if (!parsed) return undefined;
    const context = { templateAssets: templateAssets({ assets: this.assets }) };
    const checked = checkManifest(parsed.value, context);
    if ('manifest' in checked) return checked.manifest;
    for (const { path, message } of checked.problems) {
      this.add('template.json', message, parsed.positionOf(path));
    }
    return undefined;
  }

  checkCss(file: string, css: string, manifest: TemplateManifest): void {
    const folder = file.includes('/') ? posix.dirname(file) : '';
    for (const { address, offset } of cssAddresses(css)) {
      const message = addressProblem(address, this.rules(manifest), folder);
      if (message !== undefined) this.add(file, message, positionAt(css, offset));
    }
    for (const { message, offset } of cssMistakes(css)) {
      this.warn(file, message, positionAt(css, offset));
    }
  }

  rules(manifest: TemplateManifest) {
    return { network: manifest.network ?? [], assets: new Set(this.assets.keys()) };
  }

  body(source: string, manifest: TemplateManifest): Template['body'] | undefined {
    const compiled = compileTemplate(source, manifest, `${this.id}/template.hbs`);
    for (const problem of compiled.problems) this.add('template.hbs', problem.message, problem);
    for (const warning of compiled.warnings) this.warn('template.hbs', warning.message, warning);
    for (const found of compiled.addresses) {
      const message = addressProblem(found.address, this.rules(manifest));
      if (message !== undefined) this.add('template.hbs', message, found);
    }
    return compiled.body;
  }

  /** A template's own sample must make a picture; nobody could try the template otherwise. */
  checkSample(template: Template): void {
    const parsed = this.json('sample.json');
    const { errors, fields } = resolveFields(template, template.sample, {
      reading: MACHINE_WRITTEN,
    });
    for (const error of errors) {
      const path = [...error.path.matchAll(/[^.[\]"]+/g)]
        .slice(1)
        .map(([p]) => (/^\d+$/.test(p) ? Number(p) : p));
      this.add('sample.json', `${error.path}: ${error.message}`, parsed?.positionOf(path));
    }
    if (errors.length > 0) return;
    try {
      template.body(fields, new Map());
    } catch (thrown) {
      this.add('template.hbs', thrown instanceof Error ? thrown.message : String(thrown));
    }
  }
}

interface BuildOptions {
  /** Whether its expressions are evaluated with the sample. */
  isTried?: boolean;
}

/** The template that these files make, by their paths below its folder. */
export function buildTemplate(
  id: string,
  files: TemplateFiles,
  { isTried = true }: BuildOptions = {},
): LoadedTemplate {
  const loader = new Loader(id, files);
  const manifest = loader.manifest();
  const source = loader.text('template.hbs');
  const css = loader.text('style.css');
  const sample = loader.object('sample.json');
  const edgeCases = new Map<string, Record<string, unknown>>();
  for (const path of files.keys()) {
    const name = /^ugly\/(.+)\.json$/.exec(path)?.[1];
    const data = name === undefined ? undefined : loader.object(path);
    if (name !== undefined && data) edgeCases.set(name, data);
  }
  const body = manifest && source !== undefined ? loader.body(source, manifest) : undefined;
  if (manifest && css !== undefined) loader.checkCss('style.css', css, manifest);
  for (const path of loader.assets.keys()) {
    if (!manifest || !path.toLowerCase().endsWith('.css')) continue;
    loader.checkCss(path, loader.text(path) ?? '', manifest);
  }
  if (!manifest || css === undefined || !sample || !body) {
    return { template: undefined, problems: loader.problems, warnings: loader.warnings };
  }
  const version = templateVersion(files);
  const { assets } = loader;
  const template: Template = Object.freeze({
    id,
    version,
    manifest,
    css,
    assets,
    sample,
    edgeCases,
    body,
  });
  if (isTried) loader.checkSample(template);
  const broken = loader.problems.length > 0;
  const { problems, warnings } = loader;
  return { template: broken ? undefined : template, problems, warnings };
}
