/** The ways in which a command of the pages can be run. */
import type { Finished, Playground, Running, Where } from './playground'

export type Run = (playground: Playground, command: string) => Promise<void>
export type Place = (playground: Playground) => Where
type Then = (end: Finished, playground: Playground) => void
export type While = (server: Running, playground: Playground) => Promise<void>

const nowhereElse: Place = () => ({})

/** It exits with success; `then` checks its effect. */
export const succeeds =
  (then: Then = () => undefined, place = nowhereElse): Run =>
  async (playground, command) => {
    const end = await playground.run(command, place(playground))
    expect([end.code, end.output]).toEqual([0, end.output])
    then(end, playground)
  }

/** It serves until Ctrl-C. */
export const serves =
  (ready: RegExp, meanwhile: While, place = nowhereElse): Run =>
  async (playground, command) => {
    const server = playground.serve(command, place(playground))
    await server.shows(ready)
    await meanwhile(server, playground)
    await server.interrupt()
  }

/** It keeps running, because later commands of the pages use it. */
export const servesOn =
  (ready: RegExp, meanwhile: While, place = nowhereElse): Run =>
  async (playground, command) => {
    const server = playground.serve(command, place(playground))
    await server.shows(ready)
    playground.adopt(server)
    await meanwhile(server, playground)
  }

export const answers =
  (...addresses: [port: string, path: string][]) =>
  async (server: Running): Promise<void> => {
    for (const [port, path] of addresses) {
      const { status } = await fetch(server.address(port) + path)
      expect([path, status]).toEqual([path, 200])
    }
  }

export const prints = (...patterns: RegExp[]): Run =>
  succeeds(({ output }) => {
    for (const pattern of patterns) expect(output).toMatch(pattern)
  })
