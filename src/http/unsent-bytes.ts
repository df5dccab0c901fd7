import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { lastWord, parseAddress } from '../lib/ip-address.js';
import { withoutZone } from '../lib/without-zone.js';

/*
 * A kernel takes megabytes for a reader on the same machine, and asks for more when a third of that
 * has left: seen from Node, a slow reader stands still for a minute and then takes a megabyte. What
 * has really left is known on Linux alone: `tx_queue` of /proc/net/tcp, bytes that were not
 * acknowledged (https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt).
 */

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** `sl local_address rem_address st tx_queue:rx_queue`, all hexadecimal, addresses byte by byte reversed. */
const ROW =
  /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]*([0-9A-F]{8}):([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):/gm;

/** The last 32 bits, which with both ports are enough to tell connections apart; reversed as there. */
function lastWordOf(address: string): string | undefined {
  const parsed = parseAddress(withoutZone(address));
  return parsed && Buffer.from(lastWord(parsed).octets).reverse().toString('hex');
}

const port = (number: number) => number.toString(16).padStart(4, '0');

/** A function that tells how much of what was written to a socket its reader has not confirmed. */
export async function readUnsentBytes(): Promise<(socket: Socket) => number | undefined> {
  const unsent = new Map<string, number>();
  for (const table of TABLES) {
    const text = await readFile(table, 'latin1').catch(() => '');
    for (const [, local = '', word = '', remote = '', queued = '0'] of text.matchAll(ROW)) {
      unsent.set(`${local} ${word} ${remote}`.toLowerCase(), Number.parseInt(queued, 16));
    }
  }
  return ({ localPort, remoteAddress, remotePort }) => {
    if (localPort === undefined || remoteAddress === undefined || remotePort === undefined) return;
    return unsent.get(`${port(localPort)} ${lastWordOf(remoteAddress)} ${port(remotePort)}`);
  };
}
