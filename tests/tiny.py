"""A language model of 105,000 random weights in a GGUF file, which llama.cpp loads in a tenth of a second."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

WIDTH, LAYERS, HEADS, INNER, CONTEXT = 64, 2, 2, 96, 16384
_TEMPLATE = "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"


def _letter(byte: int) -> str:
    """The letter of a byte in the vocabulary of GPT-2, in which each is printable."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return chr(byte) if byte in plain else chr(0x100 + [each for each in range(256) if each not in plain].index(byte))


def make(path: Path) -> Path:
    """Write the model to `path`: a Llama over bytes. What it says is letters without sense, the same each time."""
    tokens = ["<unk>", "<s>", "</s>", *map(_letter, range(256))]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL, *[gguf.TokenType.NORMAL] * 256]
    file = gguf.GGUFWriter(path, "llama")
    file.add_name("Tiny")
    file.add_license("apache-2.0")
    file.add_context_length(CONTEXT)
    file.add_embedding_length(WIDTH)
    file.add_block_count(LAYERS)
    file.add_feed_forward_length(INNER)
    file.add_head_count(HEADS)
    file.add_head_count_kv(HEADS)
    file.add_layer_norm_rms_eps(1e-5)
    file.add_rope_dimension_count(WIDTH // HEADS)
    file.add_tokenizer_model("gpt2")
    file.add_tokenizer_pre("gpt-2")
    file.add_token_list(tokens)
    file.add_token_types(kinds)
    file.add_token_merges([f"{_letter(0)} {_letter(0)}"])  # a list may not be empty
    file.add_bos_token_id(1)
    file.add_eos_token_id(2)
    file.add_unk_token_id(0)
    file.add_chat_template(_TEMPLATE)
    random = np.random.default_rng(0)

    def weights(name: str, *shape: int, scale: float | np.ndarray = 1.0) -> None:
        drawn = random.standard_normal(shape) / np.sqrt(shape[-1]) * scale
        file.add_tensor(f"{name}.weight", (np.ones(shape) if len(shape) == 1 else drawn).astype(np.float32))

    weights("token_embd", len(tokens), WIDTH)
    letters = [0.0] * 3 + [4.0 if 0x40 <= byte < 0x80 else 0.0 for byte in range(256)]
    weights("output", len(tokens), WIDTH, scale=np.array(letters)[:, None])
    weights("output_norm", WIDTH)
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            weights(f"blk.{layer}.{name}", WIDTH, WIDTH)
        weights(f"blk.{layer}.ffn_gate", INNER, WIDTH)
        weights(f"blk.{layer}.ffn_up", INNER, WIDTH)
        weights(f"blk.{layer}.ffn_down", WIDTH, INNER)
        weights(f"blk.{layer}.attn_norm", WIDTH)
        weights(f"blk.{layer}.ffn_norm", WIDTH)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
    return path
