import { findOnPath, findServer } from '../setup/find-executable.mjs';
import { isSwiftInstalled, swiftRemedy } from './swift.mjs';
import { isWordpressInstalled, wordpressPackages, wordpressRemedy } from './wordpress.mjs';

/**
 * @typedef {object} TestService
 * @property {string} need
 * @property {string} title
 * @property {() => boolean} isInstalled
 * @property {string} remedy
 * @property {string[][]} packages sets of packages of Debian and Ubuntu, the best first
 */

/** What only the tests run against. @type {TestService[]} */
export const testServices = [
  {
    need: 'swift',
    title: 'Swift',
    isInstalled: isSwiftInstalled,
    remedy: swiftRemedy,
    packages: [
      ['swift-proxy', 'swift-account', 'swift-container', 'swift-object', 'python3-swift'],
    ],
  },
  {
    need: 'nginx',
    title: 'nginx',
    isInstalled: () => findServer('nginx') !== undefined,
    remedy: 'install nginx',
    packages: [['nginx']],
  },
  {
    need: 'prometheus',
    title: "promtool, Prometheus' own checker",
    isInstalled: () => findOnPath('promtool') !== undefined,
    remedy: 'install prometheus (Debian, Ubuntu), or put promtool on PATH',
    packages: [['prometheus']],
  },
  {
    need: 'ruby',
    title: 'Ruby',
    isInstalled: () => findOnPath('ruby') !== undefined,
    remedy: 'install ruby',
    packages: [['ruby']],
  },
  {
    need: 'wordpress',
    title: 'WordPress',
    isInstalled: isWordpressInstalled,
    remedy: wordpressRemedy,
    packages: wordpressPackages,
  },
];

export const missingTestServices = () => testServices.filter(({ isInstalled }) => !isInstalled());
