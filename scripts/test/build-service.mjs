import { ensureBuild } from '../clone/build.mjs';

/** The tests of commands and of separate processes run the compiled program. */
export default async function buildService() {
  await ensureBuild('service');
}
