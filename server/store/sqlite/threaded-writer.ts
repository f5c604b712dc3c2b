/**
 * A writer in a thread of its own: while it waits for the disk, this thread goes on serving.
 *
 * What is asked in one turn of the event loop travels as one message, and what one commit settled
 * comes back as one. A thread that ends by itself takes the process with it: nothing could be
 * written any more, and whoever started the process starts it again.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type Database from 'better-sqlite3'
import { storageUnavailable } from '../storage-unavailable'
import { createWriter } from './writer'
import type { Writer } from './writer'
import type { Writes } from './writes'

/** A write that succeeded this short a time ago proves that one would succeed now. */
const PROOF_MS = 100

export interface Question {
  id: number
  name: keyof Writes | 'probe' | 'close'
  args: unknown[]
}

export interface Failure {
  isStorage: boolean
  text: string
}

export interface Answer {
  id: number
  value?: unknown
  failure?: Failure
}

interface Asker {
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

class ThreadedWriter implements Writer {
  private readonly askers = new Map<number, Asker>()
  private outbox: Question[] = []
  private asked = 0
  private provenAt = -Infinity
  private probing: Promise<void> | null = null
  private isClosing = false

  constructor(private readonly worker: Worker) {
    worker.on('message', (answers: Answer[]) => {
      for (const answer of answers) this.settle(answer)
    })
    worker.on('error', (error) => {
      throw error
    })
    worker.on('exit', (code) => {
      if (!this.isClosing) throw new Error(`the thread that writes ended with ${code}`)
    })
  }

  write<K extends keyof Writes>(name: K, ...args: Parameters<Writes[K]>) {
    return this.ask(name, args) as Promise<ReturnType<Writes[K]>>
  }

  probe(): Promise<void> {
    if (performance.now() - this.provenAt < PROOF_MS) return Promise.resolve()
    this.probing ??= this.ask('probe', []).then(
      () => {
        this.probing = null
      },
      (error: unknown) => {
        this.probing = null
        throw error
      },
    )
    return this.probing
  }

  async close(): Promise<void> {
    this.isClosing = true
    const exited = new Promise((resolve) => this.worker.once('exit', resolve))
    await this.ask('close', [])
    await exited
  }

  private ask(name: Question['name'], args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.asked++
      this.askers.set(id, { resolve, reject })
      if (this.outbox.push({ id, name, args }) === 1) setImmediate(() => this.send())
    })
  }

  private send(): void {
    this.worker.postMessage(this.outbox)
    this.outbox = []
  }

  private settle({ id, value, failure }: Answer): void {
    const asker = this.askers.get(id)
    this.askers.delete(id)
    if (failure === undefined) {
      this.provenAt = performance.now()
      asker?.resolve(value)
      return
    }
    const cause = new Error(failure.text)
    if (failure.isStorage) this.provenAt = -Infinity
    asker?.reject(failure.isStorage ? storageUnavailable(cause) : cause)
  }
}

/** Beside the built server; the sources, which only development runs, have none. */
const PROGRAM = join(__dirname, 'sqlite-writer.js')

/** @param program what writer-thread.ts was built to. */
export function createThreadedWriter(program: string, file: string): Writer {
  return new ThreadedWriter(
    new Worker(program, {
      name: 'sqlite-writer',
      workerData: { file },
      // What it holds is a batch or two; left alone, the engine would spend 25 MB more on it.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    }),
  )
}

/** A thread that writes to the file of `db`; this thread, where there is no file or no program for one. */
export function startWriter(db: Database.Database): Writer {
  if (db.memory || !existsSync(PROGRAM)) return createWriter(db)
  return createThreadedWriter(PROGRAM, db.name)
}
