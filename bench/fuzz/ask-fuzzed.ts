import { colourFields } from '../soak/colour-code.js';
import { type Answer, type Ask, isSettledImage, settled } from '../soak/http-client.js';
import type { AssetServer } from './asset-server.js';
import { createDice } from './dice.js';
import type { FuzzInput } from './input.js';

/** Longer ones are told by address: the API bounds the bytes of a request. */
const MAX_DATA_BYTES = 60_000;
const SHARE_OF_DATA = 0.3;
const WAIT_S = 30;

/** Two fields of the templates of the tests: one crops its picture, one does not. */
const CARDS = [
  { template: 'colour-code', field: 'photo', data: colourFields },
  { template: 'note', field: 'logo', data: (text: string) => ({ title: text }) },
] as const;

/** What an answer tells, with the warnings that say what became of the picture. */
function outcomeOf({ status, json }: Answer): string {
  if (json.status === 'completed') {
    const codes = [...new Set(json.warnings?.map(({ code }) => code))].sort();
    return ['completed', ...codes].join(' ');
  }
  if (json.status === 'failed') return `failed ${json.error?.code}`;
  return json.code ? `${status} ${json.code}` : String(status);
}

export const isAllowed = (outcome: string): boolean =>
  /^(completed\b.*|4(13|22) \w+|failed asset_\w+)$/.test(outcome);

/** Asks for a card with this file as its picture, until the card has come to its end. */
export async function askFuzzed(
  { ask, pictures }: { ask: Ask; pictures: AssetServer },
  input: FuzzInput,
  { seed, place }: { seed: number; place: number },
): Promise<string> {
  const dice = createDice(~seed, place);
  const { template, field, data } = dice.pick(CARDS);
  const offer = pictures.offer(`/fuzzed/${seed}/${place}`, input.bytes);
  const isData = input.bytes.length <= MAX_DATA_BYTES && dice.chance(SHARE_OF_DATA);
  const url = isData ? `data:image/png;base64,${input.bytes.toString('base64')}` : offer.url;
  try {
    const body = { template, data: { ...data(`${seed} ${place}`), [field]: url }, wait: WAIT_S };
    const answer = await ask('/v1/images', { body });
    if (answer.status !== 202) return outcomeOf(answer);
    return outcomeOf(await settled(ask, `/v1/images/${answer.json.id}`, isSettledImage));
  } catch (error) {
    return `no answer: ${(error as Error).message}`;
  } finally {
    offer.withdraw();
  }
}
