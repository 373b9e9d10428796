#!/usr/bin/env python3
"""Writes tokenizer/testdata/stream.json: what a decoder gives token by token.

    python scripts/stream_goldens.py FOLDER... > tokenizer/testdata/stream.json

Each FOLDER has a tokenizer.json; its last name is the tokenizer's name, or the
whole of an absolute path. Made with tokenizers 0.22.2 (0.23 writes out special
tokens that it was told to skip, if they are marked as normalized).

The pieces are those of Python's incremental UTF-8 decoder, over the bytes that
each token stands for. Where no byte is broken Hugging Face's DecodeStream has to
give the same text, or the script fails; each piece at the same time or, where a
token ends inside a character, later (of "r" and half an "ü" it gives nothing).
Where a byte is broken it holds back what comes after, or raises an error, or
gives other characters than before; such cases count "other".
"""
import codecs
import itertools
import json
import os
import random
import re
import sys

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

CASES, LENGTH = int(os.environ.get("CASES", 12)), 24


def byte_level():
    """GPT-2's characters, each with its byte."""
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {chr(b): b for b in seen}
    for n, b in enumerate(b for b in range(256) if b not in seen):
        table[chr(0x100 + n)] = b
    return table


def begins(pending):
    """Whether bytes may follow that make a character. Python waits for them in
    some cases where none can: E0 80, F4 90."""
    for n in range(4):
        for tail in itertools.product(b"\x80\x90\xa0\xbf", repeat=n):
            try:
                if len((pending + bytes(tail)).decode()) <= 1:
                    return True
            except UnicodeDecodeError:
                pass
    return False


class Reference:
    def __init__(self, folder):
        path = os.path.join(folder, "tokenizer.json")
        self.tokenizer = Tokenizer.from_file(path)
        with open(path, encoding="utf-8") as f:
            self.json = json.load(f)
        self.special = {a["id"] for a in self.json["added_tokens"] if a["special"]}
        decoder = self.json["decoder"]
        steps = decoder["decoders"] if decoder["type"] == "Sequence" else [decoder]
        self.kinds = [s["type"] for s in steps]
        self.strip = sum(s.get("start", 0) for s in steps if s["type"] == "Strip")
        self.table = byte_level()

    def raw(self, id):
        """The bytes of a token, and whether it is one byte of a character."""
        text = self.tokenizer.id_to_token(id)
        if text is None:
            return None, True
        if "ByteLevel" in self.kinds:
            if all(c in self.table for c in text):
                return bytes(self.table[c] for c in text), True
            return text.encode(), True
        if "ByteFallback" in self.kinds and re.fullmatch("<0x[0-9A-F]{2}>", text):
            return bytes([int(text[3:5], 16)]), True
        return text.replace("\u2581", " ").encode(), False

    def pieces(self, ids, skip):
        decoder, strip, out = codecs.getincrementaldecoder("utf-8")("replace"), self.strip, []
        for id in [*ids, None]:
            raw, joins = (b"", False) if id is None else self.raw(id)
            if raw is None or skip and id in self.special:
                out.append("")
                continue
            piece = decoder.decode(raw) if joins else decoder.decode(b"", True) + raw.decode()
            if not begins(decoder.getstate()[0]):
                piece += decoder.decode(b"", True)
            while strip and piece:
                strip = strip - 1 if piece[0] == " " else 0
                piece = piece[1:] if strip or piece[0] == " " else piece
                if not strip:
                    break
            out.append(piece)
        return out

    def stream(self, ids, skip):
        stream = DecodeStream(skip_special_tokens=skip)
        try:
            return [stream.step(self.tokenizer, id) or "" for id in ids]
        except Exception:  # "Invalid prefix encountered"
            return None


def samples(ref, r):
    """Ids: any, bytes of any kind, those of texts, and a mixture."""
    size = ref.tokenizer.get_vocab_size()
    some = [i for i in range(size) if (ref.raw(i)[0] or b"a")[0] > 0x7F or len(ref.raw(i)[0] or b"aa") == 1]
    text = "Grüße, 世界! 🙂👩‍👩‍👧 \n\tनमस्ते \u1100\u1161 ok"
    whole = ref.tokenizer.encode(text, add_special_tokens=False).ids
    for k in range(CASES):
        if k % 4 == 0:
            yield [r.randrange(size) for _ in range(LENGTH)]
        elif k % 4 == 1:
            yield [r.choice(some) for _ in range(LENGTH)]
        elif k % 4 == 2:
            at = r.randrange(len(whole))
            yield whole[at:] + [r.choice(some)] + whole[:at]
        else:
            yield [r.choice([r.randrange(size), r.choice(some), r.choice(sorted(ref.special) or [0])]) for _ in range(LENGTH)]


def keeps_up(pieces, stream):
    """Whether the stream gives the pieces' text, and nothing before they do."""
    a = b = ""
    for x, y in zip(pieces, stream):
        a, b = a + x, b + y
        if not a.startswith(b):
            return False
    return pieces[-1] != "" or len(a) - len(b) <= 1


def cases(ref, r):
    for ids in samples(ref, r):
        for skip in (False, True):
            pieces, got = ref.pieces(ids, skip), ref.stream(ids, skip)
            other = got is None or not keeps_up(pieces, got)
            if other and "\ufffd" not in "".join(pieces):
                raise SystemExit(f"{ids} skip={skip}: DecodeStream gives {got}, and not {pieces}")
            yield {"ids": ids, "skip": skip, "pieces": pieces, "other": other}


def main():
    out = {}
    for folder in sys.argv[1:]:
        name = folder if os.path.isabs(folder) else os.path.basename(os.path.normpath(folder))
        out[name] = list(cases(Reference(folder), random.Random(name)))
        other = sum(c["other"] for c in out[name])
        print(f"{name}: {len(out[name])} cases, DecodeStream is otherwise in {other}", file=sys.stderr)
    json.dump(out, sys.stdout, ensure_ascii=False, separators=(",", ":"))


main()
