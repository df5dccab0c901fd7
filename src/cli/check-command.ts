import { writeFile } from 'node:fs/promises';
import { type CheckedCase, type CheckReport, imageWidthFor } from '../checks/check-report.js';
import { presentReport } from '../checks/present-report.js';
import { reportPage } from '../checks/report-page.js';
import { loadSettings } from '../config/settings.js';
import { formatProblem } from '../templates/load-template.js';
import { defineCommand, type ExitCode, type Io, UsageError, write } from './command.js';
import { findTemplate } from './find-template.js';
import { createTerminalLogger } from './terminal-logger.js';
import { textTable } from './text-table.js';

/** Enough to find the fault with. */
const NAMED_CASES = 4;

/** What one template's ugly set comes to, for choosing how large pictures may be. */
const TYPICAL_CASES = 45;

function readSizes(size: string | undefined): string[] | undefined {
  if (size === undefined) return undefined;
  const sizes = size.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  if (sizes.length === 0) throw new UsageError('--size: expected the name of a size, such as og.');
  return sizes;
}

/** What is wrong with one case: a fault of the picture by code and field, or the refusal. */
function faultsOf({ warnings, error, status }: CheckedCase): { verdict: string; what: string }[] {
  const seen = warnings
    .filter((w) => w.verdict !== 'expected')
    .map((w) => ({ verdict: w.verdict, what: [w.code, w.field].filter(Boolean).join(' ') }));
  if (!error) return seen;
  const details = error.errors.map(({ path, message }) => `${path}: ${message}`);
  const what = details.length > 0 ? details.join(' ') : `${error.code}: ${error.message}`;
  return [{ verdict: status, what }, ...seen];
}

/** A fault in the style shows in case after case: each is told once, with the cases beside it. */
function faultTable(cases: CheckedCase[]): string {
  const found = new Map<string, { row: string[]; names: string[] }>();
  for (const item of cases) {
    for (const { verdict, what } of faultsOf(item)) {
      const row = [verdict, what, item.size];
      const key = row.join('\n');
      const known = found.get(key) ?? { row, names: [] };
      known.names.push(item.name);
      found.set(key, known);
    }
  }
  const rows = [...found.values()].map(({ row, names }) => {
    const more = names.length - NAMED_CASES;
    const shown = names.slice(0, NAMED_CASES).join(', ');
    return [...row, more > 0 ? `${shown} and ${more} more` : shown];
  });
  return textTable([['VERDICT', 'WHAT', 'SIZE', 'CASES'], ...rows.sort(failuresFirst)]);
}

const failuresFirst = ([a = '']: string[], [b = '']: string[]) => a.localeCompare(b);

async function tellReport({ template, cases, summary }: CheckReport, io: Io): Promise<void> {
  const { pass, warn, fail, status } = summary;
  const counts = [`${pass} pass`, warn > 0 && `${warn} warn`, fail > 0 && `${fail} fail`];
  const table = status === 'pass' ? '' : `\n${faultTable(cases)}\n`;
  await write(io.stdout, `${template}: ${counts.filter(Boolean).join(', ')}\n${table}`);
}

/** A line that counts up, where someone looks on. */
function progressTeller(template: string, io: Io) {
  if (!io.stderr.isTTY) return undefined;
  return (done: number, total: number) => {
    const text = done < total ? `${template}: ${done} of ${total}` : '';
    write(io.stderr, `\r\u001b[K${text}`).catch(() => undefined);
  };
}

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'judge templates by what ugly data makes of them',
  usage: ['check <template…> [--size <name,…>] [--html <file>]', 'check --all'],
  description: [
    'Draws each template with long words, one letter, emoji, right-to-left and Asian scripts, huge numbers,',
    'missing, damaged and misshapen pictures, hard colours, and its own ugly/*.json, in every size, and looks',
    'at each picture: text that is cut, overlaps or cannot be read, missing glyphs, pictures that do not show.',
    'What such data deserves (long text that is shortened) is no fault. Exit code 1 when a case fails.',
  ].join('\n'),
  options: {
    all: { type: 'boolean', doc: 'every template that is installed' },
    size: { type: 'string', value: 'name,…', doc: 'these sizes only' },
    html: { type: 'string', value: 'file', doc: 'write a page with all pictures' },
    json: { type: 'boolean', doc: 'print the reports as JSON' },
  },
  examples: [
    { line: 'check article', does: 'One template in all of its sizes' },
    { line: 'check --all --html report.html', does: 'All templates, with a page to look at' },
    { line: 'check event --size og --json', does: 'For a program, one size' },
  ],

  async run({ positionals, values }, io): Promise<ExitCode> {
    if (values.all && positionals.length > 0) {
      throw new UsageError('Give either names of templates or --all.');
    }
    if (!values.all && positionals.length === 0) {
      throw new UsageError('Which template? Give its name, such as article, or --all.');
    }
    const sizes = readSizes(values.size);
    const settings = loadSettings(io.env);
    const { composeLocalDrawing } = await import('../compose/drawing.js');
    const { composeTemplateCheck } = await import('../compose/template-check.js');
    const { createMetrics } = await import('../observability/metrics.js');
    const drawing = await composeLocalDrawing(settings, {
      logger: createTerminalLogger(io),
      metrics: createMetrics(),
    });
    try {
      const { registry } = drawing;
      const templates = values.all
        ? registry.list()
        : [...new Set(positionals)].map((id) => findTemplate(registry, id));
      const broken = values.all ? registry.problems() : [];
      await write(io.stderr, broken.map((p) => `cardpress: ${formatProblem(p)}\n`).join(''));

      const own = new Set(templates.map(({ id }) => id));
      const mistakes = registry.warnings().filter(({ template }) => own.has(template));
      const told = mistakes.map((w) => `cardpress: warning: ${formatProblem(w)}\n`);
      await write(io.stderr, told.join(''));

      const check = composeTemplateCheck(
        registry,
        async (spec, signal) => {
          const { encoded, warnings } = await drawing.draw(spec, signal);
          return { ...encoded, warnings };
        },
        // One more than the browser takes: pictures are read while others are drawn.
        settings.renderConcurrency + 1,
      );
      const count = templates.map((t) => (sizes ?? Object.keys(t.manifest.sizes)).length);
      const pictures = TYPICAL_CASES * count.reduce((sum, n) => sum + n, 0);
      const reports: CheckReport[] = [];
      for (const { id } of templates) {
        const report = await check({
          template: id,
          sizes,
          pictures: values.html !== undefined,
          imageWidthPx: imageWidthFor(pictures),
          signal: io.signal,
          onProgress: progressTeller(id, io),
        });
        reports.push(report);
        if (!values.json) await tellReport(report, io);
      }
      if (values.json) await write(io.stdout, `${JSON.stringify(reports.map(presentReport))}\n`);
      if (values.html !== undefined) {
        await writeFile(values.html, reportPage(reports));
        if (!values.json) await write(io.stdout, `${values.html}\n`);
      }
      return broken.length > 0 || reports.some(({ summary }) => summary.status === 'fail') ? 1 : 0;
    } finally {
      await drawing.close();
    }
  },
});
