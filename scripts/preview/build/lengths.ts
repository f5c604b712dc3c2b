/**
 * Lengths that depend on the screen. In the preview the screen is the phone on the page, not the
 * browser window, so they become `calc()` over the phone's own variables. Applied to WXSS at
 * compile time and to inline styles when they are set.
 */

/** `10rpx`, `50vw`, `env(safe-area-inset-bottom)` → expressions that follow the phone's size. */
export function convertLengths(value: string): string {
  return value
    .replace(/(-?(?:\d+\.?\d*|\.\d+))rpx\b/g, 'calc($1 * var(--pv-rpx))')
    .replace(/(-?(?:\d+\.?\d*|\.\d+))(vw|vh)\b/g, 'calc($1 * var(--pv-$2))')
    .replace(/\b(?:env|constant)\(\s*safe-area-inset-(\w+)\s*(?:,[^)]*)?\)/g, 'var(--pv-safe-$1)')
}
