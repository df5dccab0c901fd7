import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

const { createContext } = vm;

/**
 * Jest's environment makes its realm with a proxy for the global object, through which every look-up
 * of a global goes: `Math.abs` in a loop takes seventy times as long as in the service. Here the
 * realm is an ordinary one. The proxy only deletes at the end what tests have set; the realm itself
 * is dropped then.
 */
export default class PlainEnvironment extends TestEnvironment {
  /** @param {ConstructorParameters<typeof TestEnvironment>} given */
  constructor(...given) {
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...given);
    } finally {
      vm.createContext = createContext;
    }
  }
}
