import type { FuzzInput } from './input.js';

export const ROLES = ['service', 'decoder', 'chromium', 'redis'] as const;
export type Role = (typeof ROLES)[number];

/** What one process takes at one moment, in bytes. */
export interface ProcessReading {
  pid: number;
  role: Role;
  /** Resident now, what is shared with others included. */
  residentBytes: number;
  /** The most that was ever resident: nothing between two readings is missed. */
  peakBytes: number;
  /** Its own memory: neither files nor what it shares. */
  ownBytes: number;
}

export interface Reading {
  seconds: number;
  /** Inputs that have ended by then. */
  ended: number;
  processes: ProcessReading[];
}

/** How one input ended. */
export interface Ending {
  place: number;
  kind: string;
  outcome: string;
  ms: number;
}

/** One card of an honest caller beside it all. */
export interface Probe {
  seconds: number;
  ms: number;
  /** Empty where the card came, without a warning and with its own content. */
  fault: string;
}

/** An input to look at again, and why. */
export interface Suspect {
  place: number;
  why: string;
  input: FuzzInput;
}

export interface FuzzRun {
  endings: Ending[];
  idleProbes: Probe[];
  probes: Probe[];
  readings: Reading[];
  suspects: Suspect[];
  /** Why it was broken off; empty where it ran to its end. */
  brokenOff: string;
  /** Replaced browsers by reason, as the service counts them. */
  browserRestarts: Record<string, number>;
}
