/**
 * The bar above the keyboard of `<input type="nickname">` with the person's WeChat nickname.
 * For tests: nickname-bar, nickname-suggestion.
 */
import type { NicknameKeyboard } from '../elements/input'
import { h } from '../markup'
import { drawAvatar } from '../pictures'

/** A word that WeChat's content check rejects in a nickname. */
const REFUSED_WORD = '违规'
/** How long the check takes. */
const REVIEW_MS = 300

/** Information about the person and the base library. */
export interface NicknameRules {
  nickname(): string
  /** Whether this base library offers the nickname and the user accepted the privacy terms. */
  isAvailable(): boolean
  /** Whether this base library checks nicknames (2.24.4 and newer). */
  isChecked(): boolean
  /** Whether this base library tells what came of the check (2.29.1 and newer). */
  isReviewTold(): boolean
}

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Makes the bar; it lies above the page while a nickname field has the focus. */
export function createNicknameBar(layer: HTMLElement, rules: NicknameRules): NicknameKeyboard {
  let shown: HTMLElement | null = null
  const close = (): void => {
    shown?.remove()
    shown = null
  }
  return {
    close,
    isAvailable: () => rules.isAvailable(),
    async review(nickname) {
      if (!rules.isChecked()) return null
      await wait(REVIEW_MS)
      return { pass: !nickname.includes(REFUSED_WORD), isTold: rules.isReviewTold() }
    },
    open(_field, choose) {
      close()
      const nickname = rules.nickname()
      const avatar = h('span', { class: 'pv-nickname-avatar', 'aria-hidden': 'true' })
      avatar.innerHTML = drawAvatar(nickname)
      const suggestion = h(
        'button',
        { type: 'button', class: 'pv-nickname', 'data-testid': 'nickname-suggestion' },
        avatar,
        h('span', {}, nickname),
      )
      // A press must not blur the field before the choice is made.
      suggestion.addEventListener('mousedown', (event) => event.preventDefault())
      suggestion.addEventListener('click', () => choose(nickname))
      const attributes = { class: 'pv-nickname-bar', 'data-testid': 'nickname-bar' }
      shown = h('div', attributes, h('small', {}, '使用微信昵称'), suggestion)
      layer.append(shown)
    },
  }
}
