/**
 * Who holds the phone. People are short names; the same name is the same person in the sandbox, and
 * each has a storage of their own. Test ids: control-user-<name>, control-user-new.
 */
import { h } from '../markup'
import { drawAvatar } from '../pictures'
import { changeSetting, settings } from '../settings'

const STORAGE_KEY = 'preview:people'
const NAME = /^[\w-]{1,32}$/
const firstPeople = ['alice', 'bob', 'carol']

function readPeople(): string[] {
  let stored: unknown
  try {
    stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]')
  } catch {
    stored = []
  }
  const named = (Array.isArray(stored) ? stored : []).filter(
    (name: unknown): name is string => typeof name === 'string' && NAME.test(name),
  )
  return [...new Set([...firstPeople, ...named, settings.user])]
}

function createPerson(name: string): HTMLElement {
  const input = h('input', { type: 'radio', name: 'pv-user', value: name })
  input.checked = settings.user === name
  input.addEventListener('change', () => changeSetting('user', name))
  const avatar = h('span', { class: 'pv-person-avatar', 'aria-hidden': 'true' })
  avatar.innerHTML = drawAvatar(name)
  const attributes = { class: 'pv-person', 'data-testid': `control-user-${name}` }
  return h('label', attributes, input, avatar, h('span', {}, name))
}

function createNewPerson(): HTMLElement {
  const field = h('input', {
    type: 'text',
    class: 'pv-new-person',
    placeholder: '新人物的名字，回车',
    'aria-label': '新人物的名字',
    'data-testid': 'control-user-new',
    maxlength: 32,
    pattern: '[A-Za-z0-9_-]{1,32}',
    title: '1–32 个字母、数字、下划线或连字符',
  })
  field.addEventListener('keydown', (event) => {
    const name = field.value.trim()
    if (event.key !== 'Enter' || !NAME.test(name)) return
    localStorage.setItem(STORAGE_KEY, JSON.stringify([...readPeople(), name]))
    changeSetting('user', name)
  })
  return field
}

/** The list of people with a field for one more. */
export function createPeople(): HTMLElement {
  const people = readPeople().map(createPerson)
  const list = h('div', { class: 'pv-people', role: 'radiogroup', 'aria-label': '人物' }, ...people)
  return h('div', {}, list, createNewPerson())
}
