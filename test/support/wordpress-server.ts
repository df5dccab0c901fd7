import { type ChildProcess, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { requireService } from './require-service.js';
import { freePort } from './service-environment.js';
import { until } from './until.js';
import { startWordpressDatabase, type WordpressDatabase } from './wordpress-database.js';
import { createWordpressPhp, wordpressFile } from './wordpress-php.js';
import { endServer, hasEnded } from './wordpress-process.js';

/** Debian's package. */
const PACKAGE = '/usr/share/wordpress';
const READY_TIMEOUT_MS = 60_000;
const MAX_PORTS = 5;
const ADMIN = { name: 'Edith', password: randomBytes(12).toString('hex') };

const INSTALL = `
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Cards & Co', $input['name'], 'editor@example.com', true, '', $input['password']);
return get_bloginfo('version');`;

const OPEN_TO_READERS = `
require_once ABSPATH . 'wp-admin/includes/plugin.php';
switch_theme(array_key_first(wp_get_themes()));
$GLOBALS['wp_rewrite']->set_permalink_structure('/%postname%/');
flush_rewrite_rules(false);
$failed = activate_plugin($input['plugin']);
if (is_wp_error($failed)) throw new Exception($failed->get_error_message());
return get_option('active_plugins');`;

/**
 * A folder that is a WordPress, with a configuration and plugins of its own. Files that look for their
 * neighbours are copied, because behind links they would find those of the package.
 */
async function createSite(folder: string, plugin: string): Promise<void> {
  const others = ['wp-content', 'wp-config.php', 'wp-includes', '.htaccess'];
  const names = (await readdir(PACKAGE)).filter((name) => !others.includes(name));
  const copied = names.map((name) => join(PACKAGE, name));
  await promisify(execFile)('cp', ['-r', ...copied, folder]);
  await symlink(join(PACKAGE, 'wp-includes'), join(folder, 'wp-includes'));
  await mkdir(join(folder, 'wp-content', 'plugins'), { recursive: true });
  await symlink(join(PACKAGE, 'wp-content', 'themes'), join(folder, 'wp-content', 'themes'));
  await symlink(plugin, join(folder, 'wp-content', 'plugins', basename(plugin)));
  await symlink(wordpressFile('config'), join(folder, 'wp-config.php'));
}

/**
 * PHP's web server over a folder, listening. It takes its port before there is anything to serve,
 * because what was free a moment ago is not kept; where the port is gone already, it takes another.
 */
async function startWeb(folder: string, database: WordpressDatabase) {
  const salt = randomBytes(16).toString('hex');
  for (let attempt = 1; ; attempt += 1) {
    const url = `http://127.0.0.1:${await freePort()}`;
    const settings = { url, database: database.name, socket: database.socketPath, salt };
    const php = createWordpressPhp(folder, settings);
    const { child, log } = php.serve();
    await until(
      () => hasEnded(child) || /Development Server .* started/.test(log()),
      READY_TIMEOUT_MS,
    );
    if (!hasEnded(child)) return { url, php, child, log };
    if (attempt === MAX_PORTS) throw new Error(`php -S does not start:\n${log()}`);
  }
}

/**
 * A real WordPress for one test file: Debian's package over a MariaDB of its own, PHP's web server
 * on a free port of loopback, a theme, and one plugin, active. Ready in about five seconds; needs
 * the packages of scripts/test/wordpress.mjs, no root and no service.
 * @param plugin the folder of the plugin, whose main file is of the same name
 */
export async function startWordpress(plugin: string) {
  await requireService('wordpress');
  const database = await startWordpressDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'cp-wordpress-'));
  let server: ChildProcess | undefined;
  async function stop(): Promise<void> {
    if (server) await endServer(server);
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }

  try {
    const { url, php, child, log } = await startWeb(folder, database);
    server = child;
    await createSite(folder, plugin);
    const { value: version } = await php.run<string>(INSTALL, ADMIN, true);
    await php.run(OPEN_TO_READERS, { plugin: `${basename(plugin)}/${basename(plugin)}.php` });
    const { status } = await fetch(url);
    if (status !== 200) throw new Error(`WordPress answers ${status}:\n${log()}`);
    return { url, version, admin: ADMIN, run: php.run, webLog: log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
