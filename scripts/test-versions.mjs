/**
 * `node scripts/test-versions.mjs [22] [24] [-- jest arguments]`: the unit tests, or what the arguments
 * name, on other versions of Node.
 */
import { spawnSync } from 'node:child_process';
import { OTHER_NODES, otherNode } from './clone/other-node.mjs';
import { projectRoot } from './setup/project-root.mjs';
import { runMain, SetupError } from './setup/setup-error.mjs';

await runMain(async () => {
  const given = process.argv.slice(2);
  const end = given.includes('--') ? given.indexOf('--') : given.length;
  const wanted = given.slice(0, end);
  const jest = given.slice(end + 1);
  const majors = /** @type {(keyof OTHER_NODES)[]} */ (
    /** @type {unknown} */ (Object.keys(OTHER_NODES))
  ).filter((major) => wanted.length === 0 || wanted.includes(String(major)));
  if (majors.length === 0) throw new SetupError(`there is no "${wanted.join(' ')}": 22 or 24`);
  const args = jest.length > 0 ? jest : ['--selectProjects', 'unit', '--maxWorkers=100%'];
  for (const major of majors) {
    const node = await otherNode(major);
    console.log(`\nNode ${OTHER_NODES[major]}`);
    const { status } = spawnSync(node, ['node_modules/jest/bin/jest.js', ...args], {
      cwd: projectRoot,
      stdio: 'inherit',
    });
    if (status !== 0) throw new SetupError(`the tests fail on Node ${OTHER_NODES[major]}.`);
  }
});
