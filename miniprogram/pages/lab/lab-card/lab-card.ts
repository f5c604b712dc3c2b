/**
 * One experiment: what it does, the control that sets it off, and its outcome. It runs nothing itself.
 * Events: `run` with the detail of whatever set it off, in that event's own task.
 */

Component({
  properties: {
    title: { type: String, value: '' },
    what: { type: String, value: '' },
    history: { type: String, value: '' },
    action: { type: String, value: '' },
    /** See Trigger in pages/lab/experiments.ts. */
    trigger: { type: String, value: 'tap' },
    phoneOpenType: { type: String, value: 'getPhoneNumber' },
    placeholder: { type: String, value: '' },
    /** Why it can't run here; empty when it can. */
    blocked: { type: String, value: '' },
    busy: { type: Boolean, value: false },
    /** `{tone, lines, picture}`, or null before it ran. */
    outcome: { type: Object, value: null },
  },
  methods: {
    onRun(event: WechatMiniprogram.CustomEvent) {
      if (!this.data.busy) this.triggerEvent('run', event.detail)
    },
  },
})
