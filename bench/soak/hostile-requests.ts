import { hostileCalls } from './hostile-calls.js';
import type { HostileKind } from './hostile-kind.js';
import { hostilePictures } from './hostile-pictures.js';

/** Weights are shares of hostile requests. */
export const hostileKinds: HostileKind[] = [...hostilePictures, ...hostileCalls];
