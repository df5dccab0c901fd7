import {
  describeSettings,
  type SettingInForce,
  settingProblems,
} from '../config/describe-settings.js';
import { loadSettings, type Settings, STORAGE_SETTINGS } from '../config/settings.js';
import { defineCommand, type ExitCode, type Io, UsageError, write } from './command.js';
import { type Finding, writeFinding } from './doctor/finding.js';
import { createTerminalLogger } from './terminal-logger.js';
import { textTable } from './text-table.js';

interface Check {
  name: string;
  /** Settings without which it says nothing. */
  needs: RegExp;
  run(settings: Settings): Promise<Finding[]> | Finding[];
}

async function loadChecks(io: Io): Promise<Check[]> {
  const machine = await import('./doctor/machine-checks.js');
  const browser = await import('./doctor/browser-checks.js');
  const redis = await import('./doctor/redis-checks.js');
  const installation = await import('./doctor/installation-checks.js');
  const { createMetrics } = await import('../observability/metrics.js');
  // The checks speak for themselves; the services' own warnings would only repeat them.
  const debug = io.env.LOG_LEVEL === 'debug' || io.env.LOG_LEVEL === 'trace';
  const env = debug ? io.env : { LOG_LEVEL: 'silent' };
  const logger = createTerminalLogger({ stderr: io.stderr, env });
  const observers = { logger, metrics: createMetrics() };
  return [
    { name: 'Node', needs: /^$/, run: () => [machine.checkNode()] },
    { name: 'image', needs: /^$/, run: () => machine.checkImage() },
    { name: 'data', needs: /^DATA_DIR$/, run: async (s) => [await machine.checkDataDir(s)] },
    { name: 'disk', needs: /^DATA_DIR$/, run: async (s) => [await machine.checkDisk(s)] },
    {
      name: 'Redis',
      needs: /^(REDIS_URL|CARDPRESS_REDIS_SERVER|DATA_DIR)$/,
      run: redis.checkRedis,
    },
    {
      name: 'storage',
      needs: STORAGE_SETTINGS,
      run: async (s) => [await installation.checkStorage(s)],
    },
    { name: 'templates', needs: /^TEMPLATES_DIR$/, run: installation.checkTemplates },
    {
      name: 'Chromium',
      needs: /^(CHROMIUM_.*|RENDER_.*)$/,
      run: (settings) => browser.checkBrowser(settings, observers),
    },
  ];
}

const sources: Record<SettingInForce['source'], string> = {
  environment: 'environment',
  default: 'default',
  file: 'file',
  found: 'found',
  unset: '–',
};

async function writeSettings(io: Io, settings: SettingInForce[]): Promise<void> {
  const rows = settings.map(({ name, value, source }) => [name, sources[source], value || '–']);
  await write(io.stdout, `${textTable([['SETTING', 'FROM', 'VALUE'], ...rows])}\n`);
}

/** `PORT: expected …` → `PORT` */
const nameOf = (problem: string) => problem.split(':')[0] ?? '';

/** The settings with the wrong ones left out, so that the rest can be looked at. */
function settingsWithout(env: Io['env'], wrong: string[]): Settings {
  const left = { ...env };
  for (const name of wrong) delete left[name];
  // Both ask for others, of which one is missing or wrong.
  if (wrong.some((name) => STORAGE_SETTINGS.test(name))) delete left.STORAGE;
  if (wrong.includes('REDIS_URL')) delete left.CARDPRESS_ROLE;
  return loadSettings(left);
}

export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'show the settings in force and check that everything works',
  usage: ['doctor [--json]'],
  description: [
    'Prints every setting with its origin, secrets masked, and all mistakes in them at once. Then it',
    'tries what the service needs: Node, data folder, disk, Redis, storage, templates, Chromium and its',
    'sandbox, and fonts, by drawing a test card, and lists the scripts that this machine can draw.',
    '✔ works, ! works with a risk, ✖ fails; → says what to do. Safe beside a running service. The exit',
    'code is 1 if anything fails.',
  ].join('\n'),
  options: { json: { type: 'boolean', doc: 'print settings and findings as JSON' } },
  examples: [{ line: 'doctor', does: 'With the environment of the service' }],

  async run({ positionals, values }, io): Promise<ExitCode> {
    if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" has no meaning here.`);
    const found = (io.env.CARDPRESS_FOUND ?? '').split(',');
    const settings = describeSettings(io.env, found);
    const problems = settingProblems(io.env);
    const wrong = problems.map(nameOf);
    const findings: Finding[] = [];
    const tell = async (finding: Finding) => {
      findings.push(finding);
      if (!values.json) await writeFinding(io, finding);
    };

    if (!values.json) await writeSettings(io, settings);
    if (problems.length === 0) await tell({ check: 'settings', status: 'ok', detail: 'valid' });
    for (const detail of problems) {
      const remedy = `Correct or unset ${nameOf(detail)}; docs/settings.md describes it.`;
      await tell({ check: 'settings', status: 'failed', detail, remedy });
    }
    const usable = settingsWithout(io.env, wrong);
    for (const { name, needs, run } of await loadChecks(io)) {
      if (io.signal.aborted) break;
      const blocking = wrong.filter((setting) => needs.test(setting));
      if (blocking.length > 0) {
        const detail = `not checked until ${blocking.join(', ')} is right`;
        await tell({ check: name, status: 'skipped', detail });
      } else for (const finding of await run(usable)) await tell(finding);
    }

    const failed = findings.some(({ status }) => status === 'failed');
    if (values.json) await write(io.stdout, `${JSON.stringify({ settings, findings }, null, 2)}\n`);
    return failed || io.signal.aborted ? 1 : 0;
  },
});
