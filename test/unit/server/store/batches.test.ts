/** Which writes are batched, and what happens to the others when one fails. */
import { setImmediate as turn } from 'node:timers/promises'
import { Batches } from '../../../../server/store/sql/batches'
import { Deadline } from '../../../../server/store/sql/deadline'

const POISON = 'poison'

function batchesOf(
  write: (items: string[], deadline: Deadline) => Promise<string[]>,
  isOfOneItem: (error: unknown) => boolean = () => false,
) {
  const batches = new Batches({ write, isOfOneItem })
  return (item: string, deadline = new Deadline(10_000)) => batches.write(item, deadline)
}

function recordBatches(answer: (items: string[]) => Promise<void> = () => Promise.resolve()) {
  const batches: string[][] = []
  const write = async (items: string[]) => {
    batches.push(items)
    await answer(items)
    return items.map((item) => `${item} done`)
  }
  return { batches, write }
}

it('batches the writes of one turn, and gives each its own result', async () => {
  const { batches, write } = recordBatches()
  const put = batchesOf(write)
  expect(await Promise.all(['a', 'b', 'c'].map((item) => put(item)))).toEqual([
    'a done',
    'b done',
    'c done',
  ])
  expect(batches).toEqual([['a', 'b', 'c']])
})

it('writes that arrive while two batches are in flight go with the next', async () => {
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  const { batches, write } = recordBatches(() => gate)
  const put = batchesOf(write)
  const results = []
  for (const item of ['a', 'b', 'c', 'd', 'e']) {
    results.push(put(item))
    await turn()
    await turn()
  }
  open()
  await Promise.all(results)
  expect(batches).toEqual([['a'], ['b'], ['c', 'd', 'e']])
})

it('batches 64 writes at most', async () => {
  const { batches, write } = recordBatches()
  const put = batchesOf(write)
  await Promise.all(
    Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0')).map((item) => put(item)),
  )
  expect(batches.map(({ length }) => length)).toEqual([64, 36])
})

it('an error of one item does not affect the others', async () => {
  const { write } = recordBatches((items) =>
    items.includes(POISON) ? Promise.reject(new Error(POISON)) : Promise.resolve(),
  )
  const put = batchesOf(write, (error) => error instanceof Error && error.message === POISON)
  const results = await Promise.allSettled(['a', POISON, 'b'].map((item) => put(item)))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

it('a database failure is reported to all, who retry by themselves', async () => {
  const { batches, write } = recordBatches(() => Promise.reject(new Error('away')))
  const put = batchesOf(write)
  const results = await Promise.allSettled(['a', 'b'].map((item) => put(item)))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(batches).toHaveLength(1)
})

it('ends with the deadline of the item with the most time left', async () => {
  const deadlines: Deadline[] = []
  const put = batchesOf((items, deadline) => {
    deadlines.push(deadline)
    return Promise.resolve(items)
  })
  const hasty = new Deadline(300)
  const tardy = new Deadline(20_000)
  await Promise.all([put('patient'), put('hasty', hasty), put('tardy', tardy)])
  expect(deadlines).toHaveLength(1)
  expect(deadlines[0]).toBe(tardy)
})

it('one that waited too long is refused alone, and fails no other', async () => {
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  const left: number[] = []
  const { batches, write } = recordBatches(() => gate)
  const put = batchesOf((items, deadline) => {
    left.push(deadline.leftMs())
    return write(items)
  })
  const first = [put('aa'), turn().then(() => put('ab'))]
  await turn()
  await turn()
  const late = expect(put('late', new Deadline(20))).rejects.toThrow('not written in time')
  const next = [put('bb', new Deadline(500)), put('cc')]
  await late
  open()
  expect(await Promise.all([...first, ...next])).toEqual([
    'aa done',
    'ab done',
    'bb done',
    'cc done',
  ])
  expect(batches.flat()).toEqual(['aa', 'ab', 'bb', 'cc'])
  expect(Math.min(...left)).toBeGreaterThan(1000)
})

it('does not write an item whose timer fired a moment before its deadline', async () => {
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  const { batches, write } = recordBatches(() => gate)
  const put = batchesOf(write)
  const first = [put('aa'), turn().then(() => put('ab'))]
  await turn()
  await turn()
  const early = new Deadline(10_000)
  jest.spyOn(early, 'leftMs').mockReturnValue(1)
  await expect(put('early', early)).rejects.toThrow('not written in time')
  open()
  await Promise.all(first)
  await turn()
  expect(batches.flat()).toEqual(['aa', 'ab'])
})
