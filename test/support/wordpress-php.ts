import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { spawnServer } from './wordpress-process.js';

/** Longer than anything that a plugin may wait for. */
const RUN_TIMEOUT_MS = 60_000;

export interface WordpressSettings {
  /** Of the site, without a slash at its end. */
  url: string;
  database: string;
  /** The database's Unix socket. */
  socket: string;
  /** Whatever keys and salts are made of. */
  salt: string;
}

export interface RunResult<T> {
  /** What the code returned. */
  value: T;
  /** Errors, warnings and `error_log()`. */
  log: string;
}

/** The path of one of the PHP files beside this one. */
export const wordpressFile = (name: string) =>
  fileURLToPath(new URL(`./wordpress-${name}.php`, import.meta.url));

/** What is written on a stream, kept as it comes. */
function collect(stream: NodeJS.ReadableStream | null) {
  let text = '';
  stream?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return () => text;
}

/** Arguments of PHP, with nowhere to send mail to. */
const withIni = (ini: string[], args: string[]) => [
  ...[...ini, 'sendmail_path=true'].flatMap((one) => ['-d', one]),
  ...args,
];

/** PHP of a WordPress that is in `folder`. */
export function createWordpressPhp(folder: string, settings: WordpressSettings) {
  const options = {
    cwd: folder,
    env: { PATH: process.env.PATH, WORDPRESS_SETTINGS: JSON.stringify(settings) },
  };
  return {
    /**
     * Runs the body of a PHP function of one parameter, `$input`, within WordPress.
     * @throws Error with all that PHP wrote, when it fails
     */
    async run<T>(code: string, input: unknown = null, installing = false): Promise<RunResult<T>> {
      const ini = ['display_errors=stderr', 'log_errors=0'];
      const child = spawn('php', withIni(ini, [wordpressFile('run')]), options);
      // It may end before it has read everything.
      child.stdin.on('error', () => undefined);
      const timer = setTimeout(() => child.kill('SIGKILL'), RUN_TIMEOUT_MS);
      const out = collect(child.stdout);
      const log = collect(child.stderr);
      child.stdin.end(JSON.stringify({ code, input, installing }));
      const [exitCode] = await once(child, 'close').finally(() => clearTimeout(timer));
      const [, json] = /\nRETURNED (.*)\n/.exec(out()) ?? [];
      if (exitCode !== 0 || json === undefined) {
        throw new Error(`PHP ended with ${exitCode}:\n${out()}\n${log()}`);
      }
      return { value: JSON.parse(json) as T, log: log() };
    },

    /** PHP's web server at the site's address, and its log. */
    serve() {
      const ini = ['display_errors=0', 'log_errors=1'];
      const address = new URL(settings.url).host;
      const args = ['-S', address, '-t', folder, wordpressFile('router')];
      const child = spawnServer('php', withIni(ini, args), options);
      return { child, log: collect(child.stderr) };
    },
  };
}
