"""What is put into a reply stands apart from the words round it, as an editor would have it."""

from __future__ import annotations

from textual.app import App, ComposeResult

from omnitui.tui.widgets.reply_text import ReplyText

LINK = "https://help.acme.example/returns"
SEVERAL = "Dear Ann,\nthank you."


class _Box(App[None]):
    def compose(self) -> ComposeResult:
        yield ReplyText("reply-text")


async def test_inserted_texts_are_not_glued() -> None:
    app = _Box()
    async with app.run_test():
        field = app.query_one(ReplyText)
        for before, text, after in (
            ("|", LINK, f"{LINK}|"),
            ("See|", LINK, f"See {LINK}|"),
            ("See |", LINK, f"See {LINK}|"),
            ("(|)", LINK, f"({LINK}|)"),
            ("See|here", LINK, f"See {LINK}| here"),
            ("See |, please", LINK, f"See {LINK}|, please"),
            ("See|.", LINK, f"See {LINK}|."),
            ("Hello|", "A line.", "Hello\n\nA line.|"),
            ("Hello|Bye", "A line.", "Hello A line.| Bye"),
            ("|Bye", "A line.", "A line.| Bye"),
            ("Hello|Bye", SEVERAL, f"Hello\n\n{SEVERAL}|\n\nBye"),
            ("Hello|", f"{SEVERAL}\n", f"Hello\n\n{SEVERAL}|"),
            ("|", SEVERAL, f"{SEVERAL}|"),
        ):
            head, tail = before.split("|")
            field.set_text(head + tail)
            field.move_cursor((0, len(head)))
            field.insert_text(text)
            row, column = field.cursor_location
            lines = field.text.split("\n")
            lines[row] = f"{lines[row][:column]}|{lines[row][column:]}"
            assert "\n".join(lines) == after, before
