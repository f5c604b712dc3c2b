/**
 * What runs in the writer's thread: takes requests, and answers those of one commit together.
 * Its program is of its own, since a thread that loaded the whole server would cost its memory twice.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { ApiError } from '../../errors'
import { openForWriting } from './open'
import type { Answer, Failure, Question } from './threaded-writer'
import { createWriter } from './writer'
import type { Writer } from './writer'

function describe(error: unknown): Failure {
  const isStorage = error instanceof ApiError && error.code === 'STORAGE_UNAVAILABLE'
  const reason = isStorage ? error.cause : error
  return { isStorage, text: reason instanceof Error ? (reason.stack ?? reason.message) : '' }
}

function perform(writer: Writer, { name, args }: Question): Promise<unknown> {
  if (name === 'probe') return writer.probe()
  if (name === 'close') return writer.close()
  // The asker's types have seen to it that they fit.
  return (writer.write as (name: string, ...args: unknown[]) => Promise<unknown>)(name, ...args)
}

function serve(port: NonNullable<typeof parentPort>, writer: Writer): void {
  let answers: Answer[] = []
  const post = (): void => {
    port.postMessage(answers)
    answers = []
  }
  const answer = (one: Answer): void => {
    // What one commit settles is settled in one go: the others are here before this runs.
    if (answers.push(one) === 1) queueMicrotask(post)
  }
  port.on('message', (questions: Question[]) => {
    for (const question of questions) {
      const { id, name } = question
      perform(writer, question)
        .then(
          (value) => answer({ id, value }),
          (error: unknown) => answer({ id, failure: describe(error) }),
        )
        .finally(() => {
          if (name === 'close') queueMicrotask(() => port.close())
        })
    }
  })
}

if (parentPort !== null) {
  serve(parentPort, createWriter(openForWriting((workerData as { file: string }).file)))
}
