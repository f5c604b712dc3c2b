/**
 * Every command of the pages is run and its promised effect is checked; an unknown command fails
 * here.
 */
import { findCommands } from './commands'
import { KNOWN } from './known-commands'
import { createPlayground } from './playground'
import type { Playground } from './playground'

const RUN_WITHIN_MS = 90_000

const commands = findCommands()
let playground: Playground

beforeAll(() => {
  playground = createPlayground()
}, RUN_WITHIN_MS)
afterAll(() => playground.remove(), RUN_WITHIN_MS)

it('the pages contain exactly the commands that are listed here', () => {
  expect(commands.map(({ key }) => key).sort()).toEqual(Object.keys(KNOWN).sort())
})

it.each(commands.map((command) => [command.key, command] as const))(
  '%s',
  async (key, { text }) => {
    const run = KNOWN[key]
    if (run === undefined) throw new Error('No test knows this command: see known-commands.ts.')
    await run(playground, text)
  },
  RUN_WITHIN_MS,
)
