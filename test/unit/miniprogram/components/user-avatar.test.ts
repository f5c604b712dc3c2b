import { setStage, until } from './stage'

const avatar = 'components/user-avatar/user-avatar'

describe('user-avatar', () => {
  it('shows the first letter of the name, and keeps an emoji whole', () => {
    expect(setStage(avatar, { properties: { name: '小明' } }).text()).toBe('小')
    expect(setStage(avatar, { properties: { name: '🦊狐狸' } }).text()).toBe('🦊')
  })

  it('draws a figure when it has neither name nor picture', () => {
    const stage = setStage(avatar)
    expect(stage.text()).toBe('')
    expect(stage.find('icon-user')).not.toBeNull()
  })

  it('falls back to the letter when the picture is broken, and tries the next picture', async () => {
    const stage = setStage(avatar, {
      properties: { name: '小明', src: 'https://a.example/1.webp' },
    })
    expect(stage.text()).toBe('')
    stage.fire(stage.get('avatar__image'), 'error')
    expect(stage.text()).toBe('小')
    stage.set({ src: 'https://a.example/2.webp' })
    await until(() => expect(stage.find('avatar__image')).not.toBeNull())
  })
})
