import { AppError } from '../errors/app-error.js';

/** Who asks for the same thing, each with the number of times. */
export type Callers = ReadonlyMap<string, number>;

type Start<T> = (signal: AbortSignal, callers: Callers) => Promise<T>;

interface Flight<T> {
  result: Promise<T>;
  controller: AbortController;
  askers: Map<string, number>;
}

export interface SharedFlights<T> {
  /** @throws AppError `cancelled` where `signal` ends this asker's wait */
  join(key: string, asker: string, start: Start<T>, signal?: AbortSignal): Promise<T>;
  /** Aborts whatever is under way. */
  abortAll(): void;
}

function cancelled(): AppError {
  return new AppError('cancelled', {
    detail: 'The job was cancelled while a picture was fetched.',
  });
}

/**
 * Runs a piece of work once for all who ask for the same key at the same time. It is aborted only
 * when the last of them has gone: one cancelled job must not fail its neighbours.
 */
export function createSharedFlights<T>(): SharedFlights<T> {
  const flights = new Map<string, Flight<T>>();

  function joinOrStart(key: string, asker: string, start: Start<T>): Flight<T> {
    const present = flights.get(key);
    if (present) {
      present.askers.set(asker, (present.askers.get(asker) ?? 0) + 1);
      return present;
    }
    const controller = new AbortController();
    const askers = new Map([[asker, 1]]);
    const result = start(controller.signal, askers);
    const flight: Flight<T> = { result, controller, askers };
    flights.set(key, flight);
    const onEnd = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.result.then(onEnd, onEnd);
    return flight;
  }

  function removeCaller(flight: Flight<T>, asker: string): void {
    const times = flight.askers.get(asker) ?? 0;
    if (times > 1) flight.askers.set(asker, times - 1);
    else flight.askers.delete(asker);
  }

  return {
    async join(key, asker, start, signal) {
      if (signal?.aborted) throw cancelled();
      const flight = joinOrStart(key, asker, start);
      if (!signal) return flight.result;
      let leave = (): void => undefined;
      const left = new Promise<never>((_, reject) => {
        leave = () => {
          removeCaller(flight, asker);
          if (flight.askers.size === 0) {
            // Whoever asks from now on starts afresh.
            if (flights.get(key) === flight) flights.delete(key);
            flight.controller.abort();
          }
          reject(cancelled());
        };
      });
      signal.addEventListener('abort', leave, { once: true });
      try {
        return await Promise.race([flight.result, left]);
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
    abortAll() {
      for (const { controller } of flights.values()) controller.abort();
      flights.clear();
    },
  };
}
