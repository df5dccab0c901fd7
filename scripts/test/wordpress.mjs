import { existsSync, readdirSync } from 'node:fs';
import { ask, findOnPath, findServer } from '../setup/find-executable.mjs';

/** Where Debian's package puts it. */
const folder = '/usr/share/wordpress';

/** The plugin's tests open pages of readers, which a theme makes. */
function hasTheme() {
  const themes = `${folder}/wp-content/themes`;
  return existsSync(themes) && readdirSync(themes).some((name) => name.startsWith('twenty'));
}

function canPhpReachMysql() {
  return findOnPath('php') !== undefined && /^mysqli$/m.test(ask('php', ['-m']) ?? '');
}

/** Whether WordPress is here, with the PHP and the MariaDB that the tests run it with. */
export function isWordpressInstalled() {
  const isMariadbHere = findOnPath('mariadb-install-db') && findServer('mariadbd');
  const isWordpressHere = existsSync(`${folder}/wp-load.php`) && hasTheme();
  return isMariadbHere !== undefined && isWordpressHere && canPhpReachMysql();
}

/**
 * WordPress wants a web server and `php`, which without the packages named first would be Apache with
 * its module. Without a theme it has no pages; each release of Debian and Ubuntu has another one.
 */
export const wordpressPackages = [
  'wordpress-theme-twentytwentyfive',
  'wordpress-theme-twentytwentyfour',
  'wordpress-theme-twentytwentythree',
  'wordpress-theme-twentytwentyone',
].map((theme) => [
  ...['nginx', 'php-cgi', 'php', 'php-cli', 'php-mysql', 'mariadb-client', 'mariadb-server-core'],
  ...['wordpress', theme],
]);

export const wordpressRemedy =
  'install wordpress with one of its themes, php-cli, php-mysql, mariadb-client and mariadb-server-core (Debian, Ubuntu)';
