import { TestEnvironment } from 'jest-environment-node';

/**
 * Of tests that run against real services. One whose service is not installed is skipped, with one
 * line that says what installs it; in CI, where nothing may be left out in silence, it fails with it.
 */
export default class ServiceEnvironment extends TestEnvironment {
  /** @type {Set<string>} */
  #missing = new Set();

  /** @param {any} event @param {any} state */
  handleTestEvent(event, state) {
    if (process.env.CI) return;
    if (event.name === 'hook_failure' || event.name === 'test_fn_failure') {
      const { error } = event;
      if (error?.name === 'MissingServiceError') this.#note(error.message);
      // What was not started cannot be stopped either.
      if (this.#missing.size > 0 && event.hook?.type === 'afterAll') state.unhandledErrors.pop();
    }
    if (event.name === 'test_done' && this.#missing.size > 0) {
      const { test } = event;
      if (!test.errors.some(isOfMissingService)) return;
      test.errors = [];
      test.status = 'skip';
    }
  }

  /** @param {string} line */
  #note(line) {
    if (this.#missing.has(line)) return;
    this.#missing.add(line);
    process.stderr.write(`skipped: ${line}\n`);
  }
}

/** An error of a test is a pair with the place that it was thrown from. @param {any} one */
const isOfMissingService = (one) =>
  (Array.isArray(one) ? one[0] : one)?.name === 'MissingServiceError';
