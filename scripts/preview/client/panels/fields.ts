/** The controls' building blocks: titled groups, segmented choices, selects and buttons. */
import { h } from '../markup'
import { changeSetting, onSettingsChange, settings, type Settings } from '../settings'

/** A titled group of controls; `hint` explains it in one sentence. */
export function createGroup(title: string, hint: string, ...content: HTMLElement[]): HTMLElement {
  const note = hint === '' ? null : h('p', { class: 'pv-hint' }, hint)
  return h('fieldset', { class: 'pv-group' }, h('legend', {}, title), ...content, note)
}

/**
 * A choice between a few options, as a row of radio buttons. Test ids: `control-<name>-<value>`.
 */
export function createSegments<K extends keyof Settings>(
  name: K,
  label: string,
  options: readonly (readonly [value: Settings[K], text: string])[],
): HTMLElement {
  const inputs = options.map(([value, text]) => {
    const input = h('input', { type: 'radio', name: `pv-${name}`, value })
    input.checked = settings[name] === value
    input.addEventListener('change', () => changeSetting(name, value))
    const attributes = { class: 'pv-segment', 'data-testid': `control-${name}-${value}` }
    return { value, input, element: h('label', attributes, input, h('span', {}, text)) }
  })
  onSettingsChange((_settings, changed) => {
    if (changed !== name) return
    for (const { value, input } of inputs) input.checked = settings[name] === value
  })
  const row = inputs.map(({ element }) => element)
  return h('div', { class: 'pv-segments', role: 'radiogroup', 'aria-label': label }, ...row)
}

/** A choice between many options. Test id: `control-<name>`. */
export function createSelect<K extends keyof Settings>(
  name: K,
  label: string,
  options: readonly (readonly [value: Settings[K], text: string])[],
): HTMLElement {
  const select = h('select', { 'data-testid': `control-${name}` })
  const known = options.some(([value]) => value === settings[name])
  const all = known ? options : [[settings[name], settings[name]] as const, ...options]
  for (const [value, text] of all) {
    const option = h('option', { value }, text)
    option.selected = value === settings[name]
    select.append(option)
  }
  select.addEventListener('change', () => changeSetting(name, select.value as Settings[K]))
  return h('label', { class: 'pv-select' }, h('span', {}, label), select)
}

/** A button that runs an action and shows its result. */
export function createAction(
  text: string,
  testid: string,
  act: () => Promise<string> | string,
  say: (text: string, isFailure: boolean) => void,
): HTMLElement {
  const button = h('button', { type: 'button', class: 'pv-action-button', 'data-testid': testid })
  button.textContent = text
  button.addEventListener('click', () => {
    button.disabled = true
    Promise.resolve()
      .then(act)
      .then(
        (done) => say(done, false),
        (error: unknown) => say(error instanceof Error ? error.message : String(error), true),
      )
      .finally(() => {
        button.disabled = false
      })
  })
  return button
}
