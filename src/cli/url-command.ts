import { loadSettings } from '../config/settings.js';
import { DEFAULT_FORMAT, formatOfExtension, imageFormatNames } from '../formats/image-formats.js';
import { defineCommand, type ExitCode, UsageError, write } from './command.js';
import { findTemplate } from './find-template.js';
import { isPair, readRenderData } from './render-data.js';

function readFormat(value: string | undefined) {
  if (value === undefined) return undefined;
  // Each name is an extension of its format as well.
  const format = formatOfExtension(value);
  if (format) return format;
  throw new UsageError(`--format: must be one of: ${imageFormatNames.join(', ')}.`);
}

function readSeconds(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (/^\d{1,9}$/.test(value) && seconds >= 1) return seconds;
  throw new UsageError('--expires-in: must be a whole number of seconds, 1 or more.');
}

export const urlCommand = defineCommand({
  name: 'url',
  summary: 'sign the address of a picture',
  usage: ['url <template> [--data <file> | field=value …]', 'url --key'],
  description: [
    'Needs no running service, only its settings: PUBLIC_URL, and SIGNING_SECRET or URL_SIGNING_KEY.',
    'The picture is drawn when the address is first asked for. --key prints the key that signs, for',
    'programs that sign by themselves; docs/signed-urls.md shows how. Who has it can have any picture',
    'drawn: keep it as a password.',
  ].join('\n'),
  options: {
    data: {
      type: 'string',
      value: 'file|field=value|-',
      multiple: true,
      doc: 'data for the fields; may be repeated; - is JSON from stdin',
    },
    size: { type: 'string', value: 'name', doc: "one of the template's sizes" },
    format: {
      type: 'string',
      value: imageFormatNames.join('|'),
      doc: `default: ${DEFAULT_FORMAT}`,
    },
    'expires-in': { type: 'string', value: 'seconds', doc: 'default: it never ends' },
    key: { type: 'boolean', doc: 'print the key that signs, as hex' },
  },
  examples: [
    { line: "url article title='Hello, world'", does: 'An address that can be handed out' },
    { line: 'url event --data event.json --size square --expires-in 86400', does: 'For one day' },
    { line: 'url --key', does: 'The key, for a program that signs by itself' },
  ],

  async run({ positionals: [id, ...rest], values }, io): Promise<ExitCode> {
    const stray = rest.find((argument) => !isPair(argument));
    if (stray !== undefined) {
      throw new UsageError(`"${stray}" is no field=value pair. A file is given with --data.`);
    }
    if (values.key && id !== undefined) throw new UsageError('--key stands alone.');
    if (!values.key && id === undefined) {
      throw new UsageError('Which template? Give its name, such as article.');
    }
    const format = readFormat(values.format);
    const expiresInSeconds = readSeconds(values['expires-in']);
    const settings = loadSettings(io.env);
    const { loadSecrets } = await import('../compose/secrets.js');
    const { composeLocalUrls, urlKeys } = await import('../compose/links.js');
    const { signingSecret } = await loadSecrets(settings);
    if (id === undefined) {
      await write(io.stdout, `${urlKeys(settings, signingSecret)[0].toString('hex')}\n`);
      return 0;
    }
    const { registry, urls, close } = await composeLocalUrls(settings, signingSecret);
    try {
      const template = findTemplate(registry, id);
      const data = await readRenderData([...(values.data ?? []), ...rest], template, io);
      const { size } = values;
      const output = format ? { format } : undefined;
      const { url } = urls.make({ template: id, data, size, output, expiresInSeconds });
      await write(io.stdout, `${url}\n`);
      return 0;
    } finally {
      await close();
    }
  },
});
