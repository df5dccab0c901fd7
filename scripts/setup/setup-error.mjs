/** Something that the person at the keyboard has to do; its message is one line and complete. */
export class SetupError extends Error {
  name = 'SetupError';
}

/**
 * Runs a script's main function; a `SetupError` ends the process with its line and no stack trace.
 * @param {() => Promise<void>} main
 */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`cardpress: ${error.message}`);
    process.exit(1);
  }
}
