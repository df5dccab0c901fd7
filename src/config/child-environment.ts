/**
 * What a process that is not ours, or handles foreign bytes, needs of our environment: where programs, libraries,
 * fonts and temporary files are, and how text is written here. Nothing else is its business, least
 * of all secrets, which stand in the environment of the service.
 */
const PASSED =
  /^(PATH|HOME|USER|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|LD_LIBRARY_PATH|FONTCONFIG_[A-Z]+|XDG_[A-Z_]+|DBUS_SESSION_BUS_ADDRESS|CHROME_DEVEL_SANDBOX|CHROMIUM_FLAGS)$/;

/** The part of an environment that such a process is given. */
export function childEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && PASSED.test(name) ? [[name, value]] : [],
    ),
  );
}
