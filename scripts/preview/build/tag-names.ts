/**
 * Maps WXML tags to element names of the page. Built-ins must not become real HTML elements: a real
 * `<form>` would reload the page and a nested `<input>` would drop its children. The style compiler
 * and the page share this, so that selectors and elements always match.
 */

const hyphenatedBuiltIns = new Set([
  'ad-custom',
  'checkbox-group',
  'cover-image',
  'cover-view',
  'functional-page-navigator',
  'grid-view',
  'keyboard-accessory',
  'list-view',
  'live-player',
  'live-pusher',
  'match-media',
  'movable-area',
  'movable-view',
  'native-component',
  'navigation-bar',
  'official-account',
  'open-data',
  'open-container',
  'page-container',
  'page-meta',
  'picker-view',
  'picker-view-column',
  'radio-group',
  'rich-text',
  'root-portal',
  'scroll-view',
  'share-element',
  'sticky-header',
  'sticky-section',
  'swiper-item',
  'voip-room',
  'web-view',
])

/**
 * `button` → `wx-button`, `scroll-view` → `wx-scroll-view`; `login-button` (a component) is
 * unchanged.
 */
export function toElementName(tag: string): string {
  const isComponent = tag.includes('-') && !hyphenatedBuiltIns.has(tag)
  return isComponent || tag.startsWith('wx-') ? tag : `wx-${tag}`
}
