import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fieldTypeOf } from '../templates/field-types/field-types.js';
import { parsePositionedJson } from '../templates/positioned-json.js';
import type { Template } from '../templates/template.js';
import { type Io, UsageError } from './command.js';

/** `title=Hello`; a file whose name looks like this is given as `./title=Hello`. */
const PAIR = /^([A-Za-z_][\w-]*)=([\s\S]*)$/;

export function isPair(source: string): boolean {
  return PAIR.test(source);
}

/** @throws Error with the place of a mistake: `data.json:3:7: …` */
function parseObject(content: string, name: string): Record<string, unknown> {
  const parsed = parsePositionedJson(content);
  if ('fault' in parsed) {
    const { line, column, message } = parsed.fault;
    throw new Error(`${name}:${line}:${column}: ${message}`);
  }
  const { value } = parsed;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value));
  }
  throw new Error(`${name}: expected an object of field names and values, {"title": "Hello"}`);
}

async function readSource(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code === 'ENOENT' ? `There is no file ${path}.` : message);
  }
}

/**
 * A picture of this machine travels as a data: address; the renderer opens no files. What kind of
 * picture it is, its content tells.
 */
async function readPair(pair: string, template: Template): Promise<[string, string]> {
  const [, name = '', value = ''] = PAIR.exec(pair) ?? [];
  const spec = template.manifest.fields[name];
  const isAddress = spec !== undefined && fieldTypeOf(spec).asset?.from === 'address';
  if (!isAddress || !value.startsWith('@')) return [name, value];
  const picture = await readSource(value.slice(1));
  return [name, `data:image/png;base64,${picture.toString('base64')}`];
}

/**
 * The data for one call: files, stdin (`-`) and `field=value` pairs, later ones over earlier ones.
 * None at all: the template's own sample.
 */
export async function readRenderData(
  sources: string[],
  template: Template,
  io: Pick<Io, 'stdin'>,
): Promise<Record<string, unknown>> {
  if (sources.length === 0) return { ...template.sample };
  if (sources.filter((source) => source === '-').length > 1) {
    throw new UsageError('--data - can be given once: stdin can be read once.');
  }
  const data: Record<string, unknown> = {};
  for (const source of sources) {
    if (isPair(source)) {
      const [name, value] = await readPair(source, template);
      data[name] = value;
    } else if (source === '-') Object.assign(data, parseObject(await text(io.stdin), 'stdin'));
    else Object.assign(data, parseObject((await readSource(source)).toString('utf8'), source));
  }
  return data;
}
