import { defineCommand, type ExitCode, UsageError } from './command.js';

export const startCommand = defineCommand({
  name: 'start',
  summary: 'serve the API with its workers and, without REDIS_URL, a Redis of its own',
  usage: ['start'],
  description: [
    'Serves until it is told to stop (Ctrl-C, SIGTERM). Everything is set by the environment; docs/settings.md',
    'describes it. Images, the Redis and generated secrets are in DATA_DIR, which is "data" in the present',
    'folder unless it is set. Where Cardpress is installed as a package, a missing Chromium, redis-server or',
    'font is installed first, where that can be done without asking for a password.',
  ].join('\n'),
  options: {},
  examples: [{ line: 'start', does: 'On http://localhost:3000, with all it keeps in ./data' }],

  async run({ positionals }): Promise<ExitCode> {
    if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" has no meaning here.`);
    // It runs on; the command is done when the service is up.
    await import('../main.js');
    return 0;
  },
});
