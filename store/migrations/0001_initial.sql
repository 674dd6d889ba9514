-- The whole domain. Times are UTC milliseconds; JSON columns hold objects or arrays.
-- AUTOINCREMENT where rows can be erased and something else may still name them: an id is given once.
CREATE TABLE customers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL DEFAULT '',
    company TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    timezone TEXT NOT NULL DEFAULT '',
    fields TEXT NOT NULL DEFAULT '{}',
    company_key TEXT NOT NULL DEFAULT '', -- the company as it is compared, in one case
    language_set INTEGER NOT NULL DEFAULT 0, -- by hand: what they write does not change it
    channel TEXT NOT NULL DEFAULT '',     -- preferred, as an agent has set it; '': as they use them
    created_at INTEGER NOT NULL,
    first_contact_at INTEGER,
    last_contact_at INTEGER,
    merged_into INTEGER REFERENCES customers (id),
    erased_at INTEGER                     -- nothing of theirs is left
) STRICT;

CREATE INDEX customers_latest ON customers (last_contact_at, id);
CREATE INDEX customers_merged ON customers (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX customers_erased ON customers (id) WHERE erased_at IS NOT NULL;
CREATE INDEX customers_by_company ON customers (company_key, last_contact_at)
    WHERE company_key <> '';

CREATE TABLE customer_tags (
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (customer_id, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_tags_by_tag ON customer_tags (tag);

CREATE TABLE customer_notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    edited_at INTEGER,
    edited_by TEXT NOT NULL DEFAULT '',
    deleted_at INTEGER                   -- it can still be restored, for a while
) STRICT;
CREATE INDEX customer_notes_by_customer ON customer_notes (customer_id, at);
CREATE INDEX customer_notes_deleted ON customer_notes (deleted_at) WHERE deleted_at IS NOT NULL;

-- Customers who belong together, as agents have said: a household, an assistant, "the closest
-- circle". Those of one company are found by its name.
CREATE TABLE relations (
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    other_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    label TEXT NOT NULL DEFAULT '',      -- what the other one is to the customer
    agent TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (customer_id, other_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX relations_by_other ON relations (other_id);

-- What customers say of themselves and nothing proves: typed into a form, named in a message.
-- It links nobody; it tells who may be the same person.
CREATE TABLE claims (
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('email', 'phone', 'order', 'name')),
    value TEXT NOT NULL,                 -- as it is compared
    shown TEXT NOT NULL DEFAULT '',      -- as it was written
    source TEXT NOT NULL,                -- 'form', 'message', 'import'
    message_id INTEGER REFERENCES messages (id) ON DELETE SET NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (customer_id, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_by_value ON claims (kind, value);
CREATE INDEX claims_by_message ON claims (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE identities (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,              -- normalised: e-mail in lower case, IDN as U-label
    name TEXT NOT NULL DEFAULT '',
    proof TEXT NOT NULL DEFAULT '',     -- how it was proven; '' while unverified
    flag TEXT NOT NULL DEFAULT '',      -- why messages to it fail
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    UNIQUE (channel, address)
) STRICT;
CREATE INDEX identities_by_customer ON identities (customer_id);
-- Colleagues: who writes from the same domain.
CREATE INDEX identities_by_domain ON identities (substr(address, instr(address, '@') + 1))
    WHERE channel = 'email';

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    display_name TEXT NOT NULL DEFAULT '',
    capabilities TEXT NOT NULL DEFAULT '{}',
    state TEXT NOT NULL DEFAULT 'stopped'
        CHECK (state IN ('starting', 'online', 'retrying', 'failed', 'stopped')),
    state_reason TEXT NOT NULL DEFAULT '',
    state_source TEXT NOT NULL DEFAULT '',      -- what that sentence is made of, for other languages
    state_at INTEGER NOT NULL DEFAULT 0,        -- since when it is in this state
    read_past INTEGER NOT NULL DEFAULT 0,       -- messages of its past that are read, while it reads
    whole_past INTEGER NOT NULL DEFAULT 0,      -- … of so many; 0: it reads nothing of its past
    last_success_at INTEGER,            -- when its server last did what was asked; NULL: never yet
    tidied_event INTEGER,               -- up to here closed conversations are put away; NULL: off
    cursor TEXT NOT NULL DEFAULT '{}'   -- the connector's own place in its channel
) STRICT;

CREATE TABLE conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    subject TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL CHECK (status IN ('open', 'pending', 'snoozed', 'closed')),
    assignee TEXT NOT NULL DEFAULT '',
    priority INTEGER NOT NULL DEFAULT 0,
    channels TEXT NOT NULL DEFAULT '[]',        -- last used first
    account_id INTEGER REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    last_message_at INTEGER NOT NULL,
    waiting_since INTEGER,
    snoozed_until INTEGER,
    closed_at INTEGER,
    last_inbound_id INTEGER,
    last_position INTEGER NOT NULL DEFAULT 0,   -- of its newest message
    handled_position INTEGER NOT NULL DEFAULT 0, -- up to here nothing waits: closed or set pending
    preview TEXT NOT NULL DEFAULT '',
    messages INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    related_id INTEGER REFERENCES conversations (id),
    -- Inbox order: who waits longest first, then the latest touched; snoozed: who wakes
    -- first; closed: the latest touched. Ascending, so that a page is one index range.
    inbox_group TEXT NOT NULL GENERATED ALWAYS AS (
        CASE status WHEN 'snoozed' THEN 'snoozed' WHEN 'closed' THEN 'closed' ELSE 'active' END
    ) VIRTUAL,
    inbox_first INTEGER NOT NULL GENERATED ALWAYS AS (
        CASE status
            WHEN 'closed' THEN 0
            WHEN 'snoozed' THEN ifnull(snoozed_until, 9223372036854775807)
            ELSE ifnull(waiting_since, 9223372036854775807)
        END
    ) VIRTUAL,
    inbox_then INTEGER NOT NULL GENERATED ALWAYS AS (-last_message_at) VIRTUAL
) STRICT;
CREATE INDEX conversations_by_customer ON conversations (customer_id, last_message_at DESC);
-- The priority last, so that the inbox's other orders are read off the same indexes.
CREATE INDEX conversations_inbox ON conversations (
    inbox_group, inbox_first, inbox_then, id, priority
);
CREATE INDEX conversations_inbox_assignee ON conversations (
    assignee, inbox_group, inbox_first, inbox_then, id, priority
);
CREATE INDEX conversations_latest ON conversations (last_message_at, id);
CREATE INDEX conversations_unfinished ON conversations (customer_id, last_message_at)
    WHERE status <> 'closed';
CREATE INDEX conversations_snoozed ON conversations (snoozed_until) WHERE status = 'snoozed';
CREATE INDEX conversations_failed ON conversations (id) WHERE failed > 0;
CREATE INDEX conversations_begun ON conversations (created_at) WHERE messages = 0;
CREATE INDEX conversations_related ON conversations (related_id) WHERE related_id IS NOT NULL;

-- How many conversations there are of each kind, so that no screen ever counts them.
CREATE TABLE conversation_counts (
    assignee TEXT NOT NULL,
    status TEXT NOT NULL,
    conversations INTEGER NOT NULL,
    PRIMARY KEY (assignee, status)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER conversations_counted_in AFTER INSERT ON conversations BEGIN
    INSERT INTO conversation_counts VALUES (new.assignee, new.status, 1)
    ON CONFLICT DO UPDATE SET conversations = conversations + 1;
END;
CREATE TRIGGER conversations_counted_out AFTER DELETE ON conversations BEGIN
    UPDATE conversation_counts SET conversations = conversations - 1
    WHERE assignee = old.assignee AND status = old.status;
END;
CREATE TRIGGER conversations_recounted AFTER UPDATE OF status, assignee ON conversations
WHEN old.status <> new.status OR old.assignee <> new.assignee BEGIN
    UPDATE conversation_counts SET conversations = conversations - 1
    WHERE assignee = old.assignee AND status = old.status;
    INSERT INTO conversation_counts VALUES (new.assignee, new.status, 1)
    ON CONFLICT DO UPDATE SET conversations = conversations + 1;
END;

CREATE TABLE conversation_tags (
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (conversation_id, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_tags_by_tag ON conversation_tags (tag, conversation_id);

CREATE TABLE read_marks (                -- what each agent has seen
    agent TEXT NOT NULL,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL,
    at INTEGER NOT NULL,                 -- when they saw it
    PRIMARY KEY (agent, conversation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX read_marks_latest ON read_marks (at, conversation_id);
CREATE INDEX read_marks_by_conversation ON read_marks (conversation_id);

-- Long columns last: what orders and filters is read without them.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    position INTEGER NOT NULL UNIQUE,    -- arrived_at << 12 | n: time order, also after back-fill
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    account_id INTEGER REFERENCES accounts (id),
    channel TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out', 'note')),
    state TEXT NOT NULL CHECK (state IN
        ('received', 'queued', 'sending', 'sent', 'failed', 'unknown', 'cancelled')),
    automatic INTEGER NOT NULL DEFAULT 0, -- an auto-reply or bounce: nobody waits for an answer
    sent_at INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    external_id TEXT NOT NULL DEFAULT '',
    content_hash TEXT NOT NULL DEFAULT '',
    thread_index TEXT NOT NULL DEFAULT '', -- Outlook's name of the thread; proves nothing
    author TEXT NOT NULL DEFAULT '',
    author_address TEXT NOT NULL DEFAULT '',
    subject TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    raw TEXT NOT NULL DEFAULT '',
    recipients TEXT NOT NULL DEFAULT '[]',
    text TEXT NOT NULL,
    quoted TEXT NOT NULL DEFAULT '',
    signature TEXT NOT NULL DEFAULT '',
    details TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX messages_by_conversation ON messages (conversation_id, position);
-- With the conversation, so that those of folded ones are passed over without reading a row.
CREATE INDEX messages_by_customer ON messages (customer_id, position, conversation_id);
CREATE INDEX messages_by_external ON messages (external_id) WHERE external_id <> '';
CREATE INDEX messages_by_thread ON messages (thread_index) WHERE thread_index <> '';
CREATE INDEX messages_unsettled ON messages (state)
    WHERE state IN ('queued', 'sending', 'failed', 'unknown');

-- Which notes name which agents, and whether they have seen that.
CREATE TABLE mentions (
    agent TEXT NOT NULL,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,                 -- when the note was written
    seen_at INTEGER,                     -- when they had it on the screen; NULL: not yet
    PRIMARY KEY (agent, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_latest ON mentions (agent, at, conversation_id);
CREATE INDEX mentions_unseen ON mentions (agent, conversation_id) WHERE seen_at IS NULL;
CREATE INDEX mentions_by_conversation ON mentions (conversation_id, agent);
CREATE INDEX mentions_by_message ON mentions (message_id);
CREATE TRIGGER mentions_moved AFTER UPDATE OF conversation_id ON messages
WHEN old.conversation_id <> new.conversation_id BEGIN
    UPDATE mentions SET conversation_id = new.conversation_id WHERE message_id = new.id;
END;

-- Who is told of whatever happens in a conversation, though it may be a colleague's.
CREATE TABLE watches (
    agent TEXT NOT NULL,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    PRIMARY KEY (agent, conversation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX watches_by_conversation ON watches (conversation_id);

-- Conversations whose customer waits for an assignee who is not there: the engine keeps the list.
CREATE TABLE silences (
    conversation_id INTEGER PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
    agent TEXT NOT NULL,                 -- the assignee then
    since INTEGER NOT NULL               -- when they were last at work; 0: never seen here
) STRICT;

-- Ids that stored mails quote and that have not come (yet): siblings of a thread whose start
-- is older than the desk, and mails that arrive before the one they answer.
CREATE TABLE awaited_messages (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    external_id TEXT NOT NULL,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    PRIMARY KEY (account_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX awaited_messages_by_conversation ON awaited_messages (conversation_id);

-- Further ids of a message in its channel: the pictures of an album, the parts of a long reply.
CREATE TABLE message_aliases (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    external_id TEXT NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_aliases_by_message ON message_aliases (message_id);

-- What happened to messages that have not come (yet), and payloads of links for the first message
-- of a chat: applied when it comes.
CREATE TABLE early_notices (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    awaited TEXT NOT NULL,               -- a message's key, or what stands for a chat's next one
    external_id TEXT NOT NULL,
    notice TEXT NOT NULL,
    until INTEGER,                       -- not kept longer; NULL: for as long as it takes
    PRIMARY KEY (account_id, awaited, external_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE attachments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size INTEGER NOT NULL,
    blob TEXT NOT NULL DEFAULT '',
    inline INTEGER NOT NULL DEFAULT 0,
    content_id TEXT NOT NULL DEFAULT '',
    reference TEXT NOT NULL DEFAULT '',  -- what the channel finds it by, while blob is ''
    problem TEXT NOT NULL DEFAULT '',    -- why it is not here; for good when due_at is NULL
    tries INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER,                      -- when to fetch it next; NULL: not any more
    place INTEGER NOT NULL DEFAULT 0,    -- its place among the files, before their ids' order
    replaced INTEGER NOT NULL DEFAULT 0  -- an edit put another in its place; kept, not shown
) STRICT;
CREATE INDEX attachments_by_message ON attachments (message_id);
CREATE INDEX attachments_due ON attachments (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX attachments_by_blob ON attachments (blob);

-- Contents by SHA-256. Small ones live here (sqlite.org/intern-v-extern-blob.html),
-- large ones as files under blobs/, fsynced before the row is written. Rows in order of
-- arrival: by hash, every new one would land on a page of its own.
CREATE TABLE blobs (
    id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    encoding TEXT NOT NULL CHECK (encoding IN ('zlib', 'plain', 'file')),
    data BLOB
) STRICT;

CREATE TABLE outbox (
    message_id INTEGER PRIMARY KEY REFERENCES messages (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    key TEXT NOT NULL UNIQUE,
    recipients TEXT NOT NULL,            -- envelope addresses, JSON array
    agent TEXT NOT NULL DEFAULT '',
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    first_attempt_at INTEGER,
    cancel_on_inbound INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at);

-- Changes to what was sent: edits and deletions on their way to the channel.
CREATE TABLE alterations (
    id INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL REFERENCES messages (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    kind TEXT NOT NULL CHECK (kind IN ('edit', 'delete')),
    text TEXT NOT NULL DEFAULT '',       -- the new one
    agent TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'done', 'failed', 'cancelled')),
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX alterations_due ON alterations (account_id, due_at) WHERE state = 'queued';
CREATE INDEX alterations_by_message ON alterations (message_id);

-- Who types where, for as long as it is fresh: not history, so not in the event log.
CREATE TABLE typing (
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    who TEXT NOT NULL,                   -- an agent's name; '' for the customer
    account_id INTEGER REFERENCES accounts (id),
    at INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, who)
) STRICT, WITHOUT ROWID;

-- Who has a chat in front of them, and where; the visit before is overwritten. Not history.
CREATE TABLE visits (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    address TEXT NOT NULL,               -- the visitor's, as in identities
    chat TEXT NOT NULL,
    online INTEGER NOT NULL DEFAULT 0,
    at INTEGER NOT NULL,                 -- since when they are there, or gone
    seen_at INTEGER NOT NULL,            -- when they last did anything
    left_due INTEGER,                    -- when to see whether their leaving is told; NULL: it was
    details TEXT NOT NULL DEFAULT '{}',  -- page, title, referrer, browser, language, timezone
    form TEXT NOT NULL DEFAULT '{}',     -- what they filled in: hearsay
    marks TEXT NOT NULL DEFAULT '{}',    -- up to which key they have, and have seen, what is ours
    PRIMARY KEY (account_id, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX visits_by_address ON visits (address);
CREATE INDEX visits_online ON visits (account_id) WHERE online = 1;
CREATE INDEX visits_left ON visits (account_id, left_due) WHERE left_due IS NOT NULL;
CREATE INDEX visits_old ON visits (seen_at) WHERE online = 0;

-- The screens that agents have open, for as long as each says so. Not history.
CREATE TABLE presence (
    agent TEXT NOT NULL,
    screen TEXT NOT NULL,                -- host and process
    at INTEGER NOT NULL,                 -- when it last said so
    active_at INTEGER NOT NULL,          -- when a key was last touched
    conversation_id INTEGER,             -- what stands on it
    since INTEGER NOT NULL,              -- when it was opened
    source TEXT NOT NULL DEFAULT '',     -- from where: `ssh 192.0.2.7`, a terminal
    PRIMARY KEY (agent, screen)
) STRICT, WITHOUT ROWID;
-- When each agent last touched a key on any screen, also of those that are closed.
CREATE TABLE last_seen (
    agent TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What agents have set by hand: one that is not there though their screen is open, and an
-- account that is to show another state than who is there would make it show.
CREATE TABLE away (
    agent TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE attendance (
    account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
    state TEXT NOT NULL CHECK (state IN ('online', 'away', 'hidden')),
    agent TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- One-time codes by which a customer proves an e-mail address from a chat. The code itself is made
-- of such a row by a key that is not here: nobody can read one in the store.
CREATE TABLE one_time_codes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id), -- of the chat
    chat TEXT NOT NULL,
    address TEXT NOT NULL,               -- who asked, as in identities
    email TEXT NOT NULL,                 -- as in identities
    salt TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    used_at INTEGER,
    message_id INTEGER REFERENCES messages (id) -- the mail with it
) STRICT;
CREATE INDEX one_time_codes_by_chat ON one_time_codes (account_id, chat, created_at);
CREATE INDEX one_time_codes_by_address ON one_time_codes (account_id, address, created_at);
CREATE INDEX one_time_codes_by_email ON one_time_codes (email, created_at);
CREATE INDEX one_time_codes_by_message ON one_time_codes (message_id) WHERE message_id IS NOT NULL;

-- What is to be told in a chat of somebody's codes: of each the newest, for as long as it is news.
CREATE TABLE verifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    chat TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sent', 'proven', 'wrong', 'expired', 'refused')),
    email TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (account_id, chat)
) STRICT;

-- Replies in a chat that its customer may have left: what they do not see there goes after them by
-- mail. Those that were seen have no row any more.
CREATE TABLE follow_ups (
    message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    address TEXT NOT NULL,               -- the customer's in the chat, as in identities
    sent_at INTEGER NOT NULL,
    due_at INTEGER,                      -- not before; NULL: nothing is to be done any more
    mail_id INTEGER REFERENCES messages (id) -- the mail that took it along
) STRICT;
CREATE INDEX follow_ups_due ON follow_ups (account_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX follow_ups_by_address ON follow_ups (address);
CREATE INDEX follow_ups_by_mail ON follow_ups (mail_id) WHERE mail_id IS NOT NULL;

-- Whom agents keep out, and what is still to be told to the channel.
CREATE TABLE barred (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    at INTEGER NOT NULL,
    lifted_at INTEGER,                   -- NULL: still kept out
    told_at INTEGER,                     -- NULL: the channel does not know yet
    PRIMARY KEY (account_id, address)
) STRICT, WITHOUT ROWID;

-- Links by which a customer goes on in another channel, each good once.
CREATE TABLE one_time_links (
    digest TEXT PRIMARY KEY,             -- SHA-256 of the payload: the store cannot be used to open one
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id), -- where it leads
    message_id INTEGER REFERENCES messages (id), -- what carries it; NULL: it stands in a draft
    channel TEXT NOT NULL DEFAULT '',    -- the address that it was sent to, proven by its opening
    address TEXT NOT NULL DEFAULT '',
    agent TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    used_by TEXT NOT NULL DEFAULT '',    -- the address that opened it
    used_in TEXT NOT NULL DEFAULT '',    -- the chat in which it did
    used_after INTEGER NOT NULL DEFAULT 0 -- the last message before
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_links_by_chat ON one_time_links (account_id, used_in) WHERE used_in <> '';
CREATE INDEX one_time_links_by_conversation ON one_time_links (conversation_id);
CREATE INDEX one_time_links_by_message ON one_time_links (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX one_time_links_by_customer ON one_time_links (customer_id);

CREATE TABLE ledger (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    external_id TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'duplicate', 'ignored', 'quarantined')),
    reason TEXT NOT NULL DEFAULT '',
    message_id INTEGER REFERENCES messages (id),
    raw TEXT NOT NULL DEFAULT '',        -- blob hash; kept when quarantined
    at INTEGER NOT NULL,
    PRIMARY KEY (account_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_quarantined ON ledger (at) WHERE outcome = 'quarantined';
CREATE INDEX ledger_by_message ON ledger (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX ledger_by_raw ON ledger (raw) WHERE raw <> '';

-- Messages that were erased: what came in once is not taken in again, whatever the mailbox says.
CREATE TABLE erased_messages (
    digest TEXT PRIMARY KEY,             -- SHA-256 of what they were told apart by
    sent_at INTEGER NOT NULL,            -- a chat may count anew: what was sent later is another one
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Customers who were erased, and how far that has come: it is done in many small transactions.
CREATE TABLE erasures (
    customer_id INTEGER PRIMARY KEY REFERENCES customers (id),
    agent TEXT NOT NULL,
    at INTEGER NOT NULL,
    emptied_at INTEGER,                  -- no row of theirs is left
    swept_at INTEGER                     -- nor are their words in the search index, free pages, files
) STRICT;
CREATE INDEX erasures_unfinished ON erasures (customer_id) WHERE swept_at IS NULL;

-- Large contents that no row names any more, whose files are still to be deleted.
CREATE TABLE doomed_files (
    hash TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Erased customers of whom a channel's server is still to delete what it has.
CREATE TABLE forgets (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    address TEXT NOT NULL,
    at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, address)
) STRICT, WITHOUT ROWID;

-- Customers that turned out to be one: what went from the source to the target, so that it can
-- go back.
CREATE TABLE merges (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES customers (id),
    target_id INTEGER NOT NULL REFERENCES customers (id),
    reason TEXT NOT NULL,                -- 'link', 'agent', …
    evidence TEXT NOT NULL DEFAULT '{}',
    moved TEXT NOT NULL,                 -- ids, and what was filled in on the target
    at INTEGER NOT NULL,
    agent TEXT NOT NULL,
    undone_at INTEGER
) STRICT;
CREATE INDEX merges_by_source ON merges (source_id);
CREATE INDEX merges_by_target ON merges (target_id);

-- What may be so and nobody has decided: shown on the customer's card, with its evidence.
CREATE TABLE suggestions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('same-person')),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    other_id INTEGER NOT NULL REFERENCES customers (id),
    reason TEXT NOT NULL,                -- 'answered-our-mail', 'claims-address', 'same-phone', …
    evidence TEXT NOT NULL DEFAULT '{}',
    message_id INTEGER REFERENCES messages (id),
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'dismissed')),
    created_at INTEGER NOT NULL,
    decided_at INTEGER,
    decided_by TEXT NOT NULL DEFAULT ''
) STRICT;
-- A pair is suggested once for each reason, whoever of the two came first.
CREATE UNIQUE INDEX suggestions_once ON suggestions (
    kind, reason, min(customer_id, other_id), max(customer_id, other_id)
);
CREATE INDEX suggestions_by_customer ON suggestions (customer_id);
CREATE INDEX suggestions_by_other ON suggestions (other_id);
CREATE INDEX suggestions_by_message ON suggestions (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE drafts (
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    agent TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'reply' CHECK (kind IN ('reply', 'note')),
    text TEXT NOT NULL,
    account_id INTEGER REFERENCES accounts (id),
    attachments TEXT NOT NULL DEFAULT '[]',
    delivery TEXT NOT NULL DEFAULT '{}', -- what the agent chose about recipients, quote, signature
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, agent, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX drafts_by_agent ON drafts (agent);

CREATE TABLE template_uses (
    template TEXT NOT NULL,
    agent TEXT NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0,
    last_used_at INTEGER NOT NULL,
    PRIMARY KEY (template, agent)
) STRICT, WITHOUT ROWID;

CREATE TABLE article_uses (
    article TEXT NOT NULL,
    agent TEXT NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0,
    last_used_at INTEGER NOT NULL,
    PRIMARY KEY (article, agent)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    customer_id INTEGER,
    conversation_id INTEGER,
    message_id INTEGER,
    data TEXT NOT NULL DEFAULT '{}',
    source TEXT NOT NULL DEFAULT '',     -- where the actor sits: `ssh 192.0.2.7`, a terminal
    -- Goes into the digest of what may be erased one day, and is erased with that: what is left
    -- of it then can be guessed by nobody.
    salt BLOB NOT NULL DEFAULT (randomblob(16))
) STRICT;

-- The audit chain (store/audit.py): a digest over all events up to one, and over those before.
CREATE TABLE audit_blocks (
    upto INTEGER PRIMARY KEY,            -- the last event in it
    events INTEGER NOT NULL,             -- how many are
    at INTEGER NOT NULL,                 -- when it was sealed
    digest BLOB NOT NULL
) STRICT;
-- What the chain holds of events whose values were erased, or that are gone.
CREATE TABLE audit_leaves (
    event_id INTEGER PRIMARY KEY,
    of_values BLOB NOT NULL,             -- the digest of their values
    leaf BLOB NOT NULL,                  -- the digest of everything of them
    because INTEGER                      -- the customer who was erased; NULL: retention deleted it
) STRICT;
-- The log is only ever appended to: what is changed has its digests kept first, and keeps who did
-- what when.
CREATE TRIGGER events_kept BEFORE UPDATE ON events
WHEN NOT EXISTS (SELECT 1 FROM audit_leaves WHERE event_id = old.id)
    OR new.id <> old.id OR new.at <> old.at OR new.actor <> old.actor OR new.kind <> old.kind
    OR new.source <> old.source OR new.customer_id IS NOT old.customer_id
BEGIN
    SELECT raise(ABORT, 'the event log is only appended to');
END;
CREATE TRIGGER events_not_deleted BEFORE DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM audit_leaves WHERE event_id = old.id)
BEGIN
    SELECT raise(ABORT, 'the event log is only appended to');
END;

CREATE INDEX events_by_conversation ON events (conversation_id, id);
CREATE INDEX events_by_customer ON events (customer_id, id);
-- What a timeline shows between the messages, in the order in which it happened there: the
-- kinds of store.events.SHOWN and the changes of status by its WHY, word for word.
CREATE INDEX events_shown ON events (customer_id, ifnull(data ->> '$.at', at), id)
    WHERE (kind IN ('chat.started', 'chat.event', 'chat.pinned', 'chat.moved', 'customer.blocked',
        'customer.unblocked', 'customer.barred', 'customer.unbarred', 'identity.linked',
        'customer.merged', 'customer.unmerged', 'link.created', 'link.opened', 'identity.proven',
        'identity.unproven', 'messages.moved', 'conversation.assigned')
        OR (kind = 'conversation.status' AND data ->> '$.why' IN ('command', 'snooze-over')));

-- Hooks of the desk's config: how far in the log each has got.
CREATE TABLE hook_cursors (
    hook TEXT PRIMARY KEY,
    upto INTEGER NOT NULL                -- the event
) STRICT, WITHOUT ROWID;

-- What they have run, once for an event. A program is noted before it starts: one that is still
-- `running` when the next engine starts may or may not have done its work.
CREATE TABLE hook_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hook TEXT NOT NULL,
    event_id INTEGER NOT NULL,
    kind TEXT NOT NULL,                  -- the event's
    customer_id INTEGER,
    conversation_id INTEGER,
    message_id INTEGER,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'unknown')),
    attempts INTEGER NOT NULL DEFAULT 1, -- 0 while it waits; more where it was run again
    begun_at INTEGER NOT NULL,
    ended_at INTEGER,
    error TEXT NOT NULL DEFAULT '',
    UNIQUE (hook, event_id)
) STRICT;
CREATE INDEX hook_runs_open ON hook_runs (state, hook) WHERE state <> 'done';
CREATE INDEX hook_runs_by_conversation ON hook_runs (hook, conversation_id, begun_at);
CREATE INDEX hook_runs_by_customer ON hook_runs (customer_id);

-- Rebuilt from messages at any time (`omnitui check --reindex`): the row id is
-- messages.position, so that newest first is the index's own order. Text goes in
-- normalised by store/index.py, hence without content. `facets` holds what filters ask
-- for (channel, account, direction, customer, …) as words, so that a common word with a
-- rare filter is an intersection inside the index, not a scan.
CREATE VIRTUAL TABLE message_search USING fts5 (
    subject, text, sender, recipients, files, facets,
    content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'", prefix = '2 4'
);
-- Larger buffers and rarer merges than the defaults: 1.4 times the messages a second.
INSERT INTO message_search (message_search, rank) VALUES ('hashsize', 8388608);
INSERT INTO message_search (message_search, rank) VALUES ('automerge', 8);
INSERT INTO message_search (message_search, rank) VALUES ('crisismerge', 32);
CREATE VIRTUAL TABLE customer_search USING fts5 (
    name, company, addresses,
    content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'", prefix = '2 3'
);
