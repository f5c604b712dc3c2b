/**
 * One experiment: its description, its control and its outcome. It runs nothing itself.
 * Events: `run` with the detail of the triggering event, emitted synchronously.
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
    /** `{tone, lines, picture}`; null before the first run. */
    outcome: { type: Object, value: null },
  },
  methods: {
    onRun(event: WechatMiniprogram.CustomEvent) {
      if (!this.data.busy) this.triggerEvent('run', event.detail)
    },
  },
})
