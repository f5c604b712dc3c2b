/** The first schema of SQLite; tables.ts says what each table holds. */
export const initial = `
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  nickname TEXT,
  gender INTEGER NOT NULL DEFAULT 0,
  avatar_name TEXT,
  avatar_url TEXT,
  created_at_ms INTEGER NOT NULL,
  last_login_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE identities (
  appid TEXT NOT NULL,
  openid TEXT NOT NULL,
  unionid TEXT,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  session_key_sealed TEXT NOT NULL,
  session_key_at_ms INTEGER NOT NULL,
  previous_session_key_sealed TEXT,
  phone_sealed TEXT,
  phone_masked TEXT,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (appid, openid)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_by_user ON identities (user_id);
CREATE INDEX identities_by_unionid ON identities (unionid) WHERE unionid IS NOT NULL;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  appid TEXT NOT NULL,
  openid TEXT NOT NULL,
  device TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  last_seen_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, created_at_ms);

CREATE TABLE avatars (
  name TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  bytes BLOB NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX avatars_by_user ON avatars (user_id);

CREATE TABLE health (id INTEGER PRIMARY KEY CHECK (id = 1), probes INTEGER NOT NULL) STRICT;
INSERT INTO health VALUES (1, 0);
`
