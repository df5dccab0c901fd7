import sharp from 'sharp';
import { colourFields, showsColoursOf } from '../soak/colour-code.js';
import { type Ask, pause } from '../soak/http-client.js';
import type { AssetServer } from './asset-server.js';
import type { Probe } from './fuzz-run.js';

const INTERVAL_MS = 1_000;
const WAIT_S = 30;

/** An honest caller: a card with a picture of its own, again and again. */
export function createProber(options: { ask: Ask; pictures: AssetServer; name: string }) {
  const { ask, pictures, name } = options;
  const startedAt = performance.now();
  let count = 0;

  async function faultOf(text: string, url: string): Promise<string> {
    const data = { ...colourFields(text), photo: url };
    const { status, json } = await ask('/v1/images', {
      body: { template: 'colour-code', data, wait: WAIT_S },
    });
    if (json.status !== 'completed') return `${status} ${json.status ?? json.code}`;
    if (json.warnings?.length) {
      return json.warnings.map(({ code, message }) => `${code} (${message})`).join(', ');
    }
    const picture = await ask(json.url ?? '');
    return (await showsColoursOf(text, picture.bytes)) ? '' : 'another picture than asked for';
  }

  async function probe(): Promise<Probe> {
    count += 1;
    const text = `${name} ${count}`;
    const background = { r: count & 255, g: (count >> 8) & 255, b: 77 };
    const file = await sharp({ create: { width: 80, height: 80, channels: 3, background } })
      .png()
      .toBuffer();
    const offer = pictures.offer(`/honest/${encodeURIComponent(text)}`, file);
    const began = performance.now();
    const fault = await faultOf(text, offer.url).catch((error: Error) => error.message);
    offer.withdraw();
    return { seconds: (began - startedAt) / 1000, ms: performance.now() - began, fault };
  }

  return {
    /** So many, one after another. */
    async some(times: number): Promise<Probe[]> {
      const probes: Probe[] = [];
      for (let i = 0; i < times; i += 1) probes.push(await probe());
      return probes;
    },
    /** One each second, whether or not the last has come back, until `isOver`. */
    async keepOn(isOver: () => boolean): Promise<Probe[]> {
      const under: Promise<Probe>[] = [];
      while (!isOver()) {
        under.push(probe());
        await pause(INTERVAL_MS);
      }
      return Promise.all(under);
    },
  };
}
