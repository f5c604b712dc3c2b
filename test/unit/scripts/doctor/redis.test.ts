/** Redis: whether it answers, lets us in and has the database. */
import type { Finding } from '../../../../scripts/doctor/finding'
import { checkRedis } from '../../../../scripts/doctor/sql-server'

const brief = (findings: Finding[]) => findings.map(({ status, what }) => `${status} ${what}`)

it('a database that it has, and those that the server would be refused', async () => {
  const at = async (path: string) => brief(await checkRedis(`redis://127.0.0.1:6379${path}`))
  await expect(at('/1')).resolves.toEqual(['ok answers'])
  await expect(at('/9999')).resolves.toEqual(["fail can't be used (no such database)"])
  for (const path of ['/abc', '/-1', '/1.5']) {
    await expect(at(path)).resolves.toEqual([expect.stringMatching(/^fail .*is no number/)])
  }
})

it('there, away, refusing the password', async () => {
  await expect(checkRedis('')).resolves.toEqual([])
  await expect(checkRedis('redis://127.0.0.1:6379').then(brief)).resolves.toEqual(['ok answers'])
  const [away] = await checkRedis('redis://127.0.0.1:1')
  expect(away).toMatchObject({ status: 'fail', what: expect.stringMatching(/ECONNREFUSED/) })
  const [refused] = await checkRedis('redis://nobody:wrong-password@127.0.0.1:6379')
  expect(refused).toMatchObject({ status: 'fail', what: expect.stringMatching(/refused/) })
})
