/**
 * Processor time that this process has used. For bounds on work that is done at once: on a busy
 * machine the clock counts what others do.
 */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
