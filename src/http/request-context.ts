import type { ErrorCode } from '../errors/catalogue.js';
import type { Quota } from '../images/quota.js';
import type { Client } from './client-of.js';

declare global {
  namespace Express {
    /** What one request gathers on its way, for its answer, the access log and the metrics. */
    interface Locals {
      requestId: string;
      /** The client for which it is counted. */
      client?: Client;
      /** `performance.now()` at arrival. */
      startedAtMs: number;
      /** The pattern that matched, such as `/v1/images/{id}`. */
      route?: string;
      quiet?: boolean;
      keyId?: string;
      /** Of the key. */
      scopes?: string[];
      /** Of the key, where it has one: to be handed to whatever makes new pictures. */
      quota?: Quota | undefined;
      errorCode?: ErrorCode;
    }
  }
}
