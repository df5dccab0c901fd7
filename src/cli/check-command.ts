import { writeFile } from 'node:fs/promises';
import type { CheckedCase, CheckReport } from '../checks/check-report.js';
import { loadSettings } from '../config/settings.js';
import { formatProblem } from '../templates/load-template.js';
import { defineCommand, type ExitCode, type Io, UsageError, write } from './command.js';
import { findTemplate } from './find-template.js';
import { createTerminalLogger } from './terminal-logger.js';
import { textTable } from './text-table.js';

/** What one template's ugly set comes to, for choosing how large pictures may be. */
const TYPICAL_CASES = 45;

function readSizes(size: string | undefined): string[] | undefined {
  if (size === undefined) return undefined;
  const sizes = size.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  if (sizes.length === 0) throw new UsageError('--size: expected the name of a size, such as og.');
  return sizes;
}

/** One line for each fault of a case. */
function faultRows(template: string, item: CheckedCase): string[][] {
  const place = [template, item.name, item.size];
  const { error } = item;
  const faults = item.warnings
    .filter((w) => w.verdict !== 'expected')
    .map((w) => [...place, w.verdict, [w.code, w.field].filter(Boolean).join(' ')]);
  if (!error) return faults;
  const details = error.errors.map(({ path, message }) => `${path}: ${message}`);
  const text = details.length > 0 ? details.join(' ') : `${error.code}: ${error.message}`;
  return [[...place, item.status, text], ...faults];
}

async function tellReport({ template, cases, summary }: CheckReport, io: Io): Promise<void> {
  const { pass, warn, fail } = summary;
  const counts = [`${pass} pass`, warn > 0 && `${warn} warn`, fail > 0 && `${fail} fail`];
  await write(io.stdout, `${template}: ${counts.filter(Boolean).join(', ')}\n`);
  const rows = cases.flatMap((item) => faultRows(template, item));
  if (rows.length === 0) return;
  const table = textTable([['TEMPLATE', 'CASE', 'SIZE', 'VERDICT', 'WHAT'], ...rows]);
  await write(io.stdout, `\n${table}\n`);
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
    const [compose, { createMetrics }, { presentReport }, { reportPage }, { pictureWidthFor }] =
      await Promise.all([
        import('../compose.js'),
        import('../observability/metrics.js'),
        import('../checks/present-report.js'),
        import('../checks/report-page.js'),
        import('../checks/check-report.js'),
      ]);
    const drawing = await compose.composeLocalDrawing(settings, {
      logger: createTerminalLogger(io),
      metrics: createMetrics(),
    });
    try {
      const { registry } = drawing;
      // One more than the browser takes: pictures are read while others are drawn.
      const check = compose.composeTemplateCheck(
        registry,
        async (spec, signal) => {
          const { encoded, warnings } = await drawing.draw(spec, signal);
          return { ...encoded, warnings };
        },
        settings.renderConcurrency + 1,
      );
      const templates = values.all
        ? registry.list()
        : [...new Set(positionals)].map((id) => findTemplate(registry, id));
      const pictures = templates.reduce(
        (sum, t) => sum + TYPICAL_CASES * (sizes ?? Object.keys(t.manifest.sizes)).length,
        0,
      );
      const broken = values.all ? registry.problems() : [];
      await write(io.stderr, broken.map((p) => `cardpress: ${formatProblem(p)}\n`).join(''));
      const reports: CheckReport[] = [];
      for (const { id } of templates) {
        const report = await check({
          template: id,
          sizes,
          pictures: values.html !== undefined,
          pictureWidthPx: pictureWidthFor(pictures),
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
