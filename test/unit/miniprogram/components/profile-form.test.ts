import { setStage, until } from './stage'
import type { Stage, StageOptions } from './stage'

const profileForm = 'components/profile-form/profile-form'

function openForm(options: StageOptions = {}): { stage: Stage; saved: object[] } {
  const stage = setStage(profileForm, options)
  return { stage, saved: stage.listen('save') }
}

function submit(stage: Stage, nickname: string): void {
  stage.fire(stage.get('form'), 'submit', { value: { nickname } })
}

function chooseAvatar(stage: Stage, avatarUrl: string): void {
  stage.fire(stage.get('form__avatar'), 'chooseavatar', { avatarUrl })
}

describe('profile-form', () => {
  it('uses the components that WeChat supports today', () => {
    const { stage } = openForm()
    expect(stage.attribute(stage.get('form__avatar'), 'open-type')).toBe('chooseAvatar')
    expect(stage.attribute(stage.get('form__input'), 'type')).toBe('nickname')
    expect(stage.attribute(stage.button('保存'), 'form-type')).toBe('submit')
  })

  it('emits nothing before 保存, then the trimmed name and the chosen file', () => {
    const { stage, saved } = openForm()
    chooseAvatar(stage, 'wxfile://tmp/a.png')
    stage.fire(stage.get('form__input'), 'input', { value: '小明' })
    expect(saved).toEqual([])
    submit(stage, ' 小明 ')
    expect(saved).toEqual([{ nickname: '小明', avatarPath: 'wxfile://tmp/a.png' }])
  })

  it('reads the name from the form: a name that WeChat cleared is not saved', () => {
    const { stage, saved } = openForm()
    stage.fire(stage.get('form__input'), 'input', { value: '不雅的名字' })
    submit(stage, '')
    expect(saved).toEqual([])
    expect(stage.text()).toContain('没有通过微信的安全检查')
  })

  it('reports a rejected name once: a second 保存 saves the picture alone', () => {
    const { stage, saved } = openForm()
    chooseAvatar(stage, 'wxfile://tmp/a.png')
    const input = stage.get('form__input')
    stage.fire(input, 'input', { value: '不雅的名字' })
    stage.fire(input, 'nicknamereview', { pass: false, timeout: false })
    // WeChat clears it.
    stage.fire(input, 'input', { value: '' })
    submit(stage, '')
    expect(saved).toEqual([])
    expect(stage.text()).toContain('没有通过微信的安全检查')
    submit(stage, '')
    expect(saved).toEqual([{ nickname: '', avatarPath: 'wxfile://tmp/a.png' }])
  })

  it('saves the picture alone if the user emptied the name', () => {
    const { stage, saved } = openForm()
    chooseAvatar(stage, 'wxfile://tmp/a.png')
    stage.fire(stage.get('form__input'), 'input', { value: '小明' })
    stage.fire(stage.get('form__input'), 'input', { value: '' })
    submit(stage, '')
    expect(saved).toHaveLength(1)
  })

  it('falls back to the typed text in DevTools, whose form may lack it', () => {
    const wx = { getDeviceInfo: () => ({ platform: 'devtools' }) }
    const { stage, saved } = openForm({ wx })
    stage.fire(stage.get('form__input'), 'input', { value: '小明' })
    submit(stage, '')
    expect(saved).toEqual([{ nickname: '小明', avatarPath: '' }])
  })

  it.each([
    [{ pass: false, timeout: false }, '没有通过'],
    [{ pass: false, timeout: true }, '超时'],
  ])('explains the review result %j', (review, words) => {
    const { stage } = openForm()
    stage.fire(stage.get('form__input'), 'nicknamereview', review)
    expect(stage.text()).toContain(words)
  })

  it('shows no message for a passed review', () => {
    const { stage } = openForm()
    stage.fire(stage.get('form__input'), 'nicknamereview', { pass: true, timeout: false })
    expect(stage.find('form__message')).toBeNull()
  })

  it("refuses WeChat's placeholder as a name", () => {
    const { stage, saved } = openForm()
    submit(stage, '微信用户')
    expect(saved).toEqual([])
    expect(stage.text()).toContain('默认名')
  })

  it('saves an avatar alone, but not an unchanged name', () => {
    const { stage, saved } = openForm({ properties: { nickname: '小明' } })
    submit(stage, '小明')
    expect(saved).toEqual([])
    chooseAvatar(stage, 'wxfile://tmp/b.png')
    submit(stage, '小明')
    expect(saved).toEqual([{ nickname: '小明', avatarPath: 'wxfile://tmp/b.png' }])
  })

  it('shows no error when the album was closed, but one when it could not be opened', () => {
    const { stage } = openForm()
    stage.fire(stage.get('form__avatar'), 'error', { errMsg: 'chooseAvatar:fail cancel' })
    expect(stage.find('form__message')).toBeNull()
    stage.fire(stage.get('form__avatar'), 'error', { errMsg: 'chooseAvatar:fail' })
    expect(stage.text()).toContain('没能打开头像选择')
  })

  it('submits once: ignores further taps while saving', () => {
    const { stage, saved } = openForm({ properties: { saving: true, progress: 42 } })
    submit(stage, '小明')
    expect(saved).toEqual([])
    expect(stage.text()).toContain('正在上传头像 42%')
  })

  it('shows why the last save failed, and reports 取消', () => {
    const { stage } = openForm({ properties: { message: '昵称需要 1 到 32 个字' } })
    const cancelled = stage.listen('cancel')
    expect(stage.get('form__message').textContent).toContain('1 到 32')
    stage.tap('取消')
    expect(cancelled).toHaveLength(1)
  })

  it('offers only the nickname below base library 2.21.2', async () => {
    const wx = { getAppBaseInfo: () => ({ SDKVersion: '2.9.5' }) }
    const { stage, saved } = openForm({ wx })
    await until(() => expect(stage.find('form__avatar')).toBeNull())
    submit(stage, '小明')
    expect(saved).toHaveLength(1)
  })
})
