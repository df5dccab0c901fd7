import { describe, expect, it } from '@jest/globals';
import { type Command, defineCommand } from '../../../src/cli/command.js';
import { commands } from '../../../src/cli/commands.js';
import { packageInfo } from '../../../src/config/package-info.js';
import { AppError } from '../../../src/errors/app-error.js';
import { imageFormatNames, imageFormats } from '../../../src/formats/image-formats.js';
import { callCli } from './call-cli.js';

const extensions = imageFormatNames
  .flatMap((name) => imageFormats[name].extensions.map((one) => `.${one}`))
  .join(', ');

describe('the command line', () => {
  it.each([['--help'], ['-h'], ['help']])('shows all commands with %s', async (flag) => {
    const { code, stdout, stderr } = await callCli([flag]);
    expect(code).toBe(0);
    for (const { name, summary } of commands) {
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
    }
    expect(stderr).toBe('');
  });

  it.each([[['render', '--help']], [['help', 'render']], [['render', '-h']]])(
    'shows the help of one command with %j',
    async (args) => {
      const { code, stdout } = await callCli(args);
      expect(code).toBe(0);
      expect(stdout).toContain('cardpress render <template>');
      expect(stdout).toContain('--max-bytes <n>');
    },
  );

  it('shows the version', async () => {
    const { code, stdout } = await callCli(['--version']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${packageInfo.version}\n` });
  });

  it('explains itself on stderr, with exit code 2, when nothing is asked', async () => {
    const { code, stdout, stderr } = await callCli([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage:  cardpress <command>');
  });

  it.each([
    [['rendr'], 'There is no command "rendr". Did you mean "render"?'],
    [
      ['zzzzzz'],
      `There is no command "zzzzzz". Commands are: ${commands.map(({ name }) => name).join(', ')}.`,
    ],
    [['--versoin'], 'There is no option --versoin. Did you mean --version?'],
    [['render', 'article', '--sise', 'og'], 'There is no option --sise. Did you mean --size?'],
    [['render', 'article', '-x'], 'There is no option -x.'],
    [['render', 'article', '--out'], '--out: expected <file|-> after it.'],
    [
      ['render', 'article', '--out', '--size', 'og'],
      '--out: expected <file|-> after it. To give "--size", write --out=--size',
    ],
    [['doctor', '--json=yes'], '--json takes no value.'],
    [['doctor', 'now'], '"now" has no meaning here.'],
    [['render'], 'Which template? Give its name, such as article.'],
    [['render', 'article'], 'Where to? Give --out card.png, or --out - for stdout.'],
    [
      ['render', 'article', 'post.json', '--out', 'a.png'],
      '"post.json" is no field=value pair. A file is given with --data.',
    ],
    [
      ['render', 'article', '--out', 'a.gif'],
      `--out a.gif: expected a name ending in ${extensions}, or --format.`,
    ],
    [['render', 'article', '--out', 'a.png', '--scale', '5'], '--scale: must be 1, 2 or 3.'],
    [
      ['render', 'article', '--out', 'a.png', '--quality', 'high'],
      '--quality: must be a whole number between 1 and 100.',
    ],
    [
      ['render', 'article', '--out', 'a.png', '--max-bytes', '10'],
      '--max-bytes: must be a whole number, 1000 or more.',
    ],
    [
      ['render', 'article', '--out', 'a', '--format', 'gif'],
      `--format: must be one of: ${imageFormatNames.join(', ')}.`,
    ],
    [
      ['render', 'article', '--out', 'a.png', '--size', 'og,square'],
      'Several sizes need a name with {size} in it, such as --out card-{size}.png.',
    ],
    [['keys'], 'Expected one of: create, list, revoke.'],
    [['keys', 'lst'], 'There is no "keys lst". Did you mean "list"?'],
    [['keys', 'create'], 'keys create: expected <name>.'],
    [
      ['keys', 'create', 'a', 'b'],
      'keys create: "b" is one argument too many. A name with spaces goes in quotes.',
    ],
  ])('answers %j with one clear line and exit code 2', async (args, line) => {
    const { code, stdout, stderr } = await callCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const [first, second, ...rest] = stderr.split('\n');
    expect(first).toBe(`cardpress: ${line}`);
    expect(second).toMatch(/^Run "cardpress (\w+ )?--help" to see how it is used\.$/);
    expect(rest).toEqual(['']);
  });

  it('does not print a picture into a terminal', async () => {
    const { code, stderr } = await callCli(['render', 'article', '--out', '-'], { isTTY: true });
    expect(code).toBe(2);
    expect(stderr).toContain('Send stdout to a file.');
  });

  it('lists every wrong setting, also those that depend on others', async () => {
    const env = { PORT: 'many', STORAGE: 's3', CARDPRESS_ROLE: 'api', LOG_LEVEL: 'loud' };
    const { code, stderr } = await callCli(['keys', 'list'], { env });
    expect(code).toBe(1);
    for (const name of ['PORT', 'LOG_LEVEL', 'S3_BUCKET', 'REDIS_URL']) {
      expect(stderr).toMatch(new RegExp(`^ {2}${name}: expected`, 'm'));
    }
  });
});

describe('an error of a command', () => {
  const cause = new Error('the cause');
  const failing: Command = defineCommand({
    name: 'fail',
    summary: 'fail',
    usage: ['fail'],
    description: 'Fails.',
    options: {},
    examples: [],
    run: () => Promise.reject(new AppError('storage_unavailable', { detail: 'No disk.', cause })),
  });

  it('is one line without a stack trace', async () => {
    const { code, stderr } = await callCli(['fail'], { commands: [failing] });
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'cardpress: No disk.\n' });
  });

  it('comes with its stack and its cause under LOG_LEVEL=debug', async () => {
    const env = { LOG_LEVEL: 'debug' };
    const { stderr } = await callCli(['fail'], { commands: [failing], env });
    expect(stderr).toMatch(/\n\s+at .*arguments\.test/);
    expect(stderr).toContain('the cause');
  });
});
