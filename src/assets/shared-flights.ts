import { AppError } from '../errors/app-error.js';

/** The callers that wait for one result, each with its number of requests. */
export type Callers = ReadonlyMap<string, number>;

type Start<T> = (signal: AbortSignal, callers: Callers) => Promise<T>;

interface Flight<T> {
  result: Promise<T>;
  controller: AbortController;
  askers: Map<string, number>;
}

export interface SharedFlights<T> {
  /** @throws AppError `cancelled` if `signal` ends this caller's wait */
  join(key: string, asker: string, start: Start<T>, signal?: AbortSignal): Promise<T>;
  /** Aborts everything in flight. */
  abortAll(): void;
}

function cancelled(): AppError {
  return new AppError('cancelled', {
    detail: 'The job was cancelled while a picture was fetched.',
  });
}

/**
 * Runs work once for all concurrent requests with the same key. It is aborted only when the last
 * requester has cancelled: one cancelled job must not fail the others.
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
            // A later request starts again.
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
