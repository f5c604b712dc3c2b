/**
 * A user's picture, or the first letter of the name if there is none. A picture that fails to load
 * also falls back to the letter; WeChat's grey default avatar is never shown.
 */

import { texts } from '../../texts'

Component({
  properties: {
    src: { type: String, value: '' },
    name: { type: String, value: '' },
    /** `large` 160rpx, `medium` 112rpx. */
    size: { type: String, value: 'medium' },
  },
  data: { label: texts.user.avatarLabel, initial: '', broken: false },
  observers: {
    src() {
      this.setData({ broken: false })
    },
    name(name: string) {
      // Splits by code point, so that an emoji is not cut in half.
      this.setData({ initial: Array.from(name)[0] ?? '' })
    },
  },
  methods: {
    onBroken() {
      this.setData({ broken: true })
    },
  },
})
