/** A piece of what a component wrote, for people; no result depends on it. */
export interface LogEntry {
  stream: 'stdout' | 'stderr' | 'log'
  text: string
}

/** Bytes that one task may leave in the log; what comes after is dropped. */
export const maxLog = 65536

const encoder = new TextEncoder()

/** What one task writes: WASI's two streams, and the messages of logging interfaces. */
export class Log {
  #chunks: { stream: LogEntry['stream']; bytes: Uint8Array }[] = []
  #room = maxLog

  write(stream: LogEntry['stream'], bytes: Uint8Array): void {
    if (this.#room === 0 || bytes.length === 0) return
    const kept = bytes.slice(0, this.#room)
    this.#room -= kept.length
    this.#chunks.push({ stream, bytes: kept })
  }

  /** Writes a line. Parts may be as long as strings can be, so that they are not put together here. */
  message(...parts: string[]): void {
    for (const part of [...parts, '\n']) {
      const bytes = new Uint8Array(this.#room)
      this.write('log', bytes.subarray(0, encoder.encodeInto(part, bytes).written))
    }
  }

  clear(): void {
    this.#chunks = []
    this.#room = maxLog
  }

  get empty(): boolean {
    return this.#chunks.length === 0
  }

  /** What was written since it was cleared, neighbours of one stream put together. */
  entries(): LogEntry[] {
    const entries: LogEntry[] = []
    const chunks = this.#chunks
    for (let i = 0; i < chunks.length;) {
      const { stream } = chunks[i]!
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
      let text = ''
      while (i < chunks.length && chunks[i]!.stream === stream)
        text += decoder.decode(chunks[i++]!.bytes, { stream: true })
      entries.push({ stream, text: text + decoder.decode() })
    }
    return entries
  }
}
