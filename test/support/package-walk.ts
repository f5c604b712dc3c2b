/**
 * The required behaviour in the preview of a mini-program that uses the npm package, whatever
 * framework built it.
 */
import { createPreview } from '../../scripts/preview/preview'
import { APPID } from './bff'
import type { Phone } from './phone'

/**
 * A first login, five requests with a revoked token, an avatar. The mini-program in `dir` has a
 * page with the buttons 五个请求 and 选择头像, and shows `已登录 <openid>`, `5 个成功`, `头像已保存`.
 */
export async function walkThrough(phone: Phone, dir: string): Promise<void> {
  const { sandboxUrl, bffUrl } = phone.stack
  const options = { dir, appid: APPID, bffUrl, liveReload: false }
  const preview = createPreview({ ...options, sandboxUrl: sandboxUrl ?? '' })
  try {
    await phone.page.goto((await preview.listen(0)).url)
    await phone.see(/已登录 o/)
    expect(await phone.logins()).toBe(1)
    await phone.button('五个请求').click()
    await phone.see('5 个成功')
    expect(await phone.logins()).toBe(2)
    await phone.button('选择头像').click()
    await phone.page.getByTestId('avatar-wechat').click()
    await phone.see('头像已保存')
    const saved = phone.stack.rows('SELECT avatar_name FROM users WHERE avatar_name IS NOT NULL')
    expect(saved).toHaveLength(1)
    expect(phone.problems).toEqual([])
  } finally {
    await preview.close()
  }
}
