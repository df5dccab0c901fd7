/** The first looks come fast; later ones leave the processor to what is waited for. */
const FIRST_INTERVAL_MS = 5;
const MAX_INTERVAL_MS = 50;
const GROWTH = 1.3;

/** Waits until `read` gives something other than undefined or false; throws after `timeoutMs`. */
export async function until<T>(
  read: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 5_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let intervalMs = FIRST_INTERVAL_MS;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error('the condition did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
    intervalMs = Math.min(MAX_INTERVAL_MS, intervalMs * GROWTH);
  }
}
