import { loadSettings } from '../config/settings.js';
import type { Warning } from '../errors/warning.js';
import { qualityDefaults } from '../formats/format-texts.js';
import { DEFAULT_FORMAT, imageFormatNames } from '../formats/image-formats.js';
import type { OnMissing, PreparedImage } from '../images/prepare.js';
import { presetNames } from '../images/presets.js';
import { defineCommand, type ExitCode, type Io, UsageError, write } from './command.js';
import { findTemplate } from './find-template.js';
import { isPair, readRenderData } from './render-data.js';
import { readOutput, readSizes, writeImage } from './render-output.js';
import { createTerminalLogger } from './terminal-logger.js';

function warningLine(warning: Warning, size?: string): string {
  const kind = warning.severity === 'info' ? 'note' : 'warning';
  const where = [size && `(${size})`, warning.field && `${warning.field}:`].filter(Boolean);
  return `${[`${kind}:`, ...where, warning.message].join(' ')}\n`;
}

/** Warnings of the data, which hold for every size, are told once. */
async function tellDataWarnings(images: PreparedImage[], io: Io): Promise<void> {
  const lines = new Set(images.flatMap(({ warnings }) => warnings.map((w) => warningLine(w))));
  await write(io.stderr, [...lines].join(''));
}

function readOnMissing(value: string | undefined): OnMissing | undefined {
  if (value === undefined || value === 'fallback' || value === 'reject') return value;
  throw new UsageError('--on-missing: must be one of: fallback, reject.');
}

export const renderCommand = defineCommand({
  name: 'render',
  summary: 'draw a picture from a template, here and now',
  usage: ['render <template> [--data <file> | field=value …] --out <file>'],
  description: [
    'Needs no running service, no Redis and no storage. Data comes from JSON files, from stdin and from',
    'field=value pairs, later ones over earlier ones; without any, the sample of the template is drawn.',
    'cover=@photo.jpg gives a picture of this machine. Warnings go to stderr. Data that breaks the',
    "template's rules is listed field by field, nothing is drawn, and the exit code is 1.",
  ].join('\n'),
  options: {
    data: {
      type: 'string',
      value: 'file|field=value|-',
      multiple: true,
      doc: 'data for the fields; may be repeated; - is JSON from stdin',
    },
    out: {
      type: 'string',
      value: 'file|-',
      doc: 'where to write; {size} stands for the size; - is stdout',
    },
    size: {
      type: 'string',
      value: 'name,…',
      doc: "sizes of the template (default: the template's own default)",
    },
    format: {
      type: 'string',
      value: imageFormatNames.join('|'),
      doc: `default: what the ending of --out says, else ${DEFAULT_FORMAT}`,
    },
    for: {
      type: 'string',
      value: 'place',
      doc: `a preset: ${presetNames.join(', ')}`,
    },
    scale: { type: 'string', value: '1|2|3', doc: 'device pixels per CSS pixel (default 1)' },
    quality: { type: 'string', value: '1-100', doc: `of ${qualityDefaults}` },
    'max-bytes': { type: 'string', value: 'n', doc: 'at most this many bytes' },
    'on-missing': {
      type: 'string',
      value: 'fallback|reject',
      doc: 'fallback: another template may step in; reject: no field may be mended',
    },
  },
  examples: [
    { line: 'render article --out card.png', does: 'The sample of the template' },
    {
      line: "render article title='Hello, world' author='Ada Byron' --out card.webp --scale 2",
      does: 'Fields on the command line, twice the pixels',
    },
    {
      line: 'render article --data post.json --size og,square,story --out card-{size}.png',
      does: 'One picture for each size',
    },
    {
      line: 'render product --data - --out - --format jpeg <product.json >product.jpg',
      does: 'In a pipe',
    },
  ],

  async run({ positionals: [id, ...rest], values }, io): Promise<ExitCode> {
    if (id === undefined) throw new UsageError('Which template? Give its name, such as article.');
    const stray = rest.find((argument) => !isPair(argument));
    if (stray !== undefined) {
      throw new UsageError(`"${stray}" is no field=value pair. A file is given with --data.`);
    }
    const { out } = values;
    if (!out) throw new UsageError('Where to? Give --out card.png, or --out - for stdout.');
    if (out === '-' && io.stdout.isTTY) {
      throw new UsageError('--out - would fill the terminal with bytes. Send stdout to a file.');
    }
    const output = readOutput(values, out);
    const sizes = readSizes(values.size, out);
    const onMissing = readOnMissing(values['on-missing']);

    const settings = loadSettings(io.env);
    const [{ composeLocalDrawing }, { createMetrics }] = await Promise.all([
      import('../compose/drawing.js'),
      import('../observability/metrics.js'),
    ]);
    const drawing = await composeLocalDrawing(settings, {
      logger: createTerminalLogger(io),
      metrics: createMetrics(),
    });
    try {
      const template = findTemplate(drawing.registry, id);
      const data = await readRenderData([...values.data, ...rest], template, io);
      // All of them before the first is drawn: a mistake should cost no time and leave no half.
      const images = sizes.map((size) =>
        drawing.prepare({ template: id, data, size, output, onMissing }),
      );
      await tellDataWarnings(images, io);
      await Promise.all(
        images.map(async ({ spec }) => {
          const { encoded, warnings } = await drawing.draw(spec, io.signal);
          const { body, widthPx, heightPx } = encoded;
          const path = out.replaceAll('{size}', spec.size.name);
          await writeImage(path, body, io);
          const marked = images.length > 1 ? spec.size.name : undefined;
          await write(io.stderr, warnings.map((w) => warningLine(w, marked)).join(''));
          if (path === '-') return;
          const kilobytes = Math.max(0.1, body.length / 1000).toFixed(1);
          await write(
            io.stdout,
            `${path}  ${widthPx}x${heightPx}  ${spec.output.format}  ${kilobytes} kB\n`,
          );
        }),
      );
      return 0;
    } finally {
      await drawing.close();
    }
  },
});
