import { setStage } from './stage'

const confirmSheet = 'components/confirm-sheet/confirm-sheet'
const properties = { open: true, title: '注销？', detail: '无法找回', action: '确认注销' }

describe('confirm-sheet', () => {
  it('is hidden until it is opened', () => {
    expect(setStage(confirmSheet, { properties: { ...properties, open: false } }).text()).toBe('')
  })

  it('emits confirm, and cancel for both the button and the backdrop', () => {
    const stage = setStage(confirmSheet, { properties })
    const yes = stage.listen('confirm')
    const no = stage.listen('cancel')
    stage.tap('确认注销')
    stage.tap('取消')
    stage.fire(stage.get('sheet__shade'), 'tap')
    expect([yes.length, no.length]).toEqual([1, 2])
  })

  it('accepts no second answer while the first is being carried out', () => {
    const stage = setStage(confirmSheet, { properties: { ...properties, busy: true } })
    const heard = [stage.listen('confirm'), stage.listen('cancel')]
    stage.tap('确认注销')
    stage.tap('取消')
    stage.fire(stage.get('sheet__shade'), 'tap')
    expect(heard).toEqual([[], []])
  })
})
