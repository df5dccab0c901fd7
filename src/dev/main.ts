import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { createTerminalLogger } from '../cli/terminal-logger.js';
import { loadSettings } from '../config/settings.js';
import { createMetrics } from '../observability/metrics.js';
import { runProcess } from '../run-process.js';
import { startPreview } from './start-preview.js';

/** `npm run dev [-- --port 3100]`: the live preview of the templates. */
const DEFAULT_PORT = 3100;

function portFrom(args: string[]): number {
  const usage = 'The live preview takes --port <1 to 65535> and nothing else.';
  try {
    const { values } = parseArgs({ args, options: { port: { type: 'string' } } });
    const port = Number(values.port ?? DEFAULT_PORT);
    if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  } catch {
    // Said below, in words of our own.
  }
  throw new Error(usage);
}

const logger = createTerminalLogger(process);
await runProcess(logger, async () => {
  const port = portFrom(process.argv.slice(2));
  const settings = loadSettings(process.env);
  const preview = await startPreview(settings, port, { logger, metrics: createMetrics() });
  const inside = relative(process.cwd(), settings.templatesDir);
  const folder = inside.startsWith('..') ? settings.templatesDir : `./${inside}`;
  const count = preview.templates === 1 ? '1 template' : `${preview.templates} templates`;
  console.log(
    [
      '',
      `  Live preview   http://localhost:${preview.port}`,
      `  ${count.padEnd(14)} ${folder} (saved files show within a second)`,
      '',
      '  A new one: npx cardpress new <id>      Stop: Ctrl-C',
      '',
    ].join('\n'),
  );
  return preview;
});
