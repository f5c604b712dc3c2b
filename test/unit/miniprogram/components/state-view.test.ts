import { setStage } from './stage'

const stateView = 'components/state-view/state-view'

describe('state-view', () => {
  it('shows what happened and reports the tap on its button', () => {
    const properties = { title: '网络断开了', detail: '请检查网络', action: '重试' }
    const stage = setStage(stateView, { properties })
    const heard = stage.listen('action')
    expect(stage.text()).toBe('网络断开了请检查网络重试')
    stage.tap('重试')
    expect(heard).toHaveLength(1)
  })

  it('shows a hint and a button only if they are set', () => {
    const stage = setStage(stateView, { properties: { title: '空' } })
    expect(stage.find('state__hint')).toBeNull()
    expect(stage.buttonTexts()).toEqual([])
  })
})
