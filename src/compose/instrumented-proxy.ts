import type { AddressPolicy } from '../assets/address-policy.js';
import { AppError } from '../errors/app-error.js';

/** The same policy; reports each refusal before it is thrown on. */
export function instrumentProxy(policy: AddressPolicy, onRefused: () => void): AddressPolicy {
  function reportAndThrow(error: unknown): never {
    if (error instanceof AppError && error.code === 'asset_forbidden') onRefused();
    throw error;
  }

  return {
    checkUrl(url) {
      try {
        return policy.checkUrl(url);
      } catch (error) {
        return reportAndThrow(error);
      }
    },
    resolveAllowed: (hostname, port) => policy.resolveAllowed(hostname, port).catch(reportAndThrow),
  };
}
