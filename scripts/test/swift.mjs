import { ask, findOnPath } from '../setup/find-executable.mjs';

const servers = [
  'swift-proxy-server',
  'swift-account-server',
  'swift-container-server',
  'swift-object-server',
  'swift-ring-builder',
];

/** The packages' own interpreter: another `python3` on PATH would not find their modules. */
const python = '/usr/bin/python3';

/** Whether OpenStack Swift is here, the S3 protocol server that the tests run against. */
export function isSwiftInstalled() {
  return servers.every((name) => findOnPath(name)) && ask(python, ['-c', 'import swift']) === '';
}

export const swiftRemedy =
  'install swift-proxy swift-account swift-container swift-object python3-swift (Debian, Ubuntu), ' +
  'or run the tests in a Debian container';
