import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

interface NetLogEvent {
  type: number;
  params?: { address?: string; host?: string };
}

export interface Contacts {
  /** `address:port` of every TCP connection that was tried. */
  dialled: Set<string>;
  /** `address:port` of every peer that was sent a packet. */
  packetsTo: Set<string>;
  /** Names that were looked up with the system or a name server. */
  lookedUp: Set<string>;
}

/**
 * What Chromium itself says it did with the network, also where nobody listens: the events that
 * `--log-net-log` writes (https://www.chromium.org/developers/design-documents/network-stack/netlog/),
 * one a line after a line of constants. To be read once the browser is closed.
 */
export async function readNetLog(path: string): Promise<Contacts> {
  const contacts: Contacts = { dialled: new Set(), packetsTo: new Set(), lookedUp: new Set() };
  const kinds = new Map<number, (params: NetLogEvent['params']) => unknown>();
  const note = (set: Set<string>, text: string | undefined) => text !== undefined && set.add(text);

  function learn(line: string): void {
    const { constants } = JSON.parse(`${line.replace(/,$/, '')}}`) as {
      constants: { logEventTypes: Record<string, number> };
    };
    const typeOf = (name: string): number => {
      const type = constants.logEventTypes[name];
      if (type === undefined) throw new Error(`This Chromium has no event "${name}".`);
      return type;
    };
    kinds.set(typeOf('TCP_CONNECT_ATTEMPT'), (params) => note(contacts.dialled, params?.address));
    kinds.set(typeOf('UDP_BYTES_SENT'), (params) => note(contacts.packetsTo, params?.address));
    for (const name of ['HOST_RESOLVER_SYSTEM_TASK', 'HOST_RESOLVER_DNS_TASK']) {
      kinds.set(typeOf(name), (params) => note(contacts.lookedUp, params?.host));
    }
  }

  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line.startsWith('{"constants"')) learn(line);
    else if (line.startsWith('{') && line.includes('"params"')) {
      const { type, params } = JSON.parse(line.replace(/]?,?$/, '')) as NetLogEvent;
      kinds.get(type)?.(params);
    }
  }
  if (kinds.size === 0) throw new Error('The log of the network has no constants.');
  return contacts;
}
