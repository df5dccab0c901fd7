import { AppError } from '../errors/app-error.js';
import type { FetchedResponse } from './guarded-fetch.js';

/** The host answered with an error that may pass: it is overloaded, or restarts. */
export class PassingAnswer extends AppError {}

/** @throws AppError `asset_not_found`, `asset_unreachable` for a response without an asset */
export function expectSuccess(response: Pick<FetchedResponse, 'url' | 'status'>): void {
  const { status } = response;
  if (status >= 200 && status < 300 && status !== 204) return;
  const { host } = new URL(response.url);
  if (status === 404 || status === 410) {
    throw new AppError('asset_not_found', {
      detail: `${host} has no picture at this address (${status}). Check the address.`,
    });
  }
  const isRefusal = status === 401 || status === 403;
  const mayPass = status >= 500 || status === 429 || status === 408 || status === 425;
  throw new (mayPass ? PassingAnswer : AppError)('asset_unreachable', {
    detail: isRefusal
      ? `${host} does not give out the picture (${status}). Make it public.`
      : `${host} answered ${status} instead of a picture. ${mayPass ? 'Ask again later' : 'Check the address'}.`,
    retryable: mayPass,
  });
}
