"""Every command of the registry, own ones too, is run as from the `:` line, or pressed by its key
where text is typed; what the screen then says is read. A new command without a line fails.

Only the first of each table is typed on that line: its coming and going is most of the work, and
draws the whole screen anew, also what a command forgot to."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
from textual.events import Key, Paste

from omnitui.desk.own_commands import registry_for
from omnitui.tui.app import TYPED_IN, OmniApp
from omnitui.tui.commands import REGISTRY
from omnitui.tui.keys.completion import Completion
from omnitui.tui.screens.command_line import CommandLine
from omnitui.tui.screens.overlay import Overlay
from store.clock import now
from tests.tui.shell.desks import settled
from tests.tui.shell.shop import Shop, Ui
from tests.tui.views.chatroom import OLENA, Chatroom
from tests.tui.views.webroom import MAIL, MARTA, Webroom

Lines = tuple[tuple[str, str], ...]
"""What is typed, and what is seen after it that was not there before. Behind a `»` stand keys that
are only pressed. `=` before what is seen: it stays; `-`: it goes; `=` alone, like after keys:
there is nothing to see."""

pytestmark = pytest.mark.timeout(400)  # where others work, too

IN_INBOX, IN_TIMELINE = "Enter open", "Enter reply"
CLOSED = ("choose cancel", "=1 Mine")
LIST: Lines = (
    ("move down", "piotr@piotr.example"), ("move up", "olena@olena.example"),
    ("move last", "▌● ✉ Olena Koval                20m"),
    ("move first", "▌● ✉ Olena Koval                 3h"),
    ("move page-down", "▌● ✉ Olena Koval                20m"),
    ("move page-up", "▌● ✉ Olena Koval                 3h"),
    ("move half-page-down", "▌● ✉ Olena Koval                20m"),
    ("move half-page-up", "▌● ✉ Olena Koval                 3h"),
    ("view all", "=3 All 4"), ("sort newest", "newest first"), ("sort usual", "-newest first"),
    ("filter from:piotr", "filter: from:piotr"), ("view save Blue", "Saved as view 8, “Blue”"),
    ("view remove Blue", "Remove the view “Blue”?"), ("» y", "The view “Blue” is gone."),
    ("filter from:piotr", "filter: from:piotr"), ("filter clear", "-filter: from:piotr"),
    ("filter", "words, “a phrase”"), CLOSED,
    ("view mentions", "=6 Mentions"), ("view all", "The cup"),
    ("mark", "1 marked"), ("mark range", "2 marked"), ("mark invert", "✓ ✉ Ben Hughes"),
    ("mark none", "-marked"), ("mark all", "4 marked"), ("mark none", "-marked"),
    ("go 3", "ben@ben.example"), ("focus inbox", IN_INBOX),
    ("tag add vip", "Tagged vip."), ("repeat", "It has this tag already."),
    ("tag remove vip", "Tag vip removed."), ("undo", "Undone: Tag vip removed."),
    ("choose-tag", "Add a tag"), CLOSED, ("choose-tag remove", "Remove a tag"), CLOSED,
    ("choose-agent", "Assign to"), CLOSED, ("choose next", "No list and no text is open"),
    ("assign me", "Assigned to ann."), ("unassign", "Assigned to nobody."),
    ("claim", "is yours."), ("assign back ann none", "Assigned to nobody."),
    ("watch", "You watch it"), ("unwatch", "Watched no longer."), ("who", "Who is here"), CLOSED,
    ("drafts", "Drafts are their writers' own here"),
    ("assign olena", "Assigned to olena."), ("reclaim olena", "1 conversation of olena is"),
    ("reclaim back olena 99", "olena has 0 conversations back."), ("unassign", "="),
    ("hand over olena Please call her", "Handed over to olena."), ("unassign", "to nobody."),
    ("priority urgent", "Priority: urgent."), ("subject Order seventeen", "Subject changed."),
    ("status pending", "Pending."), ("status open", "Opened."),
    ("mark unread", "▌● ✉ Ben Hughes"), ("mark read", "▌  ✉ Ben Hughes"),
    ("thanks", "Tagged thanks.  Priority: low."), ("macro thanks", "Nothing to change."),
    ("look", "Tagged seen."), ('batch ["priority high", "tag add many"]', "Tagged many."),
    ("greet", "A word from outside"), CLOSED,
    ("menu assign", "to somebody else …"), CLOSED, ("keys ctrl+x", "^X …"), CLOSED,
    ("help", "type what you look for"), CLOSED,
    ("palette", "what do you want to do?"), CLOSED, ("command tag", "tag add TAG"), CLOSED,
    ("problems", "Nothing is wrong with the settings."), ("accounts", "Accounts"), CLOSED,
    ("theme", "Colours"), CLOSED, ("theme light", "="), ("theme plaid", "no theme “plaid”"),
    ("language uk", "Мова тепер"), ("language en", "The language is now English."),
    ("tour", "1 of 6"), ("tour next", "2 of 6"), ("tour end", "-2 of 6"), ("redraw", "="),
    ("copy", "Copied 15 characters."),
    ("log call out 12m Wants it", "Noted: Call, 12 minutes."), ("log discard 6", "Struck out."),
    ("log restore 6", "It stands again."), ("log", "Note a contact"), CLOSED,
    ("note Look at this @olena", "Note kept."), ("note discard 7", "Struck out."),
    ("note restore 7", "The note stands again."),
    ("customers piotr", "✉ piotr@piotr.example"), CLOSED,
    ("popped", "Nobody has called."), ("practice", "No practice runs"),
    ("practice end", "No practice runs"), ("shell false", "false ended with status 1."),
    ("search jacket", "Does the jacket come in blue?"), CLOSED,
    ("search next", "─ Search"), CLOSED, ("search previous", "─ Search"), CLOSED,
    ("next chat", "No visitor of the web chat waits."),
    ("reply with greeting", "Reply on its way."),
    ("outbox cancel", "Taken back; the text is in the reply box."),
    ("reply discard", "Draft discarded."),
    ("compose eve@new.example support Your parcel", "Nobody has got anything yet"),
    ("back", "Nothing was written: nothing is left of it."),
    ("compose discard 4", "close it instead."), ("compose", "Write to"), CLOSED,
    ("pipe polite", "polite wrote a draft"), ("back", "✎ Draft: Dear Olena,"),
    ("go 2", "piotr@piotr.example"), ("next", "olena@olena.example"), ("previous", "piotr@piotr"),
    ("back", IN_INBOX), ("open", IN_TIMELINE), ("snooze 2d", "Snoozed until"),
    ("unsnooze", "Opened."), ("close", "Closed."), ("reopen", "Opened."),
    ("back", IN_INBOX), ("quit confirm", "Leave? Drafts are kept."), CLOSED,
)  # fmt: skip
HISTORY: Lines = (
    ("open", IN_TIMELINE), ("back", IN_INBOX), ("focus timeline", IN_TIMELINE),
    ("find order", "“order”: "), ("search next", "not found further on."),
    ("date 3 weeks ago", "The first message from"),
    ("only attachments", "only what has attachments"), ("only everything", "-only what has"),
    ("only notes", "There is nothing to show"), ("only conversation", "only conversation #"),
    ("only channel", "only ✉ e-mail"), ("only everything", "-only ✉ e-mail"),
    ("» g", ""), ("fold", "▸ Order 17"), ("fold", "-▸ Order 17"),
    ("fold others", "▸ Re: Order 17"), ("fold others", "-▸ Re: Order 17"),
    ("files", "Attachments of this customer"), CLOSED, ("copy", "Copied 45 characters."),
    ("copy whole", "Copied the message with its heading."),
    ("unfold", "▾ quoted"), ("unfold quote", "▸ quoted"), ("unfold signature", "is folded in"),
    ("unfold text", "is folded in"), ("unfold original", "is folded in"),
    ("unfold files", "is folded in"), ("unfold mail", "is folded in"),
    ("details", "Details of this message"), CLOSED, ("raw", "X-Odd: yes"), CLOSED,
    ("save raw {tmp}/kept.eml", "Saved as"), ("open link", "Links and attachments"), CLOSED,
    ("adopt", "The highlighted message forwards no mail."),
    ("customer from-forwarded", "No message of this conversation forwards a mail."),
    ("answer", "does not show which message a reply answers."),
    ("edit", "Only what was sent from here can be changed"),
    ("delete", "Only what was sent from here can be changed"),
    ("file retry", "No file is missing here."),
    ("split 1", "Nothing would stay: split at a later message."),
    ("join 2 yes", "Joined to conversation 2."), ("undo", "Undone: Joined to"),
    ("unmove 1", "is no move that can be taken back."), ("back", IN_INBOX), ("» g enter", ""),
    ("move 1 2 yes", "moved to"), ("undo", "Undone: "),
)  # fmt: skip
WRITING: Lines = (
    ("open", IN_TIMELINE), ("» g", ""),
    ("quote part", "Quote of this message"), CLOSED, ("quote", "> Where is my order 17?"),
    ("reply kind", "INTERNAL NOTE"), ("reply kind", "REPLY"), ("back", "✎ Draft: > Where"),
    ("reply set Good morning", "✎ Draft: Good morning"),
    ("template from-reply Morning", "Template “morning” is in"),
    ("template save bye en Goodbye!", "Template “bye” is kept."),
    ("template remove bye", "Template “bye” is deleted."),
    ("template insert greeting", "Good day to you!"),
    ("template from-message 1 Asked", "Template “asked” is in"),
    ("template new Another", "Template “another” is as it was."),
    ("template edit greeting", "Template “greeting” is as it was."),
    ("reply set .", "✎ Draft: ."), ("article insert returns", "Send it back within 30 days."),
    ("reply set .", "-Send it back"), ("article link returns", "https://help.acme.example/ret"),
    ("reply discard", "Draft discarded."),
    ("reply cc boss@acme.example", "Copy to boss@"), ("reply bcc log@a.example", "Hidden copy"),
    ("reply to eve@new.example", "The reply goes to eve@new.example."),
    ("reply trim eve@new.example", "Without eve@new.example."),
    ("reply to", "The reply goes where it usually does."),
    ("reply quote", "Quoted below the reply"), ("reply signature", "Without a signature."),
    ("reply silent", "has no silent messages"), ("reply delivery {}", "="),
    ("attach {tmp}/list.pdf", "list.pdf attached."), ("detach list.pdf", "list.pdf taken off."),
    ("attach {tmp}/list.pdf", "list.pdf attached."), ("choose-attachment", "list.pdf taken off."),
    ("reply via support", "REPLY"), ("» f5", ""),
    ("choose-recipient", "There is nobody to take off"), ("back", IN_TIMELINE),
    ("link", "No account has links to go on in"),
    ("reply note", "INTERNAL NOTE"), ("» @ o l e n a escape escape", ""),
    ("articles refund", "1 article"), ("article move next-part", "Only: How long a refund"),
    ("» " + "backspace " * 6, ""),
    ("article move next", "Measure in the evening."), ("article move page-down", "-Measure in"),
    ("article move page-up", "Measure in the evening."),
    ("article move previous", "Send it back within"), ("article address", "=█ https://help.acme"),
    ("articles", "Returns and refunds"), ("article close", "-Returns and refunds"),
    ("articles", "Returns and refunds"), ("article take", "=**How long"),
    ("back", "✎ Draft: https"), ("reply", "REPLY"), ("template", "Templates"), CLOSED,
    ("preview", "What goes out"), CLOSED, ("reply attach", "list.pdf"), CLOSED, ("editor", "="),
    ("spelling", "No word is marked."), ("back", IN_TIMELINE),
    ("spelling add omnitui", "“omnitui” is one of your words now."),
    ("spelling language uk", "Spelling is checked in the reply box."),
    ("reply template", "Templates"), CLOSED, ("reply send", "Reply on its way."),
    ("reply earlier", "Earlier replies"), CLOSED, ("outbox retry", "Once more on its way."),
    ("outbox cancel", "Taken back; the text is in the reply box."),
    ("reply send tomorrow 9", "Goes out"), ("retry", "=Sending in"),
    ("outbox failed", "It is known of every message here"),
    ("outbox sent", "It is known of every message here"),
    ("alteration cancel", "No message here is to be changed."),
    ("focus reply", "REPLY"), ("back", IN_TIMELINE),
    ("reply note", "INTERNAL NOTE"), ("» @ o l e n a escape f3", ""),
    ("reply hand-over", "Handed over to olena."),
)  # fmt: skip
CARD: Lines = (
    ("card", "Enter change, open"), ("back", IN_INBOX), ("focus card", "Enter change, open"),
    ("card act", "Name"), CLOSED, ("card remove", "There is nothing to take away here"),
    ("card edit company", "Company"), CLOSED,
    ("card address email olena@olena.example", "it is theirs, on your word"), CLOSED,
    ("card copy olena@olena.example", "Copied: olena@olena.example"),
    ("card claim email x@y.example", "find customers by it"), CLOSED,
    ("card page", "Nobody knows what page they look at."),
    ("card suggestion 1", "the same person?"), CLOSED,
    ("card dismiss", "Noted: two persons."), ("suggestion reopen 1", "It is suggested again."),
    ("suggestion dismiss", "Noted: two persons."), ("suggestion reopen 1", "It is suggested"),
    ("suggestion accept", "is this customer now, as merge 1."), ("focus card", "=Made one with"),
    ("card unmerge 1", "Make Ben Hughes a customer of their own again?"), CLOSED,
    ("customer unmerge", "is a customer of their own again."),
    ("card accept", "is this customer now, as merge 2."), ("undo", "Undone: Ben Hughes"),
    ("customer company Farm", "│ Farm"), ("customer language pl", "Polish · set by hand"),
    ("customer timezone Europe/Kyiv", "Card changed."), ("customer field size 42", "size: 42"),
    ("customer set-field height 180", "height: 180"), ("customer tag vip", "#vip"),
    ("customer untag vip", "Tag vip removed."), ("customer note Prefers calls", "Note kept."),
    ("customer note edit 1 Prefers letters", "│ Prefers letters"),
    ("customer note delete 1", "Note deleted."), ("customer note restore 1", "Note restored."),
    ("customer address phone +380671234567", "+380671234567 added."),
    ("customer address remove +380671234567", "+380671234567 is off the card."),
    ("customer address restore +380671234567", "is on the card again."),
    ("customer unverify +380671234567", "+380671234567 is not proven any more, by ann"),
    ("customer verify +380671234567", "Noted."), ("customer channel phone", "prefers ☏ phone"),
    ("customer relate 2 neighbour", "Piotr Lis belongs here."),
    ("customer unrelate 2", "They do not belong together any more."),
    ("customer related-by 2 boss", "Piotr Lis belongs here."),
    ("customer conflicts 2", "stays, "), ("customer new Ann ann@lee.example", "Customer 4 made."),
    ("customer discard 4", "Customer 4 is no more."),
    ("customer switch 2", "This is Piotr Lis's conversation now."), ("undo", "Undone: This is"),
    ("customer merge", "a name, an address"), CLOSED,
    ("customer export {tmp}/all", "has everything of them."),
    ("card write email olena@olena.example", "The reply goes to olena@olena.example."),
    ("back", IN_TIMELINE), ("person 2", "Esc goes back to Olena Koval."),
    ("customers", "a name, an address, a company"), CLOSED, ("back", "olena@olena.example"),
    ("customer name Olena Koval-Lis", "Card changed."),
    ("customer erase Olena Koval-Lis", "They are erased"),
    ("quit", "="),
)  # fmt: skip
TELEGRAM: Lines = (
    ("open", IN_TIMELINE), ("» g", ""), ("answer", "answering Olena Kovalenko: Is it the"),
    ("back", IN_TIMELINE), ("reply answer 1", "The reply answers message 1."),
    ("reply silent", "The reply comes without a sound."),
    ("message edit 3 The blue one, yes.", "edit waits: The blue one, yes."),
    ("alteration cancel", "1 change taken back."),
    ("alteration undo 1", "That change was taken back already."),
    ("message edit 3 The red one.", "edit waits: The red one."),
    ("alteration retry", "Once more on its way."), ("undo", "Undone: Once more on its way."),
    ("» g j j", ""), ("edit", "changes what was sent"), ("back", IN_TIMELINE),
    ("delete", "Delete it for the customer, too?"), ("» y", "deletion waits"),
    ("alteration undo 3", "It stays as it is."),
    ("message delete 3", "It is about to be deleted: u takes that back."),
    ("link", "writes over bot already"),
)  # fmt: skip
WEBCHAT: Lines = (
    ("view all", "=Marta"), ("next chat", IN_TIMELINE), ("presence away", "You are away."),
    ("presence back", "You are back."),
    ("attendance away", "Customers are told that nobody is there."),
    ("attendance auto", "Customers are told whether somebody is there."),
    ("customer bar", "Keep Marta out?"), ("» y", "They are kept out."),
    ("customer unbar", "They may write again."),
    ("customer code eve@new.example", "A code goes to eve@new.example"),
    ("card page", "Copied: https://acme.example/cart"),
)  # fmt: skip


def telegram(tmp_path: Path) -> Shop:
    """Olena has asked twice, and got one answer."""
    room = Chatroom(tmp_path / "desk", now())
    first = room.says(OLENA, 60, text="Is it the blue one?")
    room.says(OLENA, 58, text="And when does it come?")
    room.answer(first.conversation_id, "The blue won, yes.", 50)
    room.says(OLENA, 40, text="Thanks")
    return Shop(room.config).with_desk(after_send="stay")


def webchat(tmp_path: Path) -> Shop:
    """Marta looks at a page and waits."""
    room = Webroom(tmp_path / "desk", now())
    room.signal("visit", MARTA, 9, page="https://acme.example/cart", title="Cart")
    room.signal("online", MARTA, 9)
    room.says(MARTA, "Hello?", 5, name="Marta", proofs=("jwt",), aliases=(("email", MAIL),))
    return Shop(room.config).with_desk(after_send="stay")


TABLES = {
    "list": (settled, LIST), "history": (settled, HISTORY), "writing": (settled, WRITING),
    "card": (settled, CARD), "telegram": (telegram, TELEGRAM), "webchat": (webchat, WEBCHAT),
}  # fmt: skip


async def say(ui: Ui, line: str, *, typed: bool) -> None:
    """Run a command; where keys are text, press the key that is bound to it."""
    top = ui.app.screen
    if line.startswith("»"):
        await ui.press(*line[1:].split())
    elif isinstance(top, Overlay) or ui.station.focused_pane in TYPED_IN:
        contexts = [top.context] if isinstance(top, Overlay) else ui.station.contexts()
        keys = [k for name in contexts for k, its in ui.app.keymap.in_context(name) if its == line]
        keys += [one.key for one in getattr(top, "_items", ()) if one.line == line]  # of a menu
        assert keys, f"no key for “{line}” in {contexts}"
        await ui.press(keys[0])
    elif not typed:
        commander = ui.app.commander
        completion = Completion(commander.registry, ui.station.link, ui.station.bar.tabs)
        await completion.candidates(line)
        completion.usage(line)
        ui.station.call_later(commander.enter, line)
        await ui.settle()
    else:
        ui.app.post_message(Key("colon", ":"))
        await ui.until(lambda: isinstance(ui.app.screen, CommandLine))
        ui.app.post_message(Paste(line))
        await ui.press("enter")


async def seen(ui: Ui, what: str, before: str) -> None:
    if what.startswith("-"):
        assert what[1:] in before, "what is to go was not there"
        await ui.sees_no(what[1:])
    elif what.startswith("="):
        await ui.sees(what[1:])
    elif what:
        assert what not in before, "it was on the screen before"
        await ui.sees(what)


@pytest.mark.parametrize("name", TABLES)
async def test_what_the_screen_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The programs of others get no terminal here: tests/tui/shell/test_terminal.py gives them one.
    monkeypatch.setattr(OmniApp, "suspend", lambda _app: nullcontext())
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.chdir(tmp_path)
    make, lines = TABLES[name]
    async with make(tmp_path).screen((160, 45)) as ui:
        await ui.until(lambda: ui.station.reading.current is not None)
        for number, (line, what) in enumerate(lines):
            if not isinstance(ui.app.screen, Overlay):
                ui.station.status.say("")
                await ui.pilot.pause()
            before = ui.text()
            try:
                await say(ui, line.replace("{tmp}", str(tmp_path)), typed=number == 0)
                await seen(ui, what, before)
            except AssertionError as error:
                raise AssertionError(f"{line}: {error}\n{ui.text()}") from error


def test_no_command_is_left_out(tmp_path: Path) -> None:
    registry = registry_for(settled(tmp_path).config, REGISTRY)
    typed = {
        registry.find(line)[0].name
        for _make, lines in TABLES.values()
        for line, _what in lines
        if not line.startswith("»")
    }
    assert {command.name for command in registry} - typed == set()
