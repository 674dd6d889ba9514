"""Whether what `omnitui init` was told works, and what to change where it doesn't."""

from __future__ import annotations

import argparse
from dataclasses import replace

from config.i18n import _, ngettext
from connectors.contract import AuthFailed, Check
from omnitui.cli import init_oauth, init_questions
from omnitui.cli.failure import Failure
from omnitui.cli.init_plan import Plan
from omnitui.cli.prompt import Prompt


def until_it_works(args: argparse.Namespace, plan: Plan, prompt: Prompt) -> Plan:
    """The plan that the servers took, or that the person keeps all the same.

    Raises `Failure` when it is given up.
    """
    while True:
        plan, failed = _try(plan, prompt)
        if not failed:
            return plan
        again = _after_failure(failed, plan, args, prompt)
        if again is None:
            return plan
        plan = again


def _try(plan: Plan, prompt: Prompt) -> tuple[Plan, list[Check]]:
    """The checks that failed, every one said; and the plan with the newest tokens."""
    prompt.say(_("Testing the connection…"))
    with plan.in_environment():
        if plan.tokens is None:
            checks = _checked(plan, prompt)
        else:
            from connectors.email.login.oauth import on_trial

            with on_trial(plan.settings, plan.tokens) as memory:
                checks = _checked(plan, prompt)
            plan = replace(plan, tokens=memory.tokens)
    for check in checks:
        mark = "✓" if check.ok else "✗"
        prompt.say(f"  {mark} {check.name}: {check.detail}")
    return plan, [check for check in checks if not check.ok]


def _checked(plan: Plan, prompt: Prompt) -> list[Check]:
    from omnitui.cli.account_check import NotInstalled, check_account

    try:
        return check_account(plan.settings)
    except NotInstalled as error:
        prompt.say(str(error) + " " + _("The connection was not tested."))
        return []


def _after_failure(
    failed: list[Check], plan: Plan, args: argparse.Namespace, prompt: Prompt
) -> Plan | None:
    """What to try instead; None keeps it as it is. Raises `Failure` to give up."""
    refused = any(isinstance(check.error, AuthFailed) for check in failed)
    if not prompt.interactive:
        if not any(check.error for check in failed):
            return None  # both servers let us in; a missing folder can be seen to later
        raise Failure(
            ngettext(
                "{n} test failed; nothing was changed (--no-check writes it all the same).",
                "{n} tests failed; nothing was changed (--no-check writes it all the same).",
                len(failed),
            ).format(n=len(failed))
        )
    oauth = plan.settings.oauth is not None
    choices = {
        **({"l": _("log in again")} if oauth else {"p": _("type the password again")}),
        "s": _("change the servers"),
        "t": _("test once more"),
        "k": _("keep it as it is and write it"),
        "q": _("quit; nothing is changed"),
    }
    likely = "s"
    if refused and (oauth or (plan.password and plan.password.typed)):
        likely = "l" if oauth else "p"
    answer = prompt.choose(_("What now?"), choices, likely)
    settings = plan.settings
    if answer == "q":
        raise Failure(_("Nothing was changed."))
    if answer == "k":
        return None
    if answer == "l":
        return init_oauth.anew(plan, args, prompt)
    if answer == "p":
        without = argparse.Namespace(password_from=None)
        secret = init_questions.password(without, settings.name, settings.address, prompt)
        return replace(plan, settings=replace(settings, password=secret.ref), password=secret)
    if answer == "s":
        no_flags = argparse.Namespace(imap=None, smtp=None)
        imap, smtp = init_questions.servers(no_flags, settings.address, settings, prompt)
        return replace(plan, settings=replace(settings, imap=imap, smtp=smtp))
    return plan
