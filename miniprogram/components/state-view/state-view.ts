/**
 * Placeholder for content that can't be shown: an icon, a title, a sentence and one button, so that
 * a page is never empty. The parent decides what the button does.
 * Events: `action` when the button is tapped.
 */

Component({
  properties: {
    /** The name of an icon in styles/icons.wxss. */
    icon: { type: String, value: 'alert' },
    title: { type: String, value: '' },
    detail: { type: String, value: '' },
    /** Hint for developers in small print; hidden when empty. */
    hint: { type: String, value: '' },
    /** Label of the button; no button when empty. */
    action: { type: String, value: '' },
  },
  methods: {
    onAction() {
      this.triggerEvent('action')
    },
  },
})
