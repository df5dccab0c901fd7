/**
 * The image's health check: exit code 0 when the process in this container answers 200.
 * `HEALTHCHECK_URL` names the address; without it, the API's and the worker's are tried.
 */
const TIMEOUT_MS = 4_000;

const { HEALTHCHECK_URL, PORT = '3000', HEALTH_PORT = '3001' } = process.env;
const addresses = HEALTHCHECK_URL
  ? [HEALTHCHECK_URL]
  : [PORT, HEALTH_PORT].map((port) => `http://127.0.0.1:${port}/healthz`);

const answers = await Promise.all(
  addresses.map(async (address) => {
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      return { ok: response.ok, said: `${address} ${response.status} ${await response.text()}` };
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      return { ok: false, said: `${address} ${cause}` };
    }
  }),
);

// What is printed shows up in `docker inspect`, next to the state.
for (const { said } of answers) console.log(said.slice(0, 500));
process.exit(answers.some(({ ok }) => ok) ? 0 : 1);
