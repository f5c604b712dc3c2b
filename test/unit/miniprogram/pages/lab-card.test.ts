import { setStage } from '../components/stage'

const labCard = 'pages/lab/lab-card/lab-card'
const common = { title: '手机号', action: '运行' }

describe('lab-card', () => {
  it('shows why it can not run instead of a button', () => {
    const stage = setStage(labCard, { properties: { ...common, blocked: '需要基础库 2.21.2' } })
    expect(stage.text()).toContain('需要基础库 2.21.2')
    expect(stage.buttonTexts()).toEqual([])
  })

  it.each([
    ['tap', undefined, 'tap'],
    ['getUserInfo', 'getUserInfo', 'getuserinfo'],
    ['getPhoneNumber', 'getPhoneNumber', 'getphonenumber'],
    ['chooseAvatar', 'chooseAvatar', 'chooseavatar'],
  ])('is started by %s', (trigger, openType, event) => {
    const stage = setStage(labCard, { properties: { ...common, trigger } })
    const heard = stage.listen('run')
    const button = stage.button('运行')
    expect(stage.attribute(button, 'open-type')).toBe(openType)
    stage.fire(button, event, { code: 'x' })
    expect(heard).toEqual([{ code: 'x' }])
  })

  it('collects a nickname by submitting a form', () => {
    const stage = setStage(labCard, { properties: { ...common, trigger: 'nickname' } })
    const heard = stage.listen('run')
    const form = [...stage.root.querySelectorAll('wx-form')][0]!
    stage.fire(form, 'submit', { value: { nickname: '小明' } })
    expect(heard).toEqual([{ value: { nickname: '小明' } }])
  })

  it('shows the outcome line by line and runs once at a time', () => {
    const outcome = { tone: 'good', picture: '', lines: [{ label: '用时', value: '12 毫秒' }] }
    const stage = setStage(labCard, { properties: { ...common, outcome, busy: true } })
    const heard = stage.listen('run')
    expect(stage.text()).toContain('用时12 毫秒')
    stage.tap('运行')
    expect(heard).toEqual([])
  })
})
