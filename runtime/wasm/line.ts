import { Socket } from 'node:net'
import { MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { FrameReader, writeFrameNow } from './frames.ts'
import { free, type Pack } from './pack.ts'
import { addBusy, type Busy } from './shared.ts'

/** The way of a worker's calls and answers. */
export interface Line {
  /** Has each pack of calls heard, as it comes. */
  listen(hear: (pack: Pack) => void): void
  /** A pack that is there already, and that {@link listen} has not had heard. */
  next(): Pack | undefined
  /** Sends answers before anything else is done; what is in the buffers of `transfer` is no more with this thread. */
  send(pack: Pack, transfer: ArrayBuffer[]): void
}

/** In a process of its own a worker is at the end of two streams: file descriptors, and what the watchdog goes by. */
export interface Streams {
  calls: number
  answers: number
  busy: Busy
}

export function lineOf(way: MessagePort | Streams): Line {
  return way instanceof MessagePort ? portLine(way) : streamLine(way)
}

function portLine(port: MessagePort): Line {
  return {
    listen: hear => void port.on('message', hear),
    next: () => receiveMessageOnPort(port)?.message as Pack | undefined,
    send: (pack, transfer) => port.postMessage(pack, transfer),
  }
}

/**
 * The thread itself is at the streams, so that what goes through them has no other thread to wake. It writes without
 * leaving what it is at: an answer does not wait in it for the end of the next call.
 */
function streamLine({ calls, answers, busy }: Streams): Line {
  return {
    listen: hear => {
      const frames = new FrameReader(
        () => Infinity,
        pack => {
          addBusy(busy, 1)
          hear(pack)
          addBusy(busy, -1)
        },
      )
      // All that is read is copied out of one buffer: many would be garbage that nobody counts.
      const buffer = new Uint8Array(65536)
      const callback = (count: number): boolean => {
        frames.push(buffer.subarray(0, count))
        return true
      }
      new Socket({ fd: calls, readable: true, writable: false, onread: { buffer, callback } }).resume()
    },
    next: () => undefined,
    send: pack => {
      writeFrameNow(answers, pack)
      free(pack.block)
      pack.large.forEach(free)
    },
  }
}
