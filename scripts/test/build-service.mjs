import { ensureBuild } from '../clone/build.mjs';

/** @type {Promise<void> | undefined} */
let building;

/**
 * The tests of commands and of separate processes run the compiled program. Each project of Jest that
 * has something to run calls this.
 */
export default function buildService() {
  building ??= ensureBuild('service');
  return building;
}
