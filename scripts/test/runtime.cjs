/** What `runtime` of jest.config.mjs takes; CommonJS, because Jest loads it by `require`. */
const { sep } = require('node:path');
const { default: Runtime } = require('jest-runtime');
const { spanRealms } = require('./span-realms.cjs');

const PACKAGES = `${sep}node_modules${sep}`;
/** They read `process.env`, of which each file of tests has a copy, to change as it likes. */
const READ_ENVIRONMENT = ['@aws-sdk', 'undici'].map((name) => PACKAGES + name + sep);

/** @param {string | undefined} path */
const isLoadedOnce = (path) =>
  path?.includes(PACKAGES) && !READ_ENVIRONMENT.some((folder) => path.includes(folder));

spanRealms(globalThis);

/**
 * Jest loads every module anew for every file of tests. For the service's packages that is two
 * seconds of processor time a file, most of it Playwright's; nothing here replaces a module, so Node
 * itself loads packages, once a worker. What is ours stays as Jest has it.
 */
module.exports = class PackagesOnceRuntime extends Runtime {
  /** @param {ConstructorParameters<typeof Runtime>} args */
  constructor(...args) {
    super(...args);
    spanRealms(args[1].global);
    const { cjsExportsCache } = this;
    const exportsOf = cjsExportsCache.getExportsOf.bind(cjsExportsCache);
    // Jest would parse the source of each package for the names of its exports.
    cjsExportsCache.getExportsOf = (from, path) =>
      isLoadedOnce(path) ? new Set(Object.keys(require(path))) : exportsOf(from, path);
  }

  requireModule(from, moduleName, options, isRequireActual) {
    const isJestsOwn = options?.isInternalModule;
    if (isLoadedOnce(moduleName) && !isJestsOwn) return require(moduleName);
    return super.requireModule(from, moduleName, options, isRequireActual);
  }
};
