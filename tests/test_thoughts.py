"""What reasoning models write before they reply, in the marks in use: no part of a reply, whole or in pieces."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.models.reasoning import Hearing, Listener, without

PIECES = [1, 2, 3, 7, 1000]
FORMS = {  # what a model writes of the thought "Hmm." and the answer "Tea [1]."
    "tags": "<think>\nHmm.\n</think>\n\nTea [1].",
    "capitals": "<THINK>Hmm.</Think>Tea [1].",
    "blanks in a tag": "< think >Hmm.</ think >Tea [1].",
    "thinking": "<thinking>Hmm.</thinking>Tea [1].",
    "with an attribute": '<thinking time="3">Hmm.</thinking>Tea [1].',
    "thought": "<thought>Hmm.</thought>\nTea [1].",
    "reasoning": "<reasoning>Hmm.</reasoning>Tea [1].",
    "reflection": "<thinking>Hmm.</thinking><reflection>Hmm.</reflection>Tea [1].",
    "scratchpad": "<scratchpad>Hmm.</scratchpad>Tea [1].",
    "inner monologue": "<inner_monologue>Hmm.</inner_monologue>Tea [1].",
    "one word": "<antThinking>Hmm.</antThinking>Tea [1].",
    "a namespace": "<seed:think>Hmm.</seed:think>Tea [1].",
    "a vendor": "<longcat_think>Hmm.</longcat_think>Tea [1].",
    "pipes": "<|think|>Hmm.<|/think|>Tea [1].",
    "wide brackets": "\uff1cthink\uff1eHmm.\uff1c/think\uff1eTea [1].",
    "triangles": "\u25c1think\u25b7Hmm.\u25c1/think\u25b7Tea [1].",
    "square brackets": "[THINK]Hmm.[/THINK]Tea [1].",
    "escaped": "&lt;think&gt;Hmm.&lt;/think&gt;Tea [1].",
    "begin and end": "<|begin_of_thought|>Hmm.<|end_of_thought|>\n<|begin_of_solution|>Tea [1].<|end_of_solution|>",
    "start and end": "<|START_THINKING|>Hmm.<|END_THINKING|><|START_RESPONSE|>Tea [1].<|END_RESPONSE|>",
    "prefix and suffix": "<|inner_prefix|>Hmm.<|inner_suffix|>Tea [1].",
    "unused tokens": "<unused94>thought\nHmm.<unused95>Tea [1].",
    "channels": "<|channel|>analysis<|message|>Hmm.<|end|><|start|>assistant<|channel|>final<|message|>Tea [1].<|return|>",
    "two channels": "<|channel|>analysis<|message|>Hmm.<|end|><|start|>assistant<|channel|>commentary<|message|>Hmm.<|end|>"
    "<|start|>assistant<|channel|>final<|message|>Tea [1].",
    "a channel and no other": "<|channel|>analysis<|message|>Hmm.<|end|>Tea [1].",
    "a channel of one mark": "<|channel>thought\nHmm.<channel|>Tea [1].",
    "channels without marks": "analysisHmm.assistantfinalTea [1].",
    "an answer marked too": "<think>Hmm.</think>\n<answer>Tea [1].</answer>",
    "an answer alone marked": "Hmm. <answer>Tea [1].</answer>",
    "a folded block": '<details type="reasoning" done="true"><summary>Hmm.</summary>Hmm.</details>\nTea [1].',
    "a sentence": "Here is my thought process: Hmm.\n\nHere is my response: Tea [1].",
    "a fence": "```thinking\nHmm.\n```\nTea [1].",
    "headings": "## Thinking\n\nHmm.\n\n## Final Response\n\nTea [1].",
    "bold words": "**Reasoning:** Hmm.\n\n**Answer:** Tea [1].",
    "words": "Thought: Hmm.\nAnswer: Tea [1].",
    "done": "Thinking...\nHmm.\n...done thinking.\n\nTea [1].",
    "nested": "<think>Hmm. <think>Hmm.</think> Hmm.</think>Tea [1].",
    "opened twice": "<think>\n<think>\nHmm.</think>Tea [1].",
    "of two kinds": "<think>Hmm. <reasoning>Hmm.</think> Hmm.</reasoning>Tea [1].",
    "two in a row": "<think>Hmm.</think>\n<think>Hmm.</think>Tea [1].",
    "empty": "<think>\n\n</think>\n\nTea [1].",
    "empty, one tag": "<think/>Tea [1].",
    "in the middle": "Hmm. <think>Hmm.</think>Tea [1].",
    "behind": "Tea [1]. <think>Hmm.",
    "closed behind": "Tea [1]. <think>Hmm.</think>",
    "two closed behind": "Tea [1].<think>Hmm.</think>\n<reasoning>Hmm.</reasoning>",
    "cut off behind": "<think>Hmm.</think>Tea [1]. <think>Hmm.",
    "not closed, then closed": "Hmm.</think>Hmm.</think>Tea [1].",
    **{
        f"closed alone, {mark}": f"Hmm.\nHmm.{mark}Tea [1]."
        for mark in (
            "</think>",
            "</THINKING>",
            "[/THINK]",
            "\u25c1/think\u25b7",
            "<|end_of_thought|>",
            "&lt;/think&gt;",
            "</ Thought>",
        )
    },
}
BLOCKS = [  # of what is no answer, in forms that models write
    "<|tool|>look up tea<|/tool|>",
    "<|tool|> look up tea\nmilk <|/tool|>",
    "<| tool_call |>{}<| /tool_call |>",
    "<|tool_call_begin|>look up<|tool_call_end|>",
    "<|tool_calls_section_begin|><|tool_call_begin|>look up<|tool_call_end|> <|tool_calls_section_end|>",
    "<|action_start|><|plugin|>look up<|action_end|>",
    "<|begin_of_query|>look up<|end_of_query|>",
    "<|START_ACTION|>[]<|END_ACTION|>",
    "<\uff5ctool\u2581calls\u2581begin\uff5c>look up<\uff5ctool\u2581calls\u2581end\uff5c>",
    "<|tool_call>call:look{up}<tool_call|>",
    '<tool_call>\n{"name": "look"}\n</tool_call>',
    "<function_calls>look</function_calls>",
    "<|memory|>a <|memory|>b<|/memory|> c [3]<|/memory|>",
]
UNBLOCKED = [
    ("Tea cools [1]. {} Milk is white [2].", "Tea cools [1]. Milk is white [2]."),
    ("Tea cools [1].{}Milk is white [2].", "Tea cools [1]. Milk is white [2]."),
    ("Tea cools [1].\n\n{}\nMilk is white [2].{}", "Tea cools [1].\n\nMilk is white [2]."),
    ("{}\n\n{}Tea cools [1].\n{}", "Tea cools [1]."),
    ("Tea {}cools [1].", "Tea cools [1]."),
    ("<think>Hmm. {}</think>{} Tea [1].", "Tea [1]."),
]
SAID = [  # blocks whose content is an answer or a part of one, and marks that are no block
    "The score is <|begin_of_box|>42<|end_of_box|> [1].",
    "<|tool|>Tea cools [1].<|/tool|>",
    "<|tool|>look up<|/tool|>",
    "Of `<|tool|>` and `<|/tool|>` the model writes pairs [1].",
    "The token <|sep|> parts texts [1].",
    "<b>Tea</b> cools [1].",
    "Tea <|tool|> cools [1].",
    "P(<a|b>) is 3 [1].",
]
THOUGHTS_ALONE = [
    "<think>Hmm.",
    "<think>Hmm.</think>",
    "Hmm.</think>",
    "<|channel|>analysis<|message|>Hmm.<|end|>",
    "[THINK]Hmm.",
    "Hmm. <think>Hmm.</think>",
    "Hmm.</think> Tea [1]. </think>",
    "",
]
TOLD = [
    "The model writes `<think>` before its reasoning [1].",
    "Tea [1].\nThe model thinks up to `</think>`, and answers behind it [2]. Then it stops.",
    "It writes `<think>` and `</think>` around its thoughts [1].",
    "- Tea [1].\n- The template ends with `<|channel|>analysis` [2, 3].\n- It drops `[THINK]` and `&lt;/think&gt;` [3].",
    "Of `x`, `<|begin_of_thought|>` and `<reasoning>` are learned [1]. Tea [1].",
]
DOUBTED = [
    "`<think>`\nHmm.\n`</think>`\nTea [1].",
    "`<think>` Hmm. `</think>` Tea [1].",
    "Hmm, so ` it is.\nHmm. `</think>`\nTea [1].",
    "Hmm, of `x`</think>Tea [1].",
    "Hmm, `x`</think>`Tea` [1].",
    "```\nHmm. `</think>`\n```</think>Tea [1].",
    "Hmm, ``</think>`` Tea [1].",
    "Hmm. It writes `<think>` before it thinks [1].\nHmm.</think>Tea [1].",
    "<think>Hmm. It writes `</think>` at its end [1].\nHmm. </think>Tea [1].",
    "Hmm `code </think> of` Tea [1].",
    "Hmm, that is it. `</think>` Tea [1].",
    "Hmm, that is it.`</think>`\n\nTea [1].",
    "Hmm, that is it `</think>``Tea` [1].",
]
NONE = [
    *TOLD,
    "Tea [1].",
    "<thin ice> is thin.",
    "Values < 3 and [2].",
    "Thoughts of tea.",
    "Analysis of tea [1].",
    "# Tea\n\nTea",
    "Tea [1].\n\n<details><summary>More</summary>Tea [2].</details>",
    "<",
    "[",
]


def heard(reply: str, piece: int, hearing: Hearing) -> tuple[str, str]:
    """What is shown of a reply that comes in pieces, and what it is."""
    shown = "".join(hearing.feed(reply[at : at + piece]) for at in range(0, len(reply), piece))
    rest, text = hearing.end(whole=True)
    return shown + rest, text


@pytest.mark.parametrize("reply", [pytest.param(reply, id=name) for name, reply in FORMS.items()])
def test_a_thought_in_any_form_is_no_part_of_a_reply(reply: str) -> None:
    assert without(reply) == Listener().whole(reply) == "Tea [1]."
    for piece in PIECES:
        assert heard(reply, piece, Listener().hear()) == ("Tea [1].", "Tea [1].")


@pytest.mark.parametrize(("around", "left"), UNBLOCKED)
@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_between_marks_is_no_part_of_a_reply(block: str, around: str, left: str) -> None:
    reply = around.replace("{}", block)
    assert without(reply) == Listener().whole(reply) == left
    for piece in PIECES:
        for known in (True, False):
            shown, text = heard(reply, piece, Listener(known=known).hear())
            assert (shown.split(), text) == (left.split(), left)


@pytest.mark.parametrize("reply", SAID)
def test_a_block_that_holds_an_answer_stays(reply: str) -> None:
    assert without(reply) == reply
    for piece in PIECES:
        assert heard(reply, piece, Listener(known=True).hear()) == (reply, reply)


def test_thousands_of_blocks_are_read_in_linear_time() -> None:
    began = time.perf_counter()
    assert without("Tea [1]. " + "<|tool|>x<|/tool|> " * 20_000) == "Tea [1]."
    assert "Tea [1]." in without("Tea [1]. " + "<|tool|> " * 20_000 + "<|/milk|>" * 20_000)
    assert time.perf_counter() - began < 5


THOUGHT = "Milk is white [2]. But wait, I check it."
CITED = [  # a thought that cites a source, in marks of templates, and an answer outside of it
    "<|im_start|>think\n{}<|im_end|>\n<|im_start|>answer\nTea [1].<|im_end|>",
    "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\nTea [1].",
    "Tea [1].<|im_end|>\n<|im_start|>verifier\n{}<|im_end|>",
    "Tea [1].<|im_end|>\n<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\nWax [3].<|im_end|>",
    "<|start_header_id|>thinking<|end_header_id|>\n{}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\nTea [1].",
    "<|header_start|>critic<|header_end|>\n\n{}<|eot|><|header_start|>assistant<|header_end|>\n\nTea [1].<|eot|>",
    "<start_of_turn>thought\n{}<end_of_turn>\n<start_of_turn>model\nTea [1].<end_of_turn>",
    "<start_of_turn>user\n{}<end_of_turn>\n<start_of_turn>model\n<think>{}</think>\nTea [1].<end_of_turn>",
    "<|start_of_role|>critic<|end_of_role|>{}<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>Tea [1].<|end_of_text|>",
    "<|turn>user\n{}<turn|>\n<|turn>model\nTea [1].<turn|>",
    "<|user|>\n{}\n<|assistant|>\nTea [1].",
    "[|user|]{}[|endofturn|]\n[|assistant|]Tea [1].[|endofturn|]",
    "<|im_user|>user<|im_middle|>{}<|im_end|><|im_assistant|>assistant<|im_middle|>Tea [1].<|im_end|>",
    "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>{}<|END_OF_TURN_TOKEN|>"
    "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>Tea [1].<|END_OF_TURN_TOKEN|>",
    "<\uff5cUser\uff5c>{}<\uff5cAssistant\uff5c>Tea [1].<\uff5cend\u2581of\u2581sentence\uff5c>",
    "[INST] {} [/INST] Tea [1].",
    '[TOOL_CALLS][{"name": "note", "arguments": {"text": "{}"}}]\nTea [1].',
    '[TOOL_CALLS]note[CALL_ID]a1[ARGS]{"text": "} {} \\" ]", "x": [1, 2]}[TOOL_CALLS]note[ARGS]{"text": "{}"}\nTea [1].',
    '[TOOL_CALLS][{"name": "note", "arguments": {"text": "{}"\nTea [1].',
    '[TOOL_RESULTS]{"content": "{}"}[/TOOL_RESULTS]Tea [1].',
    '<|python_tag|>note("{}")<|eom_id|>Tea [1].',
    '<|python_tag|>import notes\nnotes.add("{}")<|eom_id|>\nTea [1].',
    '<|python_tag|>{"type": "function", "parameters": {"text": "{}"}}\nTea [1].',
    '<|tool_call|>[{"name": "note", "arguments": {"text": "{}"}}]\nTea [1].',
    '<function=note>{"text": "{}"}</function>\nTea [1].',
    "<tool_call>\n<function=note>\n<parameter=text>\n{}\n</parameter>\n</function>\n</tool_call>\nTea [1].",
    '<invoke name="note"><parameter name="text">{}</parameter></invoke>\nTea [1].',
    "```think\n{}\n```\nTea [1].",
    "```plan\n{}\n```\nTea [1].",
    "~~~notes\n{}\n~~~\nTea [1].",
    "````thoughts\n{}\n```py\nx = 1\n```\n{}\n````\nTea [1].",
    "```plan\r\n{}\r\n```\r\nTea [1].",
    "<|im_start|>think\r\n{}<|im_end|>\r\n<|im_start|>answer\r\nTea [1].<|im_end|>",
    "<!-- {} -->\nTea [1].",
    "Tea [1].\n<!--\n{}\n-->",
    "<details><summary>Thinking</summary>{}</details>\nTea [1].",
    "<details>\n<summary>Work</summary>\n\n{}\n\n</details>\n\nTea [1].",
    "<plan>{}</plan>\nTea [1].",
    "<internal>\n{}\n</internal>\n\nTea [1].",
    '<step n="1">{}</step>\n<step n="2">{}</step>\nTea [1].',
    "<draft>{}</draft><critique>{}</critique>Tea [1].",
    "<think>{}</think>\n<plan>{}</plan>\nTea [1].",
    "<plan><think>{}</think>{}</plan>\nTea [1].",
]
KEPT = [  # what is no turn and no block, or holds all that cites a source
    "<b>Tea</b> cools [1].\nMilk is white [2].",
    "<p>Tea cools [1].</p>\n<p>Milk is white [2].</p>\nSo it is [3].",
    "<ul><li>Tea cools [1].</li></ul>\nMilk is white [2].",
    "<del>It is so. Tea cools [1].</del>\n\nMilk is white [2].",
    "<section><h2>Tea</h2>Tea cools [1].</section>\nMilk is white [2].",
    "<plan>Tea cools [1].</plan>",
    "<plan>Tea cools [1].</plan>\nThat is all.",
    "<!-- Tea cools [1]. -->\nThat is all.",
    "<|im_start|>librarian\nTea cools [1].",
    "Tea cools [1].\n\n<more>Milk is white [2].</more>",
    "Tea cools [1].\n\n```python\nx = 1\n```\nMilk is white [2].",
    "```python\nx = a[1]\n```\nMilk is white [2].",
    "```markdown\nTea cools [1].\n```\nMilk is white [2].",
    "The template writes `<|im_start|>user` and `<|im_end|>` around turns [1].",
    "It begins comments with `<!--` and ends them with `-->` [1].",
    "It writes `[TOOL_CALLS]` before each call, which helps [1].\nMilk is white [2].",
    "A --> B [1]. B --> C [2].",
    "A <!-- B [1].",
    "Write <plan> before it and </plan> behind it [1]. Milk is white [2].",
    "<T> is a type [1]. A <T> holds it, and </T> ends it [2].",
    "Milk is white [2].\nTea <|tool|> cools [1].",
    "Milk is white [2].\nThe <function> (of two) cools [1].",
    "Milk is white [1].\nIt uses the <|user|> token [2].",
    '{"a": "<x>b [1].</x>"}',
]


@pytest.mark.parametrize("form", CITED)
def test_a_turn_or_block_outside_of_a_cited_answer_is_no_part_of_it(form: str) -> None:
    reply = form.replace("{}", THOUGHT)
    assert without(reply) == Listener().whole(reply) == "Tea [1]."
    for piece in PIECES:
        for known in (True, False):
            shown, text = heard(reply, piece, Listener(known=known).hear())
            assert (shown.strip(), text) == ("Tea [1].", "Tea [1].")


@pytest.mark.parametrize("reply", KEPT)
def test_what_is_no_turn_or_block_outside_of_an_answer_stays(reply: str) -> None:
    assert without(reply) == reply
    for piece in PIECES:
        for known in (True, False):
            assert heard(reply, piece, Listener(known=known).hear()) == (reply, reply)


def test_an_answer_before_a_turn_that_asks_on_is_shown_while_it_comes() -> None:
    heard = Listener(known=True).hear()
    assert heard.feed("Tea [1]. Wax ") == "Tea [1]. Wax "
    assert heard.feed("[2].<|im_end|>\n<|im_start|>user\nMilk?") == "[2]."
    assert heard.end(whole=True)[1] == "Tea [1]. Wax [2]."


def test_a_model_that_begins_with_a_turn_of_another_role_is_shown_at_its_end() -> None:
    listener = Listener()
    assert listener.whole("Hmm [2].<|im_end|>\n<|im_start|>assistant\nTea [1].") == "Tea [1]."
    assert listener.doubts
    cut = listener.hear()
    cut.feed("Hmm [2].<|im_end|>\n<|im_start|>assistant\nTea [1]. Wa")
    assert cut.end(whole=False) == ("Tea [1]. Wa", "Tea [1]. Wa")


TURNS = ["Tea [1]. ", "Milk", "\n", ".", "[", "<", ">", "|", "`", "```", "```a\n", "<!--", "-->", "<a>", "</a>", "<a b=c>", "<b>"]
TURNS += ["<|im_start|>", "<|im_end|>", "user\n", "assistant\n", "<|user|>", "<|assistant|>", "[TOOL_CALLS]", '{"', "}"]
TURNS += ["<|eom_id|>", "<|python_tag|>", "<think>", "</think>", "<details>", "</details>", "<tool>", "</tool>"]


@given(st.lists(st.sampled_from(TURNS), max_size=12), st.integers(1, 9))
def test_turns_and_blocks_in_pieces_are_the_whole(bits: list[str], piece: int) -> None:
    reply = "".join(bits)
    text = without(reply)
    assert heard(reply, piece, Listener().hear()) == (text, text)
    assert heard(reply, piece, Listener(known=True).hear())[1] == text
    assert all(word in reply for word in text.split())
    if "[1]" in reply and "think>" not in reply and "assistant" not in reply:
        assert "[1]" in text


OPENED = [name for name, reply in FORMS.items() if not reply.startswith(("Hmm", "Tea"))]


@pytest.mark.parametrize("name", OPENED)
def test_of_a_model_that_is_known_no_thought_with_an_opening_mark_is_shown(name: str) -> None:
    for piece in PIECES:
        shown, text = heard(FORMS[name], piece, Listener(known=True).hear())
        assert (shown.strip(), text) == ("Tea [1].", "Tea [1].")


@pytest.mark.parametrize("reply", THOUGHTS_ALONE)
@pytest.mark.parametrize("known", [False, True])
def test_of_a_reply_of_thoughts_nothing_is_left(reply: str, known: bool) -> None:
    assert without(reply) == ""
    for piece in PIECES:
        assert heard(reply, piece, Listener(known=known).hear())[1] == ""


@pytest.mark.parametrize("reply", DOUBTED)
def test_a_mark_in_code_that_no_cited_sentence_tells_of_is_one(reply: str) -> None:
    assert "Hmm" not in without(reply)
    for known in (False, True):
        for piece in PIECES:
            assert "Hmm" not in heard(reply, piece, Listener(known=known).hear())[1]


@pytest.mark.parametrize("reply", TOLD)
def test_a_thought_before_a_sentence_that_tells_of_marks_goes(reply: str) -> None:
    for thought in ("<think>Hmm.</think>", "Hmm.</think>\n", "<think>Hmm. It writes `<think>` [1].\n</think>\n"):
        assert without(thought + reply) == reply


@pytest.mark.parametrize("reply", NONE)
@pytest.mark.parametrize("known", [False, True])
def test_what_is_no_thought_stays(reply: str, known: bool) -> None:
    assert without(reply) == reply
    for piece in PIECES:
        assert heard(reply, piece, Listener(known=known).hear()) == (reply, reply)


def test_nothing_is_shown_of_a_model_before_it_is_known_and_never_of_one_that_thinks_without_a_mark() -> None:
    listener = Listener()
    first = listener.hear()
    assert first.feed("Tea is hot.") == ""
    assert first.end(whole=True) == ("Tea is hot.", "Tea is hot.")
    assert listener.hear().feed("Tea is hot.") == "Tea is hot."
    assert listener.whole("Hmm.</think>Tea.") == "Tea."
    for _ in range(2):
        again = listener.hear()
        assert again.feed("Tea is hot.") == ""
        assert again.end(whole=True) == ("Tea is hot.", "Tea is hot.")


def test_a_thought_without_a_mark_that_breaks_off_is_not_shown_of_a_model_that_has_such() -> None:
    listener = Listener()
    listener.whole("Hmm.</think>Tea.")
    broken = listener.hear()
    broken.feed("Hmm.")
    assert broken.end(whole=False, broken=True) == ("", "")


def test_a_stream_that_breaks_keeps_text_that_cites_also_of_a_model_that_thinks_without_a_mark() -> None:
    listener = Listener()
    listener.whole("Hmm.</think>Tea.")
    broken = listener.hear()
    broken.feed("Tea is hot. [1] Tea al")
    assert broken.end(whole=False, broken=True) == ("Tea is hot. [1] Tea al",) * 2
    at_limit = listener.hear()
    at_limit.feed("Hmm, [1] says that tea")
    assert at_limit.end(whole=False) == ("", ""), "a thought often reaches the limit, and can name sources"


def test_a_reply_that_breaks_off_says_nothing_of_its_model() -> None:
    listener = Listener()
    broken = listener.hear()
    broken.feed("Tea is")
    assert broken.end(whole=False) == ("Tea is", "Tea is")
    assert not listener.knows


def test_an_endpoint_that_sends_thoughts_apart_streams_from_the_first_reply() -> None:
    hearing = Listener().hear()
    hearing.apart()
    assert hearing.feed("Tea is hot.") == "Tea is hot."


BITS = ["Tea ", "is hot. ", "[1]", "<", ">", "\n", "Hmm. ", "analysis", "assistantfinal", "Answer:", "```", *" ,:/|&"]
BITS += ["<think>", "</think>", "<|channel|>analysis<|message|>", "<|end|>", "<|channel|>final<|message|>", "[THINK]", "[/THINK]"]
BITS += ["`", "`<think>`", "`</think>` [1]"]
BITS += ["<answer>", "</answer>", "&lt;", "think", "&gt;", "</", "Here is my thought process:", "<|return|>", "\u25c1"]


@given(st.lists(st.sampled_from(BITS), max_size=12), st.integers(1, 9))
def test_pieces_of_a_model_that_is_not_known_are_the_whole(bits: list[str], piece: int) -> None:
    reply = "".join(bits)
    text = without(reply)
    assert heard(reply, piece, Listener().hear()) == (text, text)
    assert without(text) == text
    bare = text.replace("`<think>`", "").replace("`</think>`", "")
    assert text in reply and not any(mark in bare for mark in ("</think>", "<think>", "[/THINK]", "<|end|>T"))


@given(st.lists(st.sampled_from(BITS), max_size=8), st.sampled_from(["<think>", "[THINK]"]), st.integers(1, 9))
def test_nothing_before_the_end_of_an_opened_thought_is_shown(bits: list[str], opening: str, piece: int) -> None:
    thought = "".join(bit for bit in bits if "Tea" not in bit and "|" not in bit)
    if not any(sign in thought for sign in ("/", "assistantfinal", "answer>")):  # nothing in it ends a thought
        shown, _ = heard(f"{opening}{thought}Hmm.</think>Tea.", piece, Listener(known=True).hear())
        assert shown.strip() in ("Tea.", "")  # nothing where marks inside do not pair


def test_a_huge_reply_is_read_in_linear_time() -> None:
    start = time.monotonic()
    for unit in (
        "<",
        "[",
        "&lt;",
        "<think ",
        "<|channel|>a",
        "</answer> ",
        "</details>",
        "`",
        " ",
        "\n",
        "Thinking:",
        "<think>",
        "analysisA",
        "#",
        "a `<think>` [1] ",
        "a `</think>` [1]\n",
        "<a>\n",
        "<a>a.</a>\n",
        "<!--",
        "```a\nA. [1]\n",
        "```\n",
        "[TOOL_CALLS]{",
        '[TOOL_CALLS]{\\"',
        "[TOOL_CALLS]{}",
        "[A][",
        "<|python_tag|>(",
        "<|tool|><|eom_id|>",
        "<|im_start|>user\n",
        "<|user|>[1]",
    ):
        reply = unit * (10_000 // len(unit))
        without(reply)
        hearing = Listener(known=True).hear()
        for at in range(0, len(reply), 50):
            hearing.feed(reply[at : at + 50])
        hearing.end(whole=True)
    assert time.monotonic() - start < 60


MARKS = ["<think>", "<thinking>", "< think >", "</think>", "<|begin_of_thought|>", "<|START_THINKING|>", "<seed:think>"]
MARKS += ["\uff1cthink\uff1e", "\u25c1think\u25b7", "[THINK]", "[/THINK]"]
MARKS += ["&lt;think&gt;", "<|channel|>analysis", "<|channel|>final"]
MARKS += ["<thinking budget_tokens=3>", "<|inner_prefix|>", "<scratchpad>"]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("known", [True, False], ids=["shown while it comes", "shown at its end"])
def test_nothing_of_a_mark_stays_where_a_reply_is_cut_within_it(mark: str, known: bool) -> None:
    for end in range(1, len(mark)):
        for piece in PIECES:
            heard, reply = Hearing(Listener(known=known)), f"Tea [1]. {mark[:end]}"
            shown = [heard.feed(reply[at : at + piece]) for at in range(0, len(reply), piece)]
            rest, text = heard.end(whole=False)
            assert text.strip() == "Tea [1].", mark[:end]
            assert "".join([*shown, rest]).strip() == "Tea [1].", mark[:end]


@pytest.mark.parametrize("reply", ["Tea is hot at p < 0.05", "Tea, x <3", "Tea & milk", "Tea [1", "Tea [1] is hot"])
def test_what_is_no_part_of_a_mark_stays_where_a_reply_is_cut(reply: str) -> None:
    heard = Hearing(Listener(known=True))
    assert heard.feed(reply) + heard.end(whole=False)[0] == reply
