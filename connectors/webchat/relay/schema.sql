-- The relay's database: what visitors and desks have not yet got from each other, and the
-- history that a returning visitor sees. Times are UTC milliseconds. `PRAGMA user_version` says
-- which version of this file made it.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE sites (
    name       TEXT PRIMARY KEY,
    last_event INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- A row is made at a visitor's first durable frame. It outlives their messages (retention keeps
-- the row while a token may still name it), so that a sequence number is never given twice.
CREATE TABLE visitors (
    id           INTEGER PRIMARY KEY,
    site         TEXT NOT NULL,
    visitor      TEXT NOT NULL UNIQUE,
    generation   INTEGER NOT NULL DEFAULT 0,    -- tokens of another generation are refused
    last_seq     INTEGER NOT NULL DEFAULT 0,
    sub          TEXT,                          -- who the site has signed them in as
    email        TEXT NOT NULL DEFAULT '',      -- as the site's JWT has it
    email_proven INTEGER NOT NULL DEFAULT 0,    -- the JWT did not say otherwise
    code_email   TEXT NOT NULL DEFAULT '',      -- proven to the desk by a one-time code
    name         TEXT NOT NULL DEFAULT '',      -- as the site's JWT has it
    desk_has     INTEGER NOT NULL DEFAULT 0,    -- seq up to which the desk has their messages
    agent_read   INTEGER NOT NULL DEFAULT 0,    -- seq up to which an agent has read
    browser_has  INTEGER NOT NULL DEFAULT 0,    -- seq up to which the visitor's browser has all
    visitor_read INTEGER NOT NULL DEFAULT 0,    -- seq up to which the visitor has read
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    moved_to     TEXT,                          -- the signed-in visitor whom this one turned out to be
    gone_at      INTEGER                        -- moved or forgotten: takes and gets nothing
);
CREATE UNIQUE INDEX visitors_by_sub ON visitors (site, sub) WHERE sub IS NOT NULL;
CREATE INDEX visitors_by_seen ON visitors (seen_at);

CREATE TABLE messages (
    id         INTEGER PRIMARY KEY,
    owner      INTEGER NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    seq        INTEGER NOT NULL,
    sender     TEXT NOT NULL CHECK (sender IN ('visitor', 'agent')),
    mid        TEXT NOT NULL DEFAULT '',        -- the id that the visitor's widget chose
    name       TEXT NOT NULL DEFAULT '',        -- the agent's
    text       TEXT NOT NULL,
    format     TEXT NOT NULL DEFAULT '',
    files      TEXT NOT NULL DEFAULT '[]',      -- JSON: id, name, type, size
    sent_at    INTEGER NOT NULL,
    edited_at  INTEGER,
    deleted_at INTEGER,
    UNIQUE (owner, seq)
);
CREATE INDEX messages_by_time ON messages (sent_at);

-- What has been acknowledged to a visitor, so that a frame that is sent again is stored once.
CREATE TABLE received (
    owner   INTEGER NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    id      TEXT NOT NULL,
    seq     INTEGER,                            -- of a message; NULL for the other frames
    at      INTEGER NOT NULL,
    PRIMARY KEY (owner, id)
) WITHOUT ROWID;
CREATE INDEX received_by_time ON received (at);

-- What the desk has not acknowledged yet.
CREATE TABLE events (
    site    TEXT NOT NULL,
    id      INTEGER NOT NULL,                   -- per site, increasing
    type    TEXT NOT NULL,
    visitor TEXT NOT NULL,                      -- as they were called then
    at      INTEGER NOT NULL,
    owner   INTEGER REFERENCES visitors (id) ON DELETE CASCADE,  -- as they are called now
    seq     INTEGER,                            -- of a message, in the owner's present counting
    data    TEXT NOT NULL,                      -- JSON: what the type has besides
    PRIMARY KEY (site, id)
);
CREATE INDEX events_by_owner ON events (owner, type, seq);

-- The keys under which a desk has sent, so that a message is delivered once.
CREATE TABLE sends (
    site   TEXT NOT NULL,
    key    TEXT NOT NULL,
    owner  INTEGER NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    seq    INTEGER NOT NULL,
    digest BLOB NOT NULL,                       -- of the content, to tell a repeat from a mistake
    at     INTEGER NOT NULL,
    PRIMARY KEY (site, key)
) WITHOUT ROWID;
CREATE INDEX sends_by_owner ON sends (owner);
CREATE INDEX sends_by_time ON sends (at);

-- Files lie beside the database under their id.
CREATE TABLE files (
    id      TEXT PRIMARY KEY,                   -- 24 random bytes, base64url: who has it may read it
    site    TEXT NOT NULL,
    visitor TEXT,                               -- who uploaded it; NULL: the desk
    name    TEXT NOT NULL,
    type    TEXT NOT NULL,
    size    INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    used_at INTEGER                             -- when a message took it along
) WITHOUT ROWID;
CREATE INDEX files_by_site ON files (site, size);
CREATE INDEX files_by_use ON files (used_at, at);
CREATE INDEX files_by_visitor ON files (visitor);

CREATE TABLE blocks (
    site   TEXT NOT NULL,
    target TEXT NOT NULL,                       -- a visitor's id or a network in CIDR notation
    until  INTEGER,                             -- NULL: for good
    at     INTEGER NOT NULL,
    PRIMARY KEY (site, target)
) WITHOUT ROWID;
