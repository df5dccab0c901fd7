import { CARDS_FOLDER, cardData, loadCard } from '../cards/card.js';
import { median } from '../measure/statistics.js';
import { askImage } from '../service/ask-images.js';
import { type ProgramOptions, startProgram } from '../service/start-program.js';

export interface FirstPicture {
  /** `npm start`, which looks at modules, browser, Redis and build first; or the service alone. */
  command: 'npm start' | 'service';
  /** From the start of the process to its first `ready`. */
  readyMs: number;
  /** From the start of the process to the first picture. */
  pictureMs: number;
  /** The second picture of the same card, which finds its shell. */
  secondMs: number;
}

async function measureOnce(program: ProgramOptions['program']) {
  const card = await loadCard('plain');
  const request = (index: number) => ({
    template: card.id,
    data: cardData(card, index),
    output: { format: 'jpeg' },
  });
  const startedAt = performance.now();
  const service = await startProgram({
    ...(program ? { program } : {}),
    env: { TEMPLATES_DIR: CARDS_FOLDER },
  });
  try {
    await askImage(service, request(1));
    const firstAt = performance.now();
    await askImage(service, request(2));
    return {
      readyMs: service.readyMs,
      pictureMs: firstAt - startedAt,
      secondMs: performance.now() - firstAt,
    };
  } finally {
    await service.stop();
  }
}

const programOf = { 'npm start': 'npm-start', service: 'service' } as const;

/** Each time with empty folders; the files of program and browser are in the page cache. */
export async function measureFirstPicture(rounds: number): Promise<FirstPicture[]> {
  const results: FirstPicture[] = [];
  for (const command of ['npm start', 'service'] as const) {
    const program = programOf[command];
    // The first may have to build.
    await measureOnce(program);
    const times: Awaited<ReturnType<typeof measureOnce>>[] = [];
    for (let round = 0; round < rounds; round += 1) times.push(await measureOnce(program));
    const of = (what: 'readyMs' | 'pictureMs' | 'secondMs') =>
      Math.round(median(times.map((time) => time[what])));
    const [readyMs, pictureMs, secondMs] = [of('readyMs'), of('pictureMs'), of('secondMs')];
    results.push({ command, readyMs, pictureMs, secondMs });
  }
  return results;
}
