/** One reading of the service under load. Bytes of processes are PSS. */
export interface Sample {
  /** Since the load began. */
  seconds: number;
  /** Pictures that the browser has drawn so far. */
  renders: number;
  /** The service itself, and the child in which it draws SVG while there is one. */
  nodeBytes: number;
  /** Of the service right after a collection; absent where there was none. */
  heapBytes?: number;
  /** Outside the heap, likewise. */
  bufferBytes?: number;
  /** No page that does harm was drawn at this time, nor shortly before. */
  isCalm: boolean;
  /** Every browser with all its helpers. */
  chromiumBytes: number;
  chromiumProcesses: number;
  /** Process ids of the browsers themselves. */
  browsers: number[];
  redisBytes: number;
  /** Open files of the service. */
  fileDescriptors: number;
  /** Process ids below the service that have ended and that nobody has looked after. */
  zombies: number[];
  /** In the folder for temporary files, down to the profiles of browsers. */
  temporaryFiles: string[];
}

/** What became of everything that was asked. */
export interface Tally {
  /** By kind; `wrong` tells the first few. */
  good: Record<string, { asked: number; right: number }>;
  hostile: Record<string, { asked: number; right: number; outcomes: Record<string, number> }>;
  wrong: string[];
  /** Of single good pictures, when it was asked and how long it took. */
  latencies: { seconds: number; ms: number }[];
  /** Connections to an address that nothing may dial. */
  trapConnections: number;
}

/** What is left once nothing is asked any more. */
export interface Aftermath {
  /** Jobs that the queues still hold while nobody asks, of those that are not kept for a look. */
  unfinishedJobs: number;
  zombies: number[];
  /** Below the folder for temporary files, after the service has ended. */
  leftoverFiles: string[];
  /** Processes that the service started and that outlive it. */
  leftoverProcesses: number;
  exitCode: number | null;
}

/** Milliseconds between two turns of the event loop; the 10 that were meant to be count. */
export interface LoopDelay {
  p50: number;
  p99: number;
  max: number;
  /** Without the time in which the thread was ready and the processors were with others. */
  ownP99: number;
  ownMax: number;
}

export interface SoakRun {
  samples: Sample[];
  tally: Tally;
  /** Over the whole run. */
  loopDelayMs: LoopDelay;
  aftermath: Aftermath;
}
