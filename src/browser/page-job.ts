import type { MeasureBody } from '../images/check-ports.js';
import type { RenderInput, RenderOutput } from '../images/ports.js';
import type { InternalOrigin } from './internal-origin.js';
import type { ShownAsset } from './page/background.js';
import type { PageJob } from './page/page-api.js';

/**
 * Serves the assets of a body to browser pages until `release` is called, and writes the body's HTML
 * with their addresses.
 */
export function preparePageJob(
  origin: Pick<InternalOrigin, 'serveAsset'>,
  { lang, assets, body }: MeasureBody,
  nonce: string,
): { page: PageJob; release(): void } {
  const prepared = [...assets].map(([field, asset]) => ({ field, ...origin.serveAsset(asset) }));
  const release = () => {
    for (const one of prepared) one.release();
  };
  try {
    const html = body(new Map(prepared.map(({ field, address }) => [field, address])));
    const addresses = prepared.map(({ address }) => address);
    return {
      page: { nonce, ...(lang === undefined ? {} : { lang }), html, assets: addresses },
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** The page program reports assets by their index in the job's list. */
export function assetBoxesOf(
  assets: RenderInput['assets'],
  shownAssets: readonly ShownAsset[],
): RenderOutput['assetBoxes'] {
  const fields = [...assets.keys()];
  return shownAssets.flatMap(({ index, ...box }) => {
    const field = fields[index];
    return field === undefined ? [] : [{ field, ...box }];
  });
}
