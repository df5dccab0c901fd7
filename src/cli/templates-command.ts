import { lstat, mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { loadSettings } from '../config/settings.js';
import { serverAddress } from './ask-server.js';
import { defineCommand, type ExitCode, type Io, UsageError, write } from './command.js';
import { readAction } from './read-action.js';
import { createTemplateClient, type TemplateClient } from './template-client.js';
import { textTable } from './text-table.js';

interface Values {
  id: string | undefined;
  folder: string | undefined;
  version: string | undefined;
  message: string | undefined;
  publish: boolean;
  force: boolean;
  json: boolean;
}

interface Call {
  argument: string;
  values: Values;
  io: Io;
}

const shown = (io: Io, value: unknown) => write(io.stdout, `${JSON.stringify(value, null, 2)}\n`);
const said = ({ message }: Values) => (message === undefined ? {} : { message });
const second = (time: string) => time.slice(0, 19).replace('T', ' ');

async function list(client: TemplateClient, { values, io }: Call): Promise<void> {
  const found = await client.list();
  if (values.json) return shown(io, found.items);
  const rows = found.items.map(({ id, version, name }) => [id, version, name]);
  return write(io.stdout, textTable([['ID', 'VERSION', 'NAME'], ...rows]));
}

async function versions(client: TemplateClient, { argument, values, io }: Call): Promise<void> {
  const { items } = await client.versions(argument);
  if (values.json) return shown(io, items);
  const rows = items.map(({ at, action, version, by, message = '' }) => [
    ...[second(at), action, version, by, message],
  ]);
  const head = ['AT (UTC)', 'WHAT', 'VERSION', 'BY', 'MESSAGE'];
  return write(io.stdout, textTable([head, ...rows]));
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function pull(client: TemplateClient, { argument, values, io }: Call): Promise<void> {
  const { unpackArchive } = await import('../library/template-archive.js');
  const folder = resolve(values.folder ?? argument);
  if (!values.force && (await exists(folder))) {
    throw new Error(`${folder} exists already. --force replaces the files of the template in it.`);
  }
  // Judged as an archive from outside is: nothing is written beside the folder.
  const files = await unpackArchive(await client.archive(argument, values.version));
  for (const [path, body] of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    // A link is replaced, never followed.
    await rm(target, { force: true });
    await writeFile(target, body);
  }
  await write(io.stdout, `${folder}: ${files.size} files\n`);
}

async function published(
  client: TemplateClient,
  { id, etag }: { id: string; etag?: string },
  { values, io }: Call,
): Promise<void> {
  const found = await client.publish(id, { ...said(values), force: values.force }, etag);
  if (values.json) return shown(io, found);
  const { pass, warn, fail, skipped } = found.check;
  const counts = `${pass} passed, ${warn} with warnings, ${fail} failed, ${skipped} left out`;
  return write(io.stdout, `${id}@${found.version} is published. Check: ${counts}.\n`);
}

async function push(client: TemplateClient, call: Call): Promise<void> {
  const { argument, values, io } = call;
  const [{ packArchive }, { readTemplateFolder }] = await Promise.all([
    import('../library/template-archive.js'),
    import('../library/template-folder.js'),
  ]);
  const folder = await realpath(argument).catch(() => undefined);
  if (folder === undefined) throw new Error(`There is no folder "${argument}".`);
  const files = await readTemplateFolder(dirname(folder), basename(folder));
  if (files.size === 0) throw new Error(`${folder} holds no files of a template.`);
  const id = values.id ?? basename(folder);
  const draft = await client.push(id, await packArchive(files));
  const place = ({ file, line, column }: (typeof draft.problems)[number]) =>
    line === undefined ? file : `${file}:${line}:${column}`;
  const lines = draft.problems.map((problem) => `  ${place(problem)}: ${problem.message}\n`);
  if (lines.length > 0) {
    throw new Error(`The draft of ${id} is saved, with mistakes:\n${lines.join('').trimEnd()}`);
  }
  if (values.publish) return published(client, { id, etag: draft.etag }, call);
  if (values.json) return shown(io, draft);
  return write(io.stdout, `The draft of ${id} is saved: ${files.size} files.\n`);
}

const publish = (client: TemplateClient, call: Call) =>
  published(client, { id: call.argument }, call);

async function rollback(client: TemplateClient, { argument, values, io }: Call): Promise<void> {
  if (values.version === undefined) {
    throw new UsageError('Which version? Give --version; "templates versions <id>" lists them.');
  }
  const found = await client.rollBack(argument, { version: values.version, ...said(values) });
  if (values.json) return shown(io, found);
  return write(io.stdout, `${argument}@${found.version} is the current version again.\n`);
}

const actions = {
  list: { run: list, argument: undefined },
  pull: { run: pull, argument: 'id' },
  push: { run: push, argument: 'folder' },
  publish: { run: publish, argument: 'id' },
  versions: { run: versions, argument: 'id' },
  rollback: { run: rollback, argument: 'id' },
};

export const templatesCommand = defineCommand({
  name: 'templates',
  summary: 'list, pull, push and publish the templates of a service',
  usage: [
    'templates list',
    'templates pull <id> [--version <v>] [--folder <path>]',
    'templates push <folder> [--id <id>] [--publish]',
    'templates publish <id>',
    'templates versions <id>',
    'templates rollback <id> --version <v>',
  ],
  description: [
    'Works on a running service, over HTTP. "push" sends the files of a folder as the draft of the',
    'template that has its name; what the draft held before is replaced. With --publish it is then',
    'checked and published, exactly as it was sent. "pull" writes the files of a template, or of one of',
    'its versions ("draft" is one, too), into a folder. docs/templates-in-the-service.md tells of it all.',
  ].join('\n'),
  options: {
    server: {
      type: 'string',
      value: 'url',
      doc: 'the service; default: PUBLIC_URL of the settings',
    },
    key: { type: 'string', value: 'key', doc: 'its API key; default: API_KEY' },
    id: { type: 'string', value: 'id', doc: "push: default: the folder's name" },
    folder: { type: 'string', value: 'path', doc: 'pull: where to; default: the id' },
    version: { type: 'string', value: 'v', doc: 'pull, rollback: which one' },
    message: { type: 'string', value: 'text', doc: 'publish, rollback: for the history' },
    publish: { type: 'boolean', doc: 'push: publish it as well' },
    force: {
      type: 'boolean',
      doc: 'pull: into a folder that exists; publish: although the check fails',
    },
    json: { type: 'boolean', doc: 'print JSON' },
  },
  examples: [
    { line: 'templates push templates/event --publish', does: 'How a team deploys a design' },
    { line: 'templates pull event --version draft', does: 'What others are working on' },
  ],

  async run({ positionals, values }, io): Promise<ExitCode> {
    const { run, argument } = readAction('templates', actions, positionals);
    const server = values.server ?? loadSettings(io.env).publicUrl;
    const client = createTemplateClient(serverAddress(server, values.key, io), io.signal);
    await run(client, { argument, values, io });
    return 0;
  },
});
