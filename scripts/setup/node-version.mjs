/** The oldest Node that the code is compiled for; package.json's "engines" says the same to npm. */
const MINIMUM_NODE = '20.19.0';

/**
 * Whether version `a` is at least `b`; both dotted numbers, missing parts count as 0.
 * @param {string} a
 * @param {string} b
 */
export function isAtLeast(a, b) {
  const left = a.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const right = b.split('.').map((part) => Number.parseInt(part, 10) || 0);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** @returns {string | undefined} one line that says what to do, when this Node is too old */
export function nodeVersionProblem(version = process.versions.node) {
  if (isAtLeast(version, MINIMUM_NODE)) return undefined;
  return `Cardpress needs Node ${MINIMUM_NODE} or newer; this is ${version}. Get it at https://nodejs.org/.`;
}
