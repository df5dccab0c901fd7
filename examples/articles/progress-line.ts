const EVERY_MS = 500;
/** Where nobody watches (a log, a CI run), a line now and then is enough. */
const EVERY_LOGGED_MS = 10_000;

const clock = (seconds: number) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

/** `412 of 1,049 · 14.2/s · 0:45 left · 3 retries`, redrawn in place on a terminal. */
export function createProgressLine(total: number, stream: NodeJS.WriteStream = process.stderr) {
  const startedAt = performance.now();
  let done = 0;
  let retries = 0;
  let shownAt = 0;

  function show(): void {
    const seconds = (performance.now() - startedAt) / 1000;
    const rate = done / seconds;
    const left = rate > 0 ? clock((total - done) / rate) : '–';
    const line = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} · ${rate.toFixed(1)}/s · ${left} left · ${retries} retries`;
    stream.write(stream.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    shownAt = performance.now();
  }

  return {
    advance(): void {
      done += 1;
      const due = shownAt + (stream.isTTY ? EVERY_MS : EVERY_LOGGED_MS);
      if (performance.now() >= due) show();
    },
    countRetry(): void {
      retries += 1;
    },
    retries: () => retries,
    end(): void {
      show();
      if (stream.isTTY) stream.write('\n');
    },
  };
}
