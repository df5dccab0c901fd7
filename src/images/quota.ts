/** Names what is counted at once for a run of a batch, so that what it does not use is given back. */
export interface QuotaHold {
  id: string;
  /**
   * Images of the batch that were not drawn in earlier runs. They were given back then, so this hold
   * does not give them back again.
   */
  notDrawn: number;
}

/** The daily quota of new images of a key. A caller without a quota is not counted. */
export interface Quota {
  /** Counts all images or none. @throws AppError `quota_exceeded` with the remaining number */
  take(images: number, hold?: QuotaHold): Promise<void>;
  giveBack(images: number): Promise<void>;
}

/**
 * Runs `work` with one image counted in the quota. It is given back if the work fails or nothing
 * new was drawn: so of two concurrent requests for the last image only one gets it.
 * @throws AppError `quota_exceeded` before the work begins
 */
export async function countNew<T>(
  quota: Quota | undefined,
  work: () => Promise<T>,
  isNew: (outcome: T) => boolean,
): Promise<T> {
  await quota?.take(1);
  let wasNew = false;
  try {
    const outcome = await work();
    wasNew = isNew(outcome);
    return outcome;
  } finally {
    // Failing to give it back is no reason to fail the request.
    if (!wasNew) await quota?.giveBack(1).catch(() => undefined);
  }
}
