/** Asks on the terminal for the options that are missing on the command line. */
import type { Readable, Writable } from 'node:stream'
import { intro, select, text } from '@clack/prompts'
import { UserError } from '../../lib/user-error'
import { BACKENDS, FRAMEWORKS } from '../choices'
import { fillIn, findAppidFault, findUrlFault } from './options'
import type { Choices, Given } from './options'
import { findFolderFault } from './target-folder'
import { texts } from './texts'

/** Input and output; the process's own terminal by default. */
export interface Terminal {
  input?: Readable
  output?: Writable
}

async function unlessCancelled(question: Promise<string | symbol>): Promise<string> {
  const answer = await question
  // Ctrl-C.
  if (typeof answer === 'symbol') throw new UserError(texts.cancelled)
  return answer
}

function askText(
  message: string,
  terminal: Terminal,
  defaultValue: string,
  findFault: (value: string) => string | undefined,
): Promise<string> {
  return unlessCancelled(
    text({
      ...terminal,
      message,
      placeholder: defaultValue,
      defaultValue,
      validate: (value) => findFault(value === '' || value === undefined ? defaultValue : value),
    }),
  )
}

function askChoice<T extends string>(
  message: string,
  terminal: Terminal,
  all: readonly T[],
  names: Record<T, string>,
): Promise<T> {
  const options = all.map((value): { value: string; label: string } => ({
    value,
    label: names[value],
  }))
  return unlessCancelled(select({ ...terminal, message, options })) as Promise<T>
}

/** @throws UserError when the user aborts with Ctrl-C. */
export async function askForRest(given: Given, terminal: Terminal = {}): Promise<Choices> {
  const { ask, frameworkNames, backendNames } = texts
  const known = fillIn(given)
  intro(texts.intro, terminal)
  const dir = given.dir ?? (await askText(ask.dir, terminal, known.dir, findFolderFault))
  const framework =
    given.framework ?? (await askChoice(ask.framework, terminal, FRAMEWORKS, frameworkNames))
  const isOwn = given.backendUrl !== undefined
  const backend =
    given.backend ??
    (isOwn ? 'own' : await askChoice(ask.backend, terminal, BACKENDS, backendNames))
  const backendUrl =
    backend === 'own' && !isOwn
      ? await askText(ask.backendUrl, terminal, '', findUrlFault)
      : known.backendUrl
  const appid = given.appid ?? (await askText(ask.appid, terminal, '', findAppidFault))
  return { dir, framework, backend, backendUrl: backendUrl.replace(/\/$/, ''), appid }
}
