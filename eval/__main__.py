"""`python -m eval`: the names of the commands; the commands themselves are in `eval.commands`."""

from __future__ import annotations

import typer

from assistant import stdio
from eval.commands import bench, fit, judging, runs

app = typer.Typer(help="Measures the system.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Measures the system; run it from the checkout."""


app.command("speed")(bench.speed)
app.command("retrieval")(bench.retrieval)
app.command("scifact")(bench.scifact)
app.command("records")(bench.records)
app.command("tables")(bench.tables)
app.command("drafts")(bench.drafts)
app.command("limit")(bench.limit)
app.command("hostile")(bench.hostile)
app.command("attacked")(bench.attacked)
app.command("follow-ups")(bench.follow_ups)
app.command("scale")(bench.scale)
app.command("dump")(bench.dump)
app.command("flows")(bench.flows)
app.command("compression")(bench.compression)
app.command("calibrate")(fit.calibrate)
app.command("basis")(fit.basis)
app.command("teach")(fit.teach)
app.command("judge")(judging.judge)
app.command("fit-verifier")(fit.fit_verifier)
app.command("fit-support")(fit.fit_support)
app.command("fit-addressed")(fit.fit_addressed)
app.command("check")(runs.check)
app.command("feedback")(runs.feedback)
app.command("run")(runs.run)
app.command("written")(runs.written)
app.command("compare")(runs.compare)
app.command("gate")(runs.gate)
app.command("report")(runs.report)
app.command("robust")(bench.robust)
app.command("items")(runs.items)
app.command("disagree")(judging.disagree)
app.command("premises")(judging.premises)
app.command("additions")(judging.additions)
app.command("ragas")(judging.ragas)
app.command("power")(bench.power)


if __name__ == "__main__":
    with stdio.standard("eval"):
        app()
