import { randomBytes } from 'node:crypto';
import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { loadSettings } from '../config/settings.js';
import { defineCommand, type ExitCode, UsageError, write } from './command.js';

/** As it is typed from here, or whole where it lies elsewhere. */
function shownPath(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside === '' || inside.startsWith('..') ? path : inside;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

/** Written aside, under a name that services pass over, then moved: nobody sees half a template. */
async function writeWhole(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const aside = join(dirname(folder), `.new-${randomBytes(6).toString('hex')}`);
  try {
    for (const [path, content] of files) {
      await mkdir(dirname(join(aside, path)), { recursive: true });
      await writeFile(join(aside, path), content);
    }
    await rename(aside, folder);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

export const newCommand = defineCommand({
  name: 'new',
  summary: 'make a template to start from',
  usage: ['new <id>'],
  description: [
    'Writes a small complete template into TEMPLATES_DIR: a card in three sizes with sample and ugly',
    'data, to be changed into your own. Nothing that exists is touched. The id is the name of the',
    'folder and what calls name it by: small letters, digits and -, starting with a letter.',
  ].join('\n'),
  options: {},
  examples: [{ line: 'new launch-card', does: 'Then "npm run dev" shows it while you write' }],

  async run({ positionals }, io): Promise<ExitCode> {
    const [id, ...more] = positionals;
    if (id === undefined) throw new UsageError('What is it to be called? Give an id: launch-card.');
    if (more.length > 0) throw new UsageError(`"${more[0]}" has no meaning here: give one id.`);
    const [{ TEMPLATE_ID_PATTERN }, { templateSkeleton }] = await Promise.all([
      import('../templates/template-id.js'),
      import('../templates/template-skeleton.js'),
    ]);
    if (!TEMPLATE_ID_PATTERN.test(id)) {
      throw new UsageError(
        `"${id.slice(0, 64)}" cannot be an id: use at most 64 small letters, digits and -, starting with a letter.`,
      );
    }
    const folder = join(loadSettings(io.env).templatesDir, id);
    if (await exists(folder)) {
      throw new Error(
        `${shownPath(folder)} exists already. Choose another id, or remove it first.`,
      );
    }
    await writeWhole(folder, templateSkeleton(id));
    const check = `npx cardpress check ${id}`;
    const lines = [
      `${shownPath(folder)}/`,
      '',
      'Next:',
      `  ${'npm run dev'.padEnd(check.length)}   shows it, and every change as you save it`,
      `  ${check}   tries it with ugly data`,
      '',
    ];
    await write(io.stdout, lines.join('\n'));
    return 0;
  },
});
