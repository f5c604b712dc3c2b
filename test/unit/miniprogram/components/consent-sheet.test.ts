import { setStage, until } from './stage'

const consentSheet = 'components/consent-sheet/consent-sheet'

const needing = (needAuthorization: boolean) => ({
  getPrivacySetting: ({ success }: { success(answer: object): void }) =>
    success({ needAuthorization, privacyContractName: '《示例隐私保护指引》' }),
})

describe('consent-sheet', () => {
  it('asks in our own words, with exactly 允许 and 拒绝', () => {
    const stage = setStage(consentSheet, { properties: { open: true } })
    expect(stage.text()).toContain('申请获取你的头像昵称')
    expect(stage.buttonTexts().sort()).toEqual(['允许', '拒绝'])
  })

  it('reports 允许 within the tap, and treats a tap on the backdrop as 拒绝', () => {
    const stage = setStage(consentSheet, { properties: { open: true } })
    const allowed = stage.listen('allow')
    const refused = stage.listen('refuse')
    stage.tap('允许')
    expect([allowed.length, refused.length]).toEqual([1, 0])
    stage.tap('拒绝')
    stage.fire(stage.get('sheet__shade'), 'tap')
    expect([allowed.length, refused.length]).toEqual([1, 2])
  })

  it('makes 允许 accept the privacy contract if the user has not yet done so', async () => {
    const stage = setStage(consentSheet, { properties: { open: true }, wx: needing(true) })
    const allowed = stage.listen('allow')
    await until(() => expect(stage.text()).toContain('《示例隐私保护指引》'))
    const allow = stage.button('允许')
    expect(stage.attribute(allow, 'open-type')).toBe('agreePrivacyAuthorization')
    stage.fire(allow, 'agreeprivacyauthorization')
    expect(allowed).toHaveLength(1)
  })

  it('opens the contract, and reports when it can not', async () => {
    const openPrivacyContract = jest.fn(({ fail }: { fail(): void }) => fail())
    const stage = setStage(consentSheet, {
      properties: { open: true },
      wx: { ...needing(true), openPrivacyContract },
    })
    await until(() => expect(stage.text()).toContain('《示例隐私保护指引》'))
    stage.tap('《示例隐私保护指引》')
    expect(openPrivacyContract).toHaveBeenCalledTimes(1)
    await until(() => expect(wx.showToast).toHaveBeenCalledTimes(1))
  })

  it('asks for no privacy agreement below base library 2.32.3', async () => {
    const wx = { getPrivacySetting: undefined }
    const stage = setStage(consentSheet, { properties: { open: true }, wx })
    await until(() => expect(stage.state()['contractName']).not.toBe(''))
    expect(stage.attribute(stage.button('允许'), 'open-type')).toBeUndefined()
  })
})
