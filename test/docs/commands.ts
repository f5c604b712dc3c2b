/**
 * The commands that the pages tell readers to type: each line of a `bash` or `sh` block, or the
 * whole block if its lines share variables.
 */
import { readPages } from './pages'

export interface Command {
  /** The key in known-commands: the line, or the first line of a block that belongs together. */
  key: string
  /** The text to run. */
  text: string
}

const HANDS_ON = /^[A-Z]+=(\$\(|\S*$)/m

const withoutComment = (line: string): string => line.replace(/(^|\s+)# .*$/, '').trim()

function commandsOf(block: string): Command[] {
  const lines = block
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map(withoutComment)
  const typed = lines.filter((line) => line !== '')
  const [first] = typed
  if (first !== undefined && HANDS_ON.test(typed.join('\n'))) return [{ key: first, text: block }]
  return typed.map((line) => ({ key: line, text: line }))
}

/** Each once, in the order of the pages. */
export function findCommands(): Command[] {
  const blocks = readPages().flatMap((page) => page.blocks)
  const shells = blocks.filter(({ lang }) => lang === 'bash' || lang === 'sh')
  const all = shells.flatMap(({ text }) => commandsOf(text))
  return [...new Map(all.map((command) => [command.key, command])).values()]
}
