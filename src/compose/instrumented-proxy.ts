import type { AddressPolicy } from '../assets/address-policy.js';
import { AppError } from '../errors/app-error.js';

/** The same policy; each refusal is told before it is thrown on. */
export function instrumentProxy(policy: AddressPolicy, onRefused: () => void): AddressPolicy {
  function tell(error: unknown): never {
    if (error instanceof AppError && error.code === 'asset_forbidden') onRefused();
    throw error;
  }

  return {
    checkUrl(url) {
      try {
        return policy.checkUrl(url);
      } catch (error) {
        return tell(error);
      }
    },
    resolveAllowed: (hostname, port) => policy.resolveAllowed(hostname, port).catch(tell),
  };
}
