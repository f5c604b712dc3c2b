import { setStage, until } from './stage'
import type { Stage } from './stage'

const privacySheet = 'components/privacy-sheet/privacy-sheet'

type Resolve = jest.Mock<void, [{ event: string; buttonId?: string }]>

/** A page with a sheet, and WeChat's request to it: only the last registration counts. */
function open(): { stage: Stage; ask(): Resolve; registrations(): number } {
  const stage = setStage(privacySheet)
  const register = wx.onNeedPrivacyAuthorization as unknown as jest.Mock
  return {
    stage,
    registrations: () => register.mock.calls.length,
    ask() {
      const [listener] = register.mock.lastCall as [(resolve: Resolve, about: object) => void]
      const resolve: Resolve = jest.fn()
      listener(resolve, { referrer: 'button.chooseAvatar' })
      return resolve
    },
  }
}

describe('privacy-sheet', () => {
  it('opens only when WeChat asks, and reports that it was shown', () => {
    const { stage, ask } = open()
    expect(stage.text()).toBe('')
    const resolve = ask()
    expect(stage.buttonTexts().sort()).toEqual(['不同意', '同意并继续'])
    expect(resolve.mock.calls).toEqual([[{ event: 'exposureAuthorization' }]])
  })

  it('accepts with the id of the button that was tapped', () => {
    const { stage, ask } = open()
    const resolve = ask()
    const agree = stage.button('同意并继续')
    expect(stage.attribute(agree, 'open-type')).toBe('agreePrivacyAuthorization')
    stage.fire(agree, 'agreeprivacyauthorization')
    const id = (agree as unknown as { __wxElement: { id: string } }).__wxElement.id
    expect(resolve).toHaveBeenLastCalledWith({ event: 'agree', buttonId: id })
    expect(stage.text()).toBe('')
  })

  it('gives all waiting APIs the same answer', () => {
    const { stage, ask } = open()
    const asked = [ask(), ask(), ask()]
    stage.tap('不同意')
    for (const resolve of asked) expect(resolve).toHaveBeenLastCalledWith({ event: 'disagree' })
    for (const resolve of asked) expect(resolve).toHaveBeenCalledTimes(2)
  })

  it('settles every request when the page is closed', () => {
    const { stage, ask } = open()
    const resolve = ask()
    stage.leave()
    expect(resolve).toHaveBeenLastCalledWith({ event: 'disagree' })
  })

  it('treats a tap on the backdrop as a refusal', () => {
    const { stage, ask } = open()
    const resolve = ask()
    stage.fire(stage.get('sheet__shade'), 'tap')
    expect(resolve).toHaveBeenLastCalledWith({ event: 'disagree' })
  })

  it('registers again when its page is shown again, because another page may have registered meanwhile', () => {
    const { stage, registrations } = open()
    const before = registrations()
    stage.pageLifetime('show')
    expect(registrations()).toBe(before + 1)
  })

  it('does nothing below base library 2.32.3', () => {
    const wx = { onNeedPrivacyAuthorization: undefined }
    expect(setStage(privacySheet, { wx }).text()).toBe('')
  })

  it('opens the contract under its own name', async () => {
    const getPrivacySetting = ({ success }: { success(answer: object): void }) =>
      success({ needAuthorization: true, privacyContractName: '《示例指引》' })
    const stage = setStage(privacySheet, { wx: { getPrivacySetting } })
    const register = wx.onNeedPrivacyAuthorization as unknown as jest.Mock
    const [listener] = register.mock.lastCall as [(resolve: Resolve) => void]
    listener(jest.fn())
    await until(() => expect(stage.text()).toContain('《示例指引》'))
    stage.tap('《示例指引》')
    expect(wx.openPrivacyContract).toHaveBeenCalledTimes(1)
  })
})
