import { findOnPath, findServer } from '../setup/find-executable.mjs';
import { isSwiftInstalled, swiftRemedy } from './swift.mjs';
import { isWordpressInstalled, wordpressRemedy } from './wordpress.mjs';

/**
 * @typedef {object} TestService
 * @property {import('../setup/package-manager.mjs').Need} need
 * @property {string} title
 * @property {() => boolean} isInstalled
 * @property {string} remedy
 */

/** What only the tests run against. @type {TestService[]} */
export const testServices = [
  { need: 'swift', title: 'Swift', isInstalled: isSwiftInstalled, remedy: swiftRemedy },
  {
    need: 'nginx',
    title: 'nginx',
    isInstalled: () => findServer('nginx') !== undefined,
    remedy: 'install nginx',
  },
  {
    need: 'prometheus',
    title: "promtool, Prometheus' own checker",
    isInstalled: () => findOnPath('promtool') !== undefined,
    remedy: 'install prometheus (Debian, Ubuntu), or put promtool on PATH',
  },
  {
    need: 'ruby',
    title: 'Ruby',
    isInstalled: () => findOnPath('ruby') !== undefined,
    remedy: 'install ruby',
  },
  {
    need: 'wordpress',
    title: 'WordPress',
    isInstalled: isWordpressInstalled,
    remedy: wordpressRemedy,
  },
];

export const missingTestServices = () => testServices.filter(({ isInstalled }) => !isInstalled());
