import { ensureVmModules } from './scripts/test/with-vm-modules.mjs';

ensureVmModules();

const shared = {
  testEnvironment: '<rootDir>/scripts/test/plain-environment.mjs',
  // Packages are loaded once a worker, what is ours once a file.
  runtime: '<rootDir>/scripts/test/runtime.cjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: {
    // Its files of CommonJS: what is an ES module Jest loads itself, for every file anew.
    '^zod$': '<rootDir>/node_modules/zod/index.cjs',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};

/** Node modules are all that it needs. */
const unit = {
  ...shared,
  displayName: 'unit',
  testMatch: ['<rootDir>/test/unit/**/*.test.ts', '<rootDir>/test/architecture.test.ts'],
};

/** Against real services; each test names what is missing, and what installs it. */
const withServices = (name) => ({
  ...shared,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: '<rootDir>/scripts/test/service-environment.mjs',
  globalSetup: '<rootDir>/scripts/test/build-service.mjs',
});

export default {
  projects: [unit, ...['contract', 'integration', 'golden', 'faults'].map(withServices)],
  coverageProvider: 'v8',
  testTimeout: 60_000,
  // The modules of each suite stay in memory; beyond this, collecting them costs more than a new worker.
  workerIdleMemoryLimit: '1GB',
};
