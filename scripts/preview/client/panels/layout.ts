/**
 * The room around the phone: controls on the left, what happens on the right. Where there is no place
 * for three columns, a bar at the bottom chooses what is seen beside or instead of the phone.
 * Test ids: view-controls, view-phone, view-events.
 */
import { h } from '../markup'
import { createConsoleTab } from './console-tab'
import { createControls, type ControlContext } from './controls'
import { createDetails } from './details'
import { watchSandbox } from './sandbox-watch'
import { createSequence } from './sequence'
import { createStorageTab } from './storage-tab'
import { createTabs } from './tabs'

const views = [
  ['controls', '控制'],
  ['phone', '手机'],
  ['events', '过程'],
] as const

type View = (typeof views)[number][0]

/** Puts the room into the page; the phone is to be built into `stage`. */
export function createRoom() {
  const left = h('aside', { class: 'pv-side pv-side-left', 'aria-label': '控制' })
  const stage = h('div', { class: 'pv-stage' })
  const right = h('aside', { class: 'pv-side pv-side-right', 'aria-label': '过程' })
  const room = h('div', { class: 'pv-room' }, left, stage, right)
  const show = (view: View): void => {
    room.dataset['view'] = view
    for (const button of bar.querySelectorAll('button')) {
      button.ariaPressed = String(button.dataset['view'] === view)
    }
  }
  const buttons = views.map(([view, text]) =>
    h(
      'button',
      {
        type: 'button',
        'data-view': view,
        'data-testid': `view-${view}`,
        onclick: () => show(view),
      },
      text,
    ),
  )
  const bar = h('nav', { class: 'pv-views', 'aria-label': '视图' }, ...buttons)
  document.body.append(room, bar)
  show('phone')
  return { stage, left, right }
}

/** Fills both sides once the server told what is built. */
export function fillRoom(
  { left, right }: { left: HTMLElement; right: HTMLElement },
  context: ControlContext,
): void {
  left.append(h('h1', { class: 'pv-brand' }, '小程序预览'), createControls(context))
  const details = createDetails()
  const tabs = createTabs('过程', [
    { id: 'sequence', title: '过程', content: createSequence((entry) => details.show(entry)) },
    { id: 'storage', title: '存储', content: createStorageTab(context.appid) },
    {
      id: 'console',
      title: '控制台',
      content: createConsoleTab((count) => {
        if (count > 0) tabs.setTitle('console', `控制台 ${count}`)
      }),
    },
  ])
  right.append(tabs.element, details.element)
  watchSandbox(context.hasSandbox)
}
