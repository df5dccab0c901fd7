/** What was taken at once for a list, under a name by which the rest can be given back. */
export interface QuotaHold {
  id: string;
  /** Pictures of the list that had not to be drawn before this was taken: they are not given back. */
  notDrawn: number;
}

/** How many new pictures somebody may still have today. Whoever has none of these is not counted. */
export interface Quota {
  /** All of them or none. @throws AppError `quota_exceeded` that says how many are left */
  take(pictures: number, hold?: QuotaHold): Promise<void>;
  giveBack(pictures: number): Promise<void>;
}

/**
 * Does `work` with one picture taken from the quota, which is given back where the work fails or
 * nothing new came of it: so of two that ask at once for the last picture only one gets it.
 * @throws AppError `quota_exceeded` before the work is begun
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
    // What cannot be given back is no reason to refuse a picture that is there.
    if (!wasNew) await quota?.giveBack(1).catch(() => undefined);
  }
}
