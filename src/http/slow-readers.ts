import type { Socket } from 'node:net';

/*
 * An answer must make progress. nginx gives a reader 60 s between two writes (send_timeout, default
 * 60s: https://nginx.org/en/docs/http/ngx_http_core_module.html#send_timeout), which one that takes
 * a byte a minute satisfies for ever; Apache and Kestrel ask for a rate (mod_reqtimeout's MinRate:
 * 500 bytes a second; MinResponseDataRate: 240). Here both: so many bytes within such a window.
 */

/** Long enough for a phone in a tunnel, and for what a kernel accepts at once. */
export const READ_WINDOW_MS = 60_000;
/** 500 bytes a second, a tenth of the slowest mobile networks. */
export const MIN_READ_BYTES = 30_000;

/**
 * What Node knows of a socket below its stream. It is no public interface, and the only place that
 * tells how much of a large write has left: `writableLength` falls when all of it has. Node's own
 * time-outs look at the same two numbers (lib/net.js, `_onTimeout`).
 */
interface Handle {
  bytesWritten: number;
  writeQueueSize: number;
}

interface Sent {
  /** Bytes that the kernel has taken. */
  taken: number;
  /** Bytes that wait because the reader takes none. */
  waiting: number;
}

/** Undefined for one that is closed. */
function sentOf(socket: Socket): Sent | undefined {
  const handle = (socket as { _handle?: Handle | null })._handle;
  if (!handle) return undefined;
  if (typeof handle.writeQueueSize === 'number' && typeof handle.bytesWritten === 'number') {
    const { writeQueueSize, bytesWritten } = handle;
    return { taken: bytesWritten - writeQueueSize, waiting: writeQueueSize };
  }
  const { bytesWritten, writableLength } = socket;
  return { taken: bytesWritten - writableLength, waiting: writableLength };
}

export interface ReadingLimits {
  windowMs: number;
  minBytes: number;
}

/** Checks one reader again and again. A reader that waits for us is never slow. */
export function createReaderMonitor(socket: Socket, { windowMs, minBytes }: ReadingLimits) {
  let window: { startedAtMs: number; taken: number; delivered?: number } | undefined;

  return {
    /** Whether it is worth while to ask the kernel: for half a window next to nothing was taken. */
    isSuspect(nowMs: number): boolean {
      const sent = sentOf(socket);
      if (!sent || sent.waiting === 0) {
        window = undefined;
        return false;
      }
      if (!window || sent.taken - window.taken >= minBytes) {
        window = { startedAtMs: nowMs, taken: sent.taken };
      }
      return nowMs - window.startedAtMs >= windowMs / 2;
    },

    /**
     * For a reader that may be slow. `unsent`: bytes that the kernel accepted and still holds, if
     * known.
     */
    isTooSlow(nowMs: number, unsent = 0): boolean {
      const sent = sentOf(socket);
      if (!sent || !window) return false;
      const delivered = sent.taken - unsent;
      window.delivered ??= delivered;
      if (nowMs - window.startedAtMs < windowMs) return false;
      // Since the middle of the window.
      const isSlow = delivered - window.delivered < minBytes / 2;
      window = undefined;
      return isSlow;
    },
  };
}

export type ReaderMonitor = ReturnType<typeof createReaderMonitor>;
