import { AppError } from '../errors/app-error.js';

interface Flight<T> {
  result: Promise<T>;
  controller: AbortController;
  askers: number;
}

export interface SharedFlights<T> {
  /** @throws AppError `cancelled` where `signal` ends this asker's wait */
  join(key: string, start: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>;
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

  function take(key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const present = flights.get(key);
    if (present) return present;
    const controller = new AbortController();
    const flight: Flight<T> = { result: start(controller.signal), controller, askers: 0 };
    flights.set(key, flight);
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.result.then(land, land);
    return flight;
  }

  return {
    async join(key, start, signal) {
      if (signal?.aborted) throw cancelled();
      const flight = take(key, start);
      flight.askers += 1;
      if (!signal) return flight.result;
      let leave = (): void => undefined;
      const left = new Promise<never>((_, reject) => {
        leave = () => {
          flight.askers -= 1;
          if (flight.askers === 0) {
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
