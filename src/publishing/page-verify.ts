import { versionPath } from './page-address.js';
import type { CheckPicture } from './page-picture-check.js';
import type { Page, PageCheck } from './page-record.js';

/** Fetches a page's pictures back through their public addresses, as every crawler would. */
export function createVerifyPage(deps: {
  /** Without a slash at its end. */
  publicUrl: string;
  checkPicture: CheckPicture;
  now?: () => Date;
}): (page: Page) => Promise<PageCheck> {
  return async function verifyPage({ key, slots }) {
    const verdicts = await Promise.all(
      slots.map(async ({ wanted }) => {
        const { widthPx, heightPx, size } = wanted;
        const url = deps.publicUrl + versionPath(key, wanted);
        const found = await deps.checkPicture({ url, widthPx, heightPx });
        return found.map((verdict) => ({ ...verdict, size }));
      }),
    );
    return {
      at: (deps.now?.() ?? new Date()).toISOString(),
      imageIds: slots.map(({ wanted }) => wanted.imageId),
      verdicts: verdicts.flat(),
    };
  };
}
