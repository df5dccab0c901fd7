const INTERVAL_MS = 5;

/** Waits until `read` gives something other than undefined or false; throws after `timeoutMs`. */
export async function until<T>(
  read: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 5_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error('the condition did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
