/**
 * Selects the person who uses the mini-program. A person is a short name: the same name is the same
 * person in the sandbox, and each person has a separate storage. Test ids: control-user-<name>,
 * control-user-new.
 */
import { h } from '../markup'
import { drawAvatar } from '../pictures'
import { changeSetting, isName, MAX_NAME_LENGTH, NAME_PATTERN, settings } from '../settings'

const STORAGE_KEY = 'preview:people'
const firstPeople = ['alice', 'bob', 'carol']

function readPeople(): string[] {
  let stored: unknown
  try {
    stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]')
  } catch {
    stored = []
  }
  const named = (Array.isArray(stored) ? stored : []).filter(
    (name: unknown): name is string => typeof name === 'string' && isName(name),
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
    placeholder: '新用户名，按回车添加',
    'aria-label': '新用户名',
    'data-testid': 'control-user-new',
    maxlength: MAX_NAME_LENGTH,
    pattern: NAME_PATTERN,
    required: true,
    title: '1–64 个字符，不能包含斜线',
  })
  field.addEventListener('keydown', (event) => {
    // An Enter that confirms pinyin input must not submit the name.
    if (event.key !== 'Enter' || event.isComposing) return
    field.value = field.value.trim()
    if (!field.reportValidity()) return
    localStorage.setItem(STORAGE_KEY, JSON.stringify([...readPeople(), field.value]))
    changeSetting('user', field.value)
  })
  return field
}

/** The list of people with a field for a new one. */
export function createPeople(): HTMLElement {
  const people = readPeople().map(createPerson)
  const list = h('div', { class: 'pv-people', role: 'radiogroup', 'aria-label': '用户' }, ...people)
  return h('div', {}, list, createNewPerson())
}
