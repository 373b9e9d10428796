package tokenizer

import "unicode/utf8"

// GPT-2 writes each byte of a token as a printable character: the printable
// Latin-1 characters stand for themselves, and the other bytes, in order, for
// U+0100 and on (bytes_to_unicode in openai/gpt-2, src/encoder.py).
var (
	byteRunes = makeByteRunes()
	runeBytes = makeRuneBytes()
)

func makeByteRunes() (runes [256]rune) {
	next := rune(0x100)
	for b := range runes {
		switch {
		case b >= '!' && b <= '~', b >= 0xA1 && b <= 0xAC, b >= 0xAE:
			runes[b] = rune(b)
		default:
			runes[b] = next
			next++
		}
	}
	return runes
}

// makeRuneBytes is the inverse of byteRunes; -1 for characters between that
// stand for no byte.
func makeRuneBytes() (bytes [0x144]int16) {
	for i := range bytes {
		bytes[i] = -1
	}
	for b, r := range byteRunes {
		bytes[r] = int16(b)
	}
	return bytes
}

// appendByteLevel spells bytes the GPT-2 way.
func appendByteLevel(dst []byte, s string) []byte {
	for i := range len(s) {
		dst = utf8.AppendRune(dst, byteRunes[s[i]])
	}
	return dst
}

// appendRaw undoes appendByteLevel. It fails when a character of s stands for
// no byte, and dst is as it was.
func appendRaw(dst []byte, s string) (out []byte, ok bool) {
	out = dst
	for _, r := range s {
		if int(r) >= len(runeBytes) || runeBytes[r] < 0 {
			return dst, false
		}
		out = append(out, byte(runeBytes[r]))
	}
	return out, true
}

// setRawOutput lets each token decode to the bytes that it spells, or to its
// text when that is not the spelling of bytes. All share one allocation.
func setRawOutput(tokens []token) {
	var raw []byte
	ends := make([]int, len(tokens))
	for i := range tokens {
		var ok bool
		if raw, ok = appendRaw(raw, tokens[i].text); !ok {
			raw = append(raw, tokens[i].text...)
		}
		ends[i] = len(raw)
	}
	all, at := string(raw), 0
	for i, end := range ends {
		tokens[i].out = all[at:end]
		at = end
	}
}
