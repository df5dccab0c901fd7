import { versionPath } from './page-address.js';
import type { CheckImage } from './page-image-check.js';
import type { Page, PageCheck } from './page-record.js';

/** Fetches a page's images back through their public addresses, as every crawler would. */
export function createVerifyPage(deps: {
  /** Without a slash at its end. */
  publicUrl: string;
  checkImage: CheckImage;
  now?: () => Date;
}): (page: Page) => Promise<PageCheck> {
  return async function verifyPage({ key, images }) {
    const verdicts = await Promise.all(
      images.map(async ({ wanted }) => {
        const { widthPx, heightPx, size } = wanted;
        const url = deps.publicUrl + versionPath(key, wanted);
        const found = await deps.checkImage({ url, widthPx, heightPx });
        return found.map((verdict) => ({ ...verdict, size }));
      }),
    );
    return {
      at: (deps.now?.() ?? new Date()).toISOString(),
      imageIds: images.map(({ wanted }) => wanted.imageId),
      verdicts: verdicts.flat(),
    };
  };
}
