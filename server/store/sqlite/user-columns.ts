/** What rows.ts wants of a user `u`, seen through an identity `i`. */
export const USER_COLUMNS = `
  u.id, i.appid, i.openid, i.unionid, u.nickname, u.gender, u.avatar_name, u.avatar_url,
  i.phone_masked, u.created_at_ms,
  (SELECT max(k.last_login_at_ms) FROM identities k WHERE k.user_id = u.id) AS last_login_at_ms`
