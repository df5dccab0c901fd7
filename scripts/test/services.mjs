import { findChromium } from '../setup/chromium.mjs';
import { findOnPath } from '../setup/find-executable.mjs';
import { findRedisServer, MINIMUM_REDIS } from '../setup/redis-server.mjs';
import { testServices } from './test-services.mjs';

/** @param {string} name @param {string} title @param {string} remedy */
const program = (name, title, remedy) => ({
  need: name,
  title,
  isInstalled: () => findOnPath(name) !== undefined,
  remedy,
});

/** All that a test may run against, beside what node_modules holds. */
const services = [
  ...testServices,
  {
    need: 'chromium',
    title: 'Chromium',
    isInstalled: () => findChromium() !== undefined,
    remedy: 'install chromium-headless-shell, or set CHROMIUM_PATH',
  },
  {
    need: 'redis',
    title: 'redis-server',
    isInstalled: () => findRedisServer() !== undefined,
    remedy: `install redis-server ${MINIMUM_REDIS} or newer, or set CARDPRESS_REDIS_SERVER`,
  },
  program('python3', 'Python', 'install python3'),
  program('php', 'PHP', 'install php-cli'),
];

/** @type {Map<string, string | undefined>} */
const known = new Map();

/**
 * One line that says what installs a service, undefined where it is there.
 * @param {string} need @returns {string | undefined}
 */
export function missingService(need) {
  if (!known.has(need)) {
    const service = services.find((one) => one.need === need);
    if (!service) throw new Error(`scripts/test/services.mjs knows no service "${need}"`);
    const line = `no ${service.title}: ${service.remedy}; "npm test" does it on Debian and Ubuntu`;
    known.set(need, service.isInstalled() ? undefined : line);
  }
  return known.get(need);
}
