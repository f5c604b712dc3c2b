import { setStage } from './stage'

const loginButton = 'components/login-button/login-button'
const text = '获取头像昵称'

describe('login-button', () => {
  it.each([
    ['fill', 'fill'],
    ['getUserProfile', 'profile'],
  ])('in mode %s it reports %s within the tap itself', (mode, event) => {
    const stage = setStage(loginButton, { properties: { text, mode } })
    const heard = stage.listen(event)
    stage.tap(text)
    expect(heard).toHaveLength(1)
    expect(stage.attribute(stage.button(text), 'open-type')).toBeUndefined()
  })

  it('in mode getUserInfo it is the open button and passes on its detail', () => {
    const stage = setStage(loginButton, { properties: { text, mode: 'getUserInfo' } })
    const heard = stage.listen('userinfo')
    expect(stage.attribute(stage.button(text), 'open-type')).toBe('getUserInfo')
    stage.fire(stage.button(text), 'getuserinfo', { rawData: '{}' })
    expect(heard).toEqual([{ rawData: '{}' }])
  })

  it.each([{ disabled: true }, { loading: true }])('reports nothing while %j', (state) => {
    const stage = setStage(loginButton, { properties: { text, mode: 'fill', ...state } })
    const heard = stage.listen('fill')
    stage.tap(text)
    expect(heard).toEqual([])
  })
})
