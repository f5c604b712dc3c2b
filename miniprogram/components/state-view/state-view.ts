/**
 * What stands where content can't be shown: an icon, a title, a sentence and one button. It never
 * leaves an empty page, and it never decides what the button does.
 * Events: `action` when the button is tapped.
 */

Component({
  properties: {
    /** The name of an icon in styles/icons.wxss. */
    icon: { type: String, value: 'alert' },
    title: { type: String, value: '' },
    detail: { type: String, value: '' },
    /** Small print for developers; empty shows nothing. */
    hint: { type: String, value: '' },
    /** The button's text; empty shows no button. */
    action: { type: String, value: '' },
  },
  methods: {
    onAction() {
      this.triggerEvent('action')
    },
  },
})
