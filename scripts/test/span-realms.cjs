const { types } = require('node:util');

/**
 * Each file of tests runs in a realm of its own, with an `Error` of its own; Node's modules and the
 * packages are of another one, so that `instanceof` would tell between them, as it never does in the
 * service.
 */

/** @param {string} name @returns {(value: unknown) => boolean} */
const isErrorNamed = (name) => (value) => {
  if (!types.isNativeError(value)) return false;
  for (let one = Object.getPrototypeOf(value); one; one = Object.getPrototypeOf(one)) {
    if (one.constructor?.name === name) return true;
  }
  return false;
};

const ERRORS = [
  'AggregateError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
];

/** @type {[string, (value: unknown) => boolean][]} */
const KINDS = [
  ['Array', Array.isArray],
  ['Date', types.isDate],
  ['Error', types.isNativeError],
  ['Map', types.isMap],
  ['Promise', types.isPromise],
  ['RegExp', types.isRegExp],
  ['Set', types.isSet],
  ...ERRORS.map((name) => /** @type {const} */ ([name, isErrorNamed(name)])),
];

const isOrdinaryInstance = Function.prototype[Symbol.hasInstance];

/** Has `instanceof` know the objects of every realm. @param {any} realm a global object */
function spanRealms(realm) {
  for (const [name, isOfKind] of KINDS) {
    const kind = realm[name];
    Object.defineProperty(kind, Symbol.hasInstance, {
      configurable: true,
      // A class made of one inherits this, and stays what it is.
      value(/** @type {unknown} */ value) {
        return this === kind ? isOfKind(value) : isOrdinaryInstance.call(this, value);
      },
    });
  }
}

module.exports = { spanRealms };
