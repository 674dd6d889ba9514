"""The terminal program: puts store, desk, keys and screen together, and lets go of them.

Wires, doesn't do. What a key does is in `commands`, what is shown in `screens`.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import selectors
import signal
import socket
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import RenderableType
from textual.binding import BindingType
from textual.events import AppBlur, AppFocus, Event, Key, MouseDown, Paste
from textual.screen import ModalScreen
from textual.worker import WorkerFailed

from config.access import may_serve, unix_user
from config.i18n import _
from config.keymap import merge
from config.model import Config
from omnitui.desk import rights
from omnitui.desk.command import CommandError, Registry
from omnitui.tui.collecting import collect_at_rest, set_aside
from omnitui.tui.ending import Ending
from omnitui.tui.keys.commander import Commander
from omnitui.tui.keys.history import History
from omnitui.tui.keys.hold import lent
from omnitui.tui.keys.key_gate import KeyGate, Typed
from omnitui.tui.keys.keymap import Keymap
from omnitui.tui.link.data import DeskData
from omnitui.tui.link.desk_link import DeskLink
from omnitui.tui.link.drafts import DraftKeeper
from omnitui.tui.link.engine_child import EngineWatch
from omnitui.tui.link.heartbeat import Heartbeat
from omnitui.tui.look.themes import theme_names
from omnitui.tui.screens.overlay import Overlay, Result
from omnitui.tui.screens.workstation import Workstation
from omnitui.tui.terminal_app import TerminalApp
from omnitui.tui.text.safe_text import safe
from omnitui.tui.widgets.status_bar import GREETING_FOR
from omnitui.tui.work import Work, start, unless_gone
from store.database import Store
from store.errors import StoreError

if TYPE_CHECKING:
    from omnitui.tui.link.practice import Practice
    from omnitui.tui.station.practising import Practising

SWITCH = 0.001
"""Seconds after which a thread that reads the store lets the screen go on (Python's own: 0.005)."""
TOLD = 40
"""Characters of what was typed in vain that are told."""
EXIT_SIGNALS = (signal.SIGHUP, signal.SIGTERM)
PATIENCE = 5.0
"""Seconds that a key's work, or leaving, waits for a store that another program holds."""


def run(config: Config, *, words: str = "", practice: Practice | None = None) -> int:
    """Show the screen until the agent leaves. Returns the exit code.

    `words` stand in the status line at first; `practice` is what the agent practises. A store
    that cannot be opened is said in one sentence before the screen starts: 1.
    """
    _ask_for_files()
    ending = Ending()
    try:
        with asyncio.Runner() as runner:
            runner.get_loop().set_exception_handler(_stray)
            return runner.run(_run(config, words, practice, ending))
    finally:
        ending.is_over()


def _ask_for_files() -> None:
    """As many as an event loop opens: one that gets but some of them says so itself, on the
    terminal. Raises `OSError`."""
    with selectors.DefaultSelector():
        for end in socket.socketpair():
            end.close()


def _stray(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The error of a task that nobody waits for goes where a thread's goes, and not over the
    screen."""
    if isinstance(error := context.get("exception"), BaseException):
        told = (type(error), error, error.__traceback__, None)
        threading.excepthook(threading.ExceptHookArgs(told))


async def _run(config: Config, words: str, practice: Practice | None, ending: Ending) -> int:
    try:
        store = await Store.open(
            config.home.store_file, patience=PATIENCE, writes=rights.written(config.access)
        )
    except StoreError as error:
        sys.stderr.write(f"omnitui: {error}\n")
        return 1
    sys.setswitchinterval(SWITCH)
    try:
        app = OmniApp(config, store, unix_user())
        app.greeting = words
        app.practice = practice
        app.teaches = practice is None
        try:
            await app.run_async(mouse=True)
        except BaseException as error:
            # A screen that could not begin fails a second time when Textual ends it.
            if app.bug is None:
                ending.failed(error)
                raise
        finally:
            ending.begins()
        if app.bug is not None:
            ending.failed(app.bug)
        if app.rescued is not None:
            sentence = _("What you typed could not be saved in the store; it is in {path}.")
            sys.stderr.write(f"omnitui: {sentence.format(path=app.rescued)}\n")
        elif app.homeless:
            sentence = _("What you typed could be saved nowhere; copy it from here:")
            sys.stderr.write(f"omnitui: {sentence}\n\n{safe(app.homeless, newlines=True)}")
        if app.bug is not None:
            raise app.bug
        return app.return_code or 0
    finally:
        await store.close()


TYPED_IN = frozenset({"reply", "articles"})
"""Panes of the workstation that hold a field, which gets every key."""


class OmniApp(TerminalApp, inherit_bindings=False):
    """One agent's screen on one desk."""

    TITLE = "omnitui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    CSS_PATH = "screens/workstation.tcss"

    def __init__(self, config: Config, store: Store, agent: str, *, engine: bool = True) -> None:
        """`engine`: look after the engine, as the config says; tests may do without."""
        super().__init__(config)
        self.store = store
        self.animation_level = "none"
        # Toasts and tooltips are not used (the status bar speaks), and mounting them costs a frame.
        self._disable_notifications = self._disable_tooltips = True
        self.link = DeskLink(store, config, agent)
        self.keymap = Keymap(merge(config.keys.bindings))
        self.history = History(config.home.state / "history")
        self.keeper = DraftKeeper(store, agent, self._draft_trouble)
        self.workstation = Workstation(
            self.link, DeskData(store, agent, config), self.keeper, self.keymap
        )
        self.gate = KeyGate(self._deliver, self.call_later, self._typed_in_vain)
        self.commander = Commander(
            self.workstation, _registry, self.link, self.keeper, self.gate, self.background
        )
        station = self.workstation
        self.heartbeat = Heartbeat(
            self.link,
            lambda: station.conversation_shown,
            station.glance.look_at_desk,
            lambda why: station.say(why, "error"),
        )
        self._engine = engine
        self.teaches = False
        """An agent who was never here is shown round."""
        self.greeting = ""
        """Said when the screen stands."""
        self.practice: Practice | None = None
        self.practising: Practising | None = None
        self.rescued: Path | None = None
        self.homeless = ""
        """What was typed and neither the store nor the agent's home took."""
        """Where drafts are that the store did not take at the end."""
        self._leaving = False
        self._overlay_closing = False
        """A key was pressed that may close the overlay on top."""

    # -- life -----------------------------------------------------------------

    def get_default_screen(self) -> Workstation:
        return self.workstation

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in EXIT_SIGNALS:
            # Textual alone would die at once and lose what was typed last.
            with contextlib.suppress(RuntimeError, ValueError):
                loop.add_signal_handler(number, self.hang_up, number)

    def begin(self) -> None:
        """All panes are there: start what the first frame need not wait for, let keys in."""
        if self._leaving:  # the line was cut meanwhile
            self.background(self.leave, "leave")
            return
        screen = self.workstation
        field = screen.box.field
        field.command, field.on_slash = self._command_in_text, self._slash_in_text
        field.on_at = self._at_in_text
        field.on_question = self._question_in_text
        screen.knowledge.command = self._command_in_text
        field.on_paths = screen.writing.files.pasted
        screen.box.on_text = screen.spelling.typed
        self.keeper.told = screen.live.drafts_changed
        self.gate.open()
        self.first_frame_shown()
        self.commander.pressed = screen.tour.ran
        if self.teaches:
            screen.tour.begin_once()
        if self.greeting:
            screen.status.say(self.greeting, seconds=GREETING_FOR)
        self.background(self.commander.run_jobs, "jobs")
        self.background(self.keeper.run, "drafts")
        self.background(screen.live.follow, "feed")
        self.background(screen.live.follow_lists, "lists")
        self.background(screen.live.tick, "clock")
        self.background(screen.live.notices.follow, "notices")
        self.background(screen.views.saved_counts.follow, "counts")
        self.background(screen.glance.follow, "glance")
        self.background(self.heartbeat.run, "presence")
        self.background(self._listen, "remote")
        if self.practice is not None:
            from omnitui.tui.station.practising import Practising

            self.practising = Practising(screen, self.practice)
            self.background(self.practising.follow, "practice")
        if self._engine:
            self.background(self._watch_engine, "engine")
        self.background(self._warm_up, "warm-up")

    async def _listen(self) -> None:
        """Be driven from outside (`omnitui remote`); a locked session has no socket."""
        if self.config.access.locked:
            return
        from omnitui.tui.link.remote import Remote
        from omnitui.tui.station.remote import Outside

        outside = Outside(self, self.workstation, self.heartbeat)
        await Remote(self.config.home, outside.answer).run()

    async def _warm_up(self) -> None:
        """Import what the first keys need, then keep the collector off what stays anyway, and off
        the keys."""
        await asyncio.sleep(0.05)
        self._check_settings()
        set_aside()
        await collect_at_rest(self.workstation.live.notices.hands_on)

    def _check_settings(self) -> None:
        """What is wrong with keys, macros and the like is said, and stops nothing."""
        registry = _registry()
        config = self.config
        if (wanted := config.desk.theme) and wanted not in theme_names():
            words = _("There is no theme “{name}”: the command “theme” lists those there are.")
            self.workstation.say(words.format(name=wanted), "warning")
        if config.written or config.commands or config.macros or config.warnings:
            from omnitui.tui.keys import settings_check

            if words := settings_check.greeting(settings_check.problems(config, registry)):
                self.workstation.say(words, "error")

    async def _watch_engine(self) -> None:
        home = self.config.home
        place = ["--home", str(home.config)] if home.config == home.data else []
        watch = EngineWatch(
            home.lock_file,
            home.state / "engine.log",
            start=self.config.desk.engine == "auto" and may_serve(self.config),
            argv=["-m", "omnitui", *place, "serve"],
            told=self.workstation.live.engine_told,
        )
        await watch.run()

    def hang_up(self, number: int = signal.SIGTERM) -> None:
        """The connection is gone, or we are told to end: keep the drafts and leave."""
        if number == signal.SIGHUP:
            self.terminal.mute()
        if not self._leaving:
            self._leaving = True
            if self.workstation.furnished:  # else what is being put up comes to its end first
                self.background(self.leave, "leave")

    async def leave(self) -> None:
        """Save what was typed and end. Never waits long for a store that doesn't answer."""
        self._leaving = True
        await self._keep_drafts()
        await self.heartbeat.end()
        self.terminal.restore_title()
        self.leave_background()
        self.terminal.end_anyway()
        self.exit(return_code=0)

    async def on_unmount(self) -> None:
        if self.rescued is None:
            await self._keep_drafts()
        await self.heartbeat.end()
        await self.workstation.spelling.end()

    async def _keep_drafts(self) -> None:
        """In the store; where it doesn't take them, in a file."""
        saved = False
        with contextlib.suppress(TimeoutError):
            saved = await asyncio.wait_for(self.keeper.flush(), PATIENCE + 0.5)
        path = self.config.home.state / "unsaved-drafts.txt"
        self.homeless = ""
        if saved:
            return
        if self.keeper.rescue(path):
            self.rescued = path
        else:
            self.homeless = self.keeper.unsaved_words

    @property
    def bug(self) -> Exception | None:
        """What ended the screen unexpectedly."""
        found = self._exception
        return found.error if isinstance(found, WorkerFailed) else found  # type: ignore[return-value]

    def panic(self, *_renderables: RenderableType) -> None:
        """Textual's reader of the terminal has failed, mostly since the line was cut before we
        were told so: what was typed is kept all the same."""
        if os.isatty(0):
            self._exception = self._exception or RuntimeError("the terminal cannot be read")
            self._fatal_error()
        else:
            self.hang_up(signal.SIGHUP)

    def _fatal_error(self) -> None:
        """Leave the terminal clean: Textual would print the stack with its variables, which
        hold customers' words. `run` raises the error again, for the log and one sentence."""
        self._close_messages_no_wait()

    # -- keys -----------------------------------------------------------------

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key | MouseDown):
            self.heartbeat.touched()
            self.workstation.live.notices.key_pressed()
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            if not self.gate.takes(event):
                await self._deliver(event)
            return
        await super().on_event(event)

    async def _deliver(self, key: Typed) -> None:
        """One key, or what was pasted, to where it belongs. Commands run here, at once and in
        order; where text is typed the widget gets every key, so that a command sees what was
        typed before."""
        self.workstation.status.key_pressed()
        if isinstance(key, Paste):
            await super().on_event(key)
            return
        if self.practising is not None:
            self.practising.key(key)
        screen = self.screen
        if screen.has_class("-tiny"):
            # Nothing is seen, so nothing is done; but one can leave.
            if self.keymap.command(["global"], key) == "quit":
                self.commander.press("quit")
            return
        if screen is self.workstation and self.workstation.focused_pane not in TYPED_IN:
            line = self.keymap.command(self.workstation.contexts(), key)
            if line:
                self.commander.press(line)
                return
        elif screen is self.workstation and self._ends_typing(key):
            self.gate.close()
        elif isinstance(screen, Overlay) and screen.is_final(key) and not self._overlay_closing:
            self._overlay_closing = True
            self.gate.close()
        await super().on_event(key)

    def _typed_in_vain(self, text: str) -> None:
        """Keys waited for too long, and who pressed them looks at something else by now."""
        words = _("That took too long: keys pressed meanwhile were not taken.")
        if text.strip():
            words = _("That took too long: “{text}” was not taken, type it again.")
            words = words.format(text=textwrap.shorten(text, TOLD, placeholder="…"))
        self.workstation.say(words, "warning")

    def _ends_typing(self, key: Key) -> bool:
        """The field will run a command for this key: later keys wait for it."""
        contexts = self.workstation.contexts()
        return (key.character in ("/", "@", "?") and contexts[0] == "reply") or bool(
            self.keymap.command(contexts, key)
        )

    def _command_in_text(self, key: Key) -> bool:
        """The field has handled all keys before this one; is it a command?"""
        line = self.keymap.command(self.workstation.contexts(), key)
        if line:
            self.commander.press(line)
            self.gate.open()
        return bool(line)

    def _slash_in_text(self, start: tuple[int, int] | None) -> None:
        if start is not None:
            self.workstation.writing.texts.pick_template(start)
        self.gate.open()

    def _at_in_text(self, start: tuple[int, int] | None) -> None:
        if start is not None:
            self.workstation.naming.typed(start)
        self.gate.open()

    def _question_in_text(self, start: tuple[int, int] | None) -> None:
        self.workstation.knowledge.asked(start)
        self.gate.open()

    def show_overlay(self, overlay: ModalScreen[Any], chosen: Callable[[Any], Any]) -> None:
        """Put an overlay on top; `chosen` gets what it is dismissed with, and keys that were
        pressed after the one that closed it go on when it is done."""

        async def done(result: Any) -> None:
            try:
                with unless_gone(self):
                    answer = chosen(result)
                    if inspect.isawaitable(answer):
                        await answer
            except (CommandError, StoreError) as error:
                self.workstation.say(str(error), "error")
            finally:
                self.overlay_done()

        self.gate.close()  # the overlay opens it: before it stands it has no field for letters
        self.push_screen(overlay, done)

    async def shown(self, overlay: ModalScreen[Result]) -> Result | None:
        """The same, awaited in work of its own: what it is dismissed with. Keys that the work
        holds are the overlay's as long as it stands."""
        self.gate.close()
        try:
            with lent():
                # Shielded: an answer that comes when nobody waits any more is no fault.
                answer = self.push_screen(overlay, wait_for_dismiss=True)
                return await asyncio.shield(answer)
        finally:
            self.overlay_done()

    def overlay_done(self) -> None:
        """The key that might close the overlay has been dealt with."""
        if self._overlay_closing:
            self._overlay_closing = False
            self.gate.open()

    def background(self, work: Work, name: str) -> None:
        """Run beside the screen; a failure of the store is said, anything else is a bug."""
        start(self, work, name)

    def on_app_blur(self, event: AppBlur) -> None:
        self.workstation.live.notices.focus_changed()

    def on_app_focus(self, event: AppFocus) -> None:
        self.workstation.live.notices.focus_changed()
        self.workstation.live.looked_at()

    def _draft_trouble(self, sentence: str) -> None:
        self.workstation.say(sentence, "error")


def _registry() -> Registry:
    from omnitui.tui.commands import REGISTRY

    return REGISTRY
