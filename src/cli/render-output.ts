import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { formatOfExtension, imageFormatNames, imageFormats } from '../formats/image-formats.js';
import { outputSchema } from '../http/schemas/image-input.js';
import type { OutputRequest } from '../images/prepare.js';
import { type Io, UsageError, write } from './command.js';

export interface OutputOptions {
  for: string | undefined;
  format: string | undefined;
  scale: string | undefined;
  quality: string | undefined;
  'max-bytes': string | undefined;
}

/** Whole numbers as numbers; anything else is left for the schema to refuse in its own words. */
function asNumber(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

/** The output as the API takes it; the format follows the ending of `out` if nothing says it. */
export function readOutput(options: OutputOptions, out: string): OutputRequest {
  const given = options.format && (formatOfExtension(options.format) ?? options.format);
  const extension = out === '-' ? '' : extname(out).toLowerCase();
  const format = given ?? formatOfExtension(extension.slice(1));
  if (format === undefined && extension !== '' && options.for === undefined) {
    const extensions = imageFormatNames
      .flatMap((name) => imageFormats[name].extensions.map((one) => `.${one}`))
      .join(', ');
    throw new UsageError(`--out ${out}: expected a name ending in ${extensions}, or --format.`);
  }
  const wanted = {
    for: options.for,
    format,
    scale: asNumber(options.scale),
    quality: asNumber(options.quality),
    max_bytes: asNumber(options['max-bytes']),
  };
  const parsed = outputSchema.safeParse(
    Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)),
  );
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0] ?? 'format').replaceAll('_', '-');
  const choices =
    issue?.code === 'invalid_value' ? `must be one of: ${issue.values.join(', ')}` : '';
  throw new UsageError(`--${name}: ${choices || issue?.message}.`);
}

/** `--size og,square`; undefined stands for the template's default. */
export function readSizes(size: string | undefined, out: string): (string | undefined)[] {
  if (size === undefined) return [undefined];
  const sizes = [...new Set(size.split(',').map((name) => name.trim()))].filter(Boolean);
  if (sizes.length === 0) throw new UsageError('--size: expected the name of a size, such as og.');
  if (sizes.length > 1 && !out.includes('{size}')) {
    throw new UsageError(
      'Several sizes need a name with {size} in it, such as --out card-{size}.png.',
    );
  }
  return sizes;
}

/** Folders on the way are made. */
export async function writeImage(path: string, body: Buffer, io: Pick<Io, 'stdout'>) {
  if (path === '-') {
    await write(io.stdout, body);
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, body);
}
