/** Words of Handlebars and of JavaScript objects: as the name of a field they would mean another thing. */
const RESERVED = new Set([
  'this',
  'true',
  'false',
  'null',
  'undefined',
  'else',
  'constructor',
  'prototype',
]);

export function isReservedName(name: string): boolean {
  return RESERVED.has(name);
}
